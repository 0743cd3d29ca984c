"""The language of upsd (RFC 9271): a question is one line, an answer one line or a list of them."""

from __future__ import annotations

import re
import shlex
import socket
from typing import Final

from cardprint.errors import CardprintError
from cardprint.plugin import Clock
from cardprint_nut.power import Power, power_of

__all__ = ["LINE_MAX", "Upsd", "UpsdError", "quoted", "status_in", "words_of"]

LINE_MAX: Final = 1024
"""Bytes that no line exceeds; upsd itself allows half of it."""
_NAMES_MAX = 32
_UNSURE = frozenset({"DATA-STALE", "DRIVER-NOT-CONNECTED"})
_DENIED = frozenset({"ACCESS-DENIED", "INVALID-PASSWORD", "INVALID-USERNAME", "PASSWORD-REQUIRED", "USERNAME-REQUIRED"})
_SHOWN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class UpsdError(CardprintError):
    """Tell of an upsd that does not answer, or not to the question; ``power`` says which. No blank is touched."""

    def __init__(self, message: str, *, power: Power, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.power = power


def words_of(line: bytes) -> tuple[str, ...]:
    """Part a line into its words; raise UpsdError for one that is none.

    A word in double quotes may hold blanks; a backslash takes the character behind it as it is.
    """
    if len(line) > LINE_MAX:
        raise _nonsense()
    lexer = shlex.shlex(line.decode("utf-8", "replace"), posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.quotes = True, "", '"'
    try:
        words = tuple(lexer)
    except ValueError as error:
        raise _nonsense() from error
    if not words:
        raise _nonsense()
    return words


def quoted(word: str) -> str:
    """Write a word so that ``words_of`` takes it for one, whatever is in it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def status_in(words: tuple[str, ...], ups: str) -> frozenset[str]:
    """Give the words of a status out of the answer that has it; raise UpsdError where it is another answer."""
    match words:
        case ("VAR", named, "ups.status", status) if named == ups:
            return frozenset(status.split())
    raise _nonsense()


class Upsd:
    """Hold a connection to upsd; every failure is an UpsdError, after which the connection is of no more use."""

    def __init__(self, host: str, port: int, *, clock: Clock, timeout: float) -> None:
        self._place = f"upsd at {host}:{port}"
        self._clock = clock
        self._timeout = timeout
        self._give_up = 0.0
        self._heard = b""
        try:
            self._socket = socket.create_connection((host, port), timeout)
        except (OSError, ValueError) as error:
            raise self._silent(error) from error

    def log_in(self, ups: str, username: str, password: str) -> None:
        """Say who asks, and stay logged in: upsmon on the computer with the UPS waits for this one to hang up."""
        for question in (f"USERNAME {quoted(username)}", f"PASSWORD {quoted(password)}", f"LOGIN {ups}"):
            answer = self._ask(question)
            if answer[0] == "ERR":
                raise self._refusal(ups, answer)
            if answer[0] != "OK":
                raise _nonsense()

    def power(self, ups: str) -> Power:
        """Ask how a UPS is."""
        answer = self._ask(f"GET VAR {ups} ups.status")
        if answer[0] != "ERR":
            return power_of(status_in(answer, ups))
        if _UNSURE.intersection(answer):
            return Power.STALE
        raise self._refusal(ups, answer)

    def close(self) -> None:
        """Hang up, which logs out as well."""
        self._socket.close()

    def interrupt(self) -> None:
        """Let whoever waits for an answer wait no longer; for another thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It is closed already.
            return

    def _names(self) -> list[str]:
        """Ask which UPSes there are, as far as it tells."""
        names: list[str] = []
        answer = self._ask("LIST UPS")
        for _ in range(_NAMES_MAX):
            if answer[0] not in {"BEGIN", "UPS"}:
                break
            if answer[0] == "UPS" and _SHOWN.fullmatch(answer[1] if len(answer) > 1 else ""):
                names.append(answer[1])
            answer = self._hear()
        return names

    def _ask(self, question: str) -> tuple[str, ...]:
        self._give_up = self._clock.monotonic() + self._timeout
        if self._heard:
            # An answer without a question would be taken for the next question's.
            raise _nonsense()
        try:
            self._socket.settimeout(self._timeout)
            self._socket.sendall(question.encode() + b"\n")
        except OSError as error:
            raise self._silent(error) from error
        return self._hear()

    def _hear(self) -> tuple[str, ...]:
        while b"\n" not in self._heard:
            if len(self._heard) > LINE_MAX:
                raise _nonsense()
            try:
                self._socket.settimeout(self._left())
                heard = self._socket.recv(LINE_MAX)
            except OSError as error:
                raise self._silent(error) from error
            if not heard:
                raise self._silent(ConnectionResetError(None, "it hung up"))
            self._heard += heard
        line, _, self._heard = self._heard.partition(b"\n")
        return words_of(line)

    def _left(self) -> float:
        """Give the seconds left for the answer; TimeoutError where there are none: zero would mean not to wait."""
        left = self._give_up - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError(None, "it takes too long")
        return left

    def _refusal(self, ups: str, answer: tuple[str, ...]) -> UpsdError:
        code = next((word for word in answer[1:] if _SHOWN.fullmatch(word)), "without a word")
        cure = "Ask those who run it."
        if code == "UNKNOWN-UPS":
            cure = f"It names {', '.join(self._names()) or 'none'}. Check `ups`."
        elif code in _DENIED:
            cure = "Check username and password_file, and that user's `upsmon secondary` in upsd.users."
        return UpsdError(f"{self._place} refuses to tell of {ups}: {code}.", power=Power.REFUSED, cure=cure)

    def _silent(self, error: Exception) -> UpsdError:
        why = getattr(error, "strerror", None) or type(error).__name__
        return UpsdError(
            f"{self._place} does not answer: {why}.",
            power=Power.UNREACHABLE,
            cure="Start it, or check host and port.",
        )


def _nonsense() -> UpsdError:
    return UpsdError(
        "What answers in upsd's place does not speak its language.",
        power=Power.UNREACHABLE,
        cure="Check host and port.",
    )
