"""Ask a printer for what it counts: ``python -m cardprint_magicard usb://0c1f:1800``; moves no card."""

from __future__ import annotations

import sys
import time

from cardprint.errors import CardprintError
from cardprint.model import DeviceUri
from cardprint_magicard.address import address_of
from cardprint_magicard.conversation import Conversation
from cardprint_magicard.status import KEYS

__all__ = ["main"]

_TIMEOUT = 5.0


class _Time:
    now, monotonic, sleep = staticmethod(time.time), staticmethod(time.monotonic), staticmethod(time.sleep)


def main(words: list[str]) -> int:
    """Print each key, what it is called and the printer's answer; 0, or 1 where it does not answer, 2 for usage."""
    if len(words) != 1:
        sys.stderr.write("usage: python -m cardprint_magicard DEVICE\n")
        return 2
    try:
        address = address_of(DeviceUri(words[0]))
        conversation = Conversation(lambda: address.connect(libusb="", timeout=_TIMEOUT), _Time(), _TIMEOUT)
        answers = conversation.ask(*KEYS)
    except (CardprintError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for (key, name), answer in zip(KEYS.items(), answers, strict=True):
        sys.stdout.write(f"{key}  {name:24}{answer}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
