"""Every error that leaves cardprint, in one tree.

CardprintError
├── ConfigurationError      the station's configuration, a plugin's settings
├── PluginError             a plugin that is missing, broken or refused
├── InputError              a file or a record that was handed in
├── StoreError              the database under the station
│   ├── FatalStoreError     the file must be closed and read again (cardprint.store)
│   ├── StoreBusyError      another station owns the store
│   └── StoreFullError      no room left on the disk
├── LedgerError             a movement of blanks the books refuse
├── StateError              a change that a job or printer does not allow now
│   └── OvertakenError      another process owns the printers now
├── SourceError             a data source that cannot be read or told
├── RenderError             faces that cannot be made as the design asks
├── EncodeError             a chip that cannot be written
├── WireError               bytes that are no message between station and driver (cardprint.hosts)
└── DriverError             a printer driver's failure; always with the card's fate

Each says what happened, to what, whether a blank was touched, and what to do next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardprint.model.attempts import CardFate

__all__ = [
    "CardprintError",
    "ConfigurationError",
    "DriverError",
    "EncodeError",
    "InputError",
    "LedgerError",
    "OvertakenError",
    "PluginError",
    "RenderError",
    "SourceError",
    "StateError",
    "StoreBusyError",
    "StoreError",
    "StoreFullError",
]


class CardprintError(Exception):
    """Be the root of every error of cardprint.

    ``message`` says what happened and to what; ``cure`` is what to do next, ideally the exact
    next command; ``blank_touched`` is True only where a blank may have moved.
    """

    def __init__(self, message: str, *, cure: str = "", blank_touched: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure
        self.blank_touched = blank_touched

    def __str__(self) -> str:
        """Give the message and the cure as one text."""
        touched = " A blank may have moved." if self.blank_touched else ""
        return f"{self.message}{touched}" + (f" {self.cure}" if self.cure else "")


class ConfigurationError(CardprintError):
    """Tell of a configuration that cannot be used, by file, table and key."""


class PluginError(CardprintError):
    """Tell of a plugin that is unknown, broken, refused or lacks a dependency."""


class InputError(CardprintError):
    """Tell of a file or a record handed in that cannot be taken; nothing of it was let in."""


class StoreError(CardprintError):
    """Tell of a failure of the database; nothing was half written."""


class StoreBusyError(StoreError):
    """Tell that another station owns this store."""


class StoreFullError(StoreError):
    """Tell that the disk under the store has no room left."""


class LedgerError(CardprintError):
    """Tell of a movement of blanks that the books refuse; nothing was booked."""


class StateError(CardprintError):
    """Tell of a change that a job, an attempt or a printer does not allow in its state."""


class OvertakenError(StateError):
    """Tell that another process has taken over the printers; nothing was changed."""


class SourceError(CardprintError):
    """Tell of a data source that cannot be read, resumed or told of an outcome.

    ``retry_after`` is how many seconds its other end asks for patience (HTTP's ``Retry-After``); None: it does not.
    """

    def __init__(
        self, message: str, *, cure: str = "", blank_touched: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message, cure=cure, blank_touched=blank_touched)
        self.retry_after = retry_after


class RenderError(CardprintError):
    """Tell of card faces that cannot be made; the job is held and no blank is touched.

    ``rule`` is a keyword (``x-photo-missing``, ``x-text-does-not-fit``); ``field`` names the
    request's field, never its value.
    """

    def __init__(self, message: str, *, rule: str, field: str = "", cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.rule = rule
        self.field = field


class EncodeError(CardprintError):
    """Tell of a chip that could not be written, read back or verified.

    ``reason`` is a printer-state-reasons keyword; ``written`` is False only where the chip surely holds nothing new.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "x-chip-failed",
        written: bool = True,
        cure: str = "",
        blank_touched: bool = True,
    ) -> None:
        super().__init__(message, cure=cure, blank_touched=blank_touched)
        self.reason = reason
        self.written = written


class DriverError(CardprintError):
    """Tell of a printer driver's failure, with the fate of the card as far as the driver knows.

    ``fate`` has no default: a driver must think about it. ``reasons`` are printer-state-reasons
    keywords (IPP, ``x-`` for ours); ``permanent`` means that no later try can succeed.
    """

    def __init__(
        self,
        message: str,
        *,
        fate: CardFate,
        reasons: tuple[str, ...] = (),
        permanent: bool = False,
        cure: str = "",
    ) -> None:
        super().__init__(message, cure=cure)
        self.fate = fate
        self.reasons = reasons
        self.permanent = permanent
