"""One card through a driver, as the suite orders and watches it."""

from __future__ import annotations

import hashlib
import io
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from cardprint.errors import DriverError
from cardprint.model import AttemptId, AttemptOutcome, Capabilities, CardFate, CardOrder, FaceFile, StepKind
from cardprint.plugin import PrinterSession
from cardprint.testing.rules import RuleBrokenError, expect

__all__ = ["Ending", "Notes", "StationGoneError", "end_of", "fresh_attempt", "made_order"]

_COLOURS = ("white", "navy")


class StationGoneError(Exception):
    """Leave a driver in the middle of a card, as a station that no longer wants it does."""


class Notes:
    """Take a driver's steps as a station does, and do something at each of them."""

    def __init__(self, then: Callable[[StepKind], None] = lambda _: None) -> None:
        self.kinds: list[StepKind] = []
        self.threads: set[int] = set()
        self._then = then

    def report(
        self,
        kind: StepKind,
        *,
        device_job: str = "",
        chip_number: str = "",
        card_number: str = "",
    ) -> None:
        """Note a step."""
        self.kinds.append(kind)
        self.threads.add(threading.get_ident())
        self._then(kind)


@attrs.frozen(kw_only=True)
class Ending:
    """Say how a call of ``print_card`` ended, by outcome or by error."""

    fate: CardFate
    """The card's, by the driver."""
    reasons: tuple[str, ...]
    """Keywords."""
    text: str
    """All that was said in words."""


def end_of(session: PrinterSession, order: CardOrder, notes: Notes | None = None) -> Ending:
    """Print a card; raise RuleBrokenError where that ends as the contract does not allow."""
    try:
        outcome = session.print_card(order, notes or Notes())
    except DriverError as error:
        expect(isinstance(error.fate, CardFate), "a DriverError carries no CardFate")
        return Ending(fate=error.fate, reasons=tuple(error.reasons), text=str(error))
    except (RuleBrokenError, StationGoneError):
        raise
    except Exception as error:
        raise RuleBrokenError(f"{type(error).__name__} escaped print_card, which a station takes as UNKNOWN") from error
    answers: tuple[tuple[object, type], ...] = ((outcome, AttemptOutcome), (getattr(outcome, "fate", None), CardFate))
    expect(all(isinstance(*each) for each in answers), "print_card returned no AttemptOutcome with a CardFate")
    return Ending(fate=outcome.fate, reasons=tuple(outcome.reasons), text=outcome.detail)


def fresh_attempt() -> AttemptId:
    """Give an attempt's id that no device has seen, not even one that remembers earlier tests."""
    return AttemptId(f"kit-{secrets.token_hex(8)}")


def made_order(
    folder: Path,
    can: Capabilities,
    *,
    sides: int = 1,
    attempt_id: AttemptId | None = None,
    encoding: Mapping[str, str] | None = None,
) -> CardOrder:
    """Order a card with plain faces of the device's size, in files as a station spools them."""
    return CardOrder(
        attempt_id=attempt_id or fresh_attempt(),
        sides=tuple(_face(folder, can, colour) for colour in _COLOURS[:sides]),
        encoding=encoding or {},
    )


def _face(folder: Path, can: Capabilities, colour: str) -> FaceFile:
    from PIL import Image  # noqa: PLC0415 - only who prints needs it

    stream = io.BytesIO()
    Image.new("RGB", (can.width_px, can.height_px), colour).save(stream, "PNG")
    content = stream.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    path.write_bytes(content)
    path.chmod(0o600)
    return FaceFile(path=path, sha256=digest)
