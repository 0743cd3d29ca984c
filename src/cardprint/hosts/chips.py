"""Call an encoder, and let nothing of what it says leave but a keyword: its texts may hold data or keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cardprint.errors import DriverError, EncodeError
from cardprint.plugin import CardChannel, ChipEncoder

__all__ = ["identified", "written"]

_NUMBER: Final = re.compile(r"[0-9A-Za-z.:-]{1,64}", re.ASCII)
_KEYWORD: Final = re.compile(r"x-[a-z0-9-]{1,60}", re.ASCII)


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
