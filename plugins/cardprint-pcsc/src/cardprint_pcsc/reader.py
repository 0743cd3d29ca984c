"""A PC/SC reader of the computer's own, inside a printer or on a desk (pyscard)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from cardprint.errors import EncodeError
from cardprint.plugin import CardChannel, Clock

__all__ = ["find_reader", "opened"]

_LOOK_AGAIN: Final = 0.1


class _Chip:
    """Be the channel to the chip on a reader."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - pyscard has no types
        self._connection = connection

    def transmit(self, apdu: bytes) -> bytes:
        """Send a command; EncodeError where the chip is gone, with nothing of what was sent."""
        try:
            answer, first, second = self._connection.transmit(list(apdu))
        except Exception as error:  # noqa: BLE001 - whatever pyscard raises: the chip does not answer
            raise EncodeError(f"the chip on the reader does not answer ({type(error).__name__}).") from None
        return bytes([*answer, first, second])


def _seen(reader: Any, clock: Clock, until: float) -> Any:  # noqa: ANN401 - pyscard has no types
    while True:
        try:
            return _connected(reader)
        except Exception as error:  # noqa: BLE001 - whatever pyscard raises: there is no chip yet
            if clock.monotonic() >= until:
                said = f"the reader sees no chip ({type(error).__name__})."
                raise EncodeError(said, reason="x-chip-failed", written=False) from None
        clock.sleep(_LOOK_AGAIN)


def _connected(reader: Any) -> Any:  # noqa: ANN401 - pyscard has no types
    connection = reader.createConnection()
    try:
        connection.connect(mode=importlib.import_module("smartcard.scard").SCARD_SHARE_EXCLUSIVE)
    except Exception:
        _let_go(connection)
        raise
    return connection


def _let_go(connection: Any) -> None:  # noqa: ANN401 - pyscard has no types
    with suppress(Exception):
        connection.disconnect()
    with suppress(Exception):
        connection.release()


def find_reader(name: str) -> Any:  # noqa: ANN401 - pyscard has no types
    """Find the reader of this name, or the one whose name begins so; EncodeError where there is none, or several."""
    try:
        there = importlib.import_module("smartcard.System").readers()
    except ModuleNotFoundError:
        raise EncodeError(
            "pyscard is not installed.", reason="x-no-reader", written=False, cure="pip install cardprint-pcsc[reader]"
        ) from None
    except Exception as error:  # noqa: BLE001 - whatever pyscard raises: there is no service
        raise EncodeError(
            f"PC/SC does not answer ({type(error).__name__}).",
            reason="x-no-reader",
            written=False,
            cure="Start it: systemctl start pcscd.socket",
        ) from None
    found = [each for each in there if str(each) == name] or [each for each in there if str(each).startswith(name)]
    if len(found) != 1:
        # One of several would be any one: a chip in another printer would hold this person's data.
        said = f"several PC/SC readers begin with {name!r}." if found else f"there is no PC/SC reader {name!r}."
        raise EncodeError(said, reason="x-no-reader", written=False, cure="Write the reader's whole name.")
    return found[0]


@contextmanager
def opened(name: str, clock: Clock, patience: float) -> Iterator[CardChannel]:
    """Hold the chip on a reader alone, once the reader has noticed it, and let it go without power afterwards."""
    connection = _seen(find_reader(name), clock, clock.monotonic() + patience)
    try:
        yield _Chip(connection)
    finally:
        _let_go(connection)
