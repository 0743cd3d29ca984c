"""Call an encoder, and let nothing of what it says leave but a keyword: its texts may hold data or keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from cardprint.errors import DriverError, EncodeError
from cardprint.model.attempts import CardFate
from cardprint.model.messages import Failed
from cardprint.plugin import CardChannel, ChipEncoder

__all__ = ["identified", "reached", "refused", "written"]

_NUMBER: Final = re.compile(r"[0-9A-Za-z.:-]{1,64}", re.ASCII)
_DATA: Final = "x-chip-data"
_KEYWORD: Final = re.compile(r"x-[a-z0-9-]{1,60}", re.ASCII)


def refused(encoder: ChipEncoder, encoding: Mapping[str, str]) -> Failed | None:
    """Ask an encoder before the driver is: what it refuses costs no blank, since nothing was sent."""
    try:
        encoder.check(encoding)
    except Exception as error:  # noqa: BLE001 - an encoder may raise anything
        told = _told(error, "the chip cannot hold what it should.", touched=False)
        return _unsent(told, permanent=told.reason == _DATA)
    try:
        encoder.ready()
    except Exception as error:  # noqa: BLE001 - the same
        return _unsent(_told(error, "no chip can be written now.", touched=False), permanent=False)
    return None


def _unsent(error: EncodeError, *, permanent: bool) -> Failed:
    return Failed(
        detail=error.message, fate=CardFate.NOT_FED, reasons=(error.reason,), permanent=permanent, unsent=True
    )


@contextmanager
def reached(encoder: ChipEncoder, channel: CardChannel | None) -> Iterator[CardChannel]:
    """Give the driver's channel, or the encoder's own where the driver has none; EncodeError where neither has."""
    if channel is not None:
        yield channel
        return
    try:
        opened = encoder.reader()
        own = opened.__enter__()
    except Exception as error:  # noqa: BLE001 - the same
        raise _told(error, "the encoder's reader does not reach the chip; it was not written.", touched=False) from None
    try:
        yield own
    finally:
        # The card is as it is: how a reader lets go of it changes nothing.
        with suppress(Exception):
            opened.__exit__(None, None, None)


def identified(encoder: ChipEncoder, channel: CardChannel) -> str:
    """Read a chip's number; raise EncodeError, or the DriverError of the channel."""
    try:
        number: object = encoder.identify(channel)
    except DriverError:
        raise
    except Exception as error:  # noqa: BLE001 - an encoder may raise anything
        raise _told(error, "the chip's number cannot be read; the chip was not written.", touched=False) from None
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise EncodeError("the encoder gave no usable chip number; the chip was not written.", written=False)
    return number


def written(encoder: ChipEncoder, encoding: Mapping[str, str], channel: CardChannel) -> None:
    """Write a chip whose number is durable; raise EncodeError, or the DriverError of the channel."""
    try:
        encoder.write(encoding, channel)
    except DriverError:
        raise
    except Exception as error:  # noqa: BLE001 - the same
        surely_not = isinstance(error, EncodeError) and error.written is False
        said = "the chip was not written." if surely_not else "the chip may be written in part."
        raise _told(error, f"the chip could not be written and verified; {said}", touched=not surely_not) from None


def _told(error: Exception, sentence: str, *, touched: bool) -> EncodeError:
    reason: object = error.reason if isinstance(error, EncodeError) else ""
    usable = isinstance(reason, str) and _KEYWORD.fullmatch(reason)
    return EncodeError(sentence, reason=str(reason) if usable else "x-chip-failed", written=touched)
