"""Rules D26 to D30: how a session behaves to its station."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import pytest

from cardprint.model import AttemptOutcome, CardFate, CardOrder, PrinterState
from cardprint.model.printers import bare_reason
from cardprint.model.reasons import PRINTER_REASONS
from cardprint.plugin import PrinterDriver, PrinterSession, Steps
from cardprint.testing.drivers.bench import Bench
from cardprint.testing.drivers.card import end_of
from cardprint.testing.rules import RuleBrokenError, expect, rule

__all__ = ["Conduct"]

_OWN = re.compile(r"x(-[a-z0-9]+)+")
_PERSON = "Orang Rahasia"
"""A made-up person's name."""


class Conduct:
    """Hold the rules of states, words and closing."""

    @rule(
        "D26",
        why="A printer that is never idle gets no card.",
        example="Map the device's own states; what needs nobody is idle or processing.",
    )
    def test_a_device_that_is_ready_is_idle(self, session: PrinterSession) -> None:
        """A device that is ready for a card is IDLE, before a card and after one."""
        status = session.status()
        expect(status.state is PrinterState.IDLE, f"it is {status.state.value} {status.reasons}")

    @rule(
        "D27",
        why="Retries, quarantine and what the operator reads hang on these words.",
        example="`media-jam`, not `media-jam-error` and not `Jam at unit 3`.",
        exceptions="A vendor's own keyword begins with `x-`: `x-acme-lid-loose`.",
    )
    def test_reasons_are_known_keywords(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """Reasons are keywords of the list, or begin with `x-`; none has IPP's suffix of severity."""
        reasons = {*session.status().reasons, *end_of(session, order()).reasons}
        missing = order()
        missing.sides[0].path.unlink()
        # How these end has rules of its own; here only the words count.
        with suppress(RuleBrokenError):
            reasons |= set(end_of(session, missing).reasons)
        with suppress(pytest.skip.Exception):
            bench.spoil_next()
            reasons |= {*end_of(session, order()).reasons, *session.status().reasons}
        odd = sorted(reason for reason in reasons if not _known(reason))
        expect(not odd, f"no keywords: {odd}")

    @rule(
        "D28",
        why="A station closes what it is not sure to have closed, above all after a failure.",
        example="`close` forgets the handle that it gives back.",
    )
    def test_closing_twice_is_closing_once(self, session: PrinterSession) -> None:
        """A session can be closed twice."""
        session.close()
        session.close()

    @rule(
        "D29",
        why="After a crash another process of the station takes the device.",
        example="The SDK's handle is released in `close`, not when Python collects the session.",
    )
    def test_closing_gives_the_device_back(
        self,
        session: PrinterSession,
        make_driver: Callable[[], PrinterDriver],
        bench: Bench,
        order: Callable[..., CardOrder],
    ) -> None:
        """After `close` another driver opens the same device, finds the same serial number and prints."""
        serial = session.observe().serial
        session.close()
        with make_driver().open(bench.device) as later:
            expect(later.observe().serial == serial, "the serial number is another one")
            ending = end_of(later, order())
            expect(ending.fate is CardFate.PRINTED, f"its card ended {ending.fate.value} {ending.reasons}")

    @rule(
        "D30",
        why="Messages end in logs and tickets that outlive the right to keep a person's data.",
        example="An error names the attempt and the place, never what was to be printed or encoded.",
    )
    def test_nothing_that_is_said_holds_personal_data(
        self,
        session: PrinterSession,
        order: Callable[..., CardOrder],
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """What an order asks to encode reaches no message, no log and no output."""
        caplog.set_level(0)
        said: list[str] = []
        for lost in (False, True):
            wanted = order(encoding={"name": _PERSON})
            if lost:
                wanted.sides[0].path.unlink()
            said.append(_all_that_is_said(session, wanted))
        said += [*capfd.readouterr(), caplog.text]
        expect(not any(_PERSON in text for text in said), "a name that was to be encoded was said")


def _known(reason: str) -> bool:
    return bare_reason(reason) == reason and (reason in PRINTER_REASONS or bool(_OWN.fullmatch(reason)))


class _Listening:
    """Take the steps and keep their words."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def report(self, kind: object, *, device_job: str = "", chip_number: str = "", card_number: str = "") -> None:
        """Keep the words of a step."""
        self.words += [device_job, chip_number, card_number]


def _all_that_is_said(session: PrinterSession, order: CardOrder) -> str:
    listening = _Listening()
    steps: Steps = listening
    try:
        ended: AttemptOutcome | Exception = session.print_card(order, steps)
    except Exception as error:  # noqa: BLE001 - whatever it is, its words are what counts
        ended = error
    return f"{ended} {ended!r} {getattr(ended, 'reasons', '')} {listening.words}"
