"""What a driver says of a card when something goes wrong, held against what the printer really printed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from cardprint.model import CardFate, CardOrder, DeviceJob, PrinterState, StepKind
from cardprint.testing.drivers import Notes
from cardprint_ipp.act import Act
from cardprint_ipp.operations import RefusedError, Status
from cardprint_ipp.session import IppSession
from support.fault_proxy import Fault
from support.ipp_servers import EvePrinter, IppServer, PapplPrinter
from support.waiting import wait_for

if TYPE_CHECKING:
    from conftest import Desk, MakeProxy

CREATE_JOB = b"\x02\x00\x00\x05\x00\x00\x00\x01"
SEND_DOCUMENT = b"\x02\x00\x00\x06\x00\x00\x00\x01"
GET_JOB = b"\x02\x00\x00\x09\x00\x00\x00\x01"
"""How the requests begin on the line: version, operation, number."""


def at_accepted(act: Callable[[], object]) -> Notes:
    def then(kind: StepKind) -> None:
        if kind is StepKind.ACCEPTED:
            act()

    return Notes(then)


def at_rest(desk: Desk, printer: IppServer, order: CardOrder) -> IppSession:
    """Give another session, once nothing of the order can still print."""
    session = desk.session(printer.uri)
    assert session.fence(order.attempt_id)
    return session


def test_an_empty_hopper_a_used_up_ribbon_and_an_open_cover_cost_no_blank(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri)
    eve.set_hopper(empty=True)
    assert desk.ending(session, desk.order(session)).reasons == ("media-empty",)
    assert session.observe().hopper_empty
    eve.set_hopper(empty=False)
    eve.set_ribbon(0)
    ending = desk.ending(session, desk.order(session))
    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("marker-supply-empty",))
    assert session.status().state is PrinterState.STOPPED
    eve.set_ribbon(75)
    assert eve.begun() == 0

    eve.put("recover", "STATE: +cover-open\n")
    assert desk.ending(session, desk.order(session)).fate is CardFate.PRINTED
    ending = desk.ending(session, desk.order(session))
    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("cover-open",))
    assert len(eve.cards()) == 1


def test_a_hopper_that_is_filled_again_goes_on_with_the_card(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri)
    desk.clock.then = [lambda: eve.set_hopper(empty=False)]

    ending = desk.ending(session, desk.order(session), at_accepted(lambda: eve.set_hopper(empty=True)))

    assert ending.fate is CardFate.PRINTED
    assert len(eve.cards()) == 1


def test_a_hopper_that_stays_empty_is_a_doubt_that_says_so(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri)
    order = desk.order(session)
    desk.clock.then = [lambda: setattr(desk.clock, "ahead", 1000.0)]

    ending = desk.ending(session, order, at_accepted(lambda: eve.set_hopper(empty=True)))

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("media-empty",))
    # It was a doubt, not a failure: whoever loads the hopper gets this card.
    eve.set_hopper(empty=False)
    wait_for(lambda: eve.cards() == [order.attempt_id])


def test_a_paused_printer_gets_no_card(desk: Desk, pappl: PapplPrinter) -> None:
    session = desk.session(pappl.uri)
    pappl.tell("Pause-Printer")

    ending = desk.ending(session, desk.order(session))

    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("x-ipp-paused",))
    pappl.tell("Resume-Printer")
    assert desk.ending(session, desk.order(session)).fate is CardFate.PRINTED
    assert len(pappl.cards()) == 1


def test_a_busy_printer_is_not_fed(desk: Desk, eve: EvePrinter) -> None:
    eve.put("hold")
    session, refused = desk.session(eve.uri), []

    def try_others() -> None:
        wait_for(lambda: eve.begun() == 1)
        refused.append(desk.ending(session, desk.order(session)))
        # Another client was quicker, after this one had looked.
        with pytest.raises(RefusedError) as caught:
            session._client.create_job("other", [])
        assert caught.value.status == Status.BUSY
        act = Act(session._client, session._abilities, session._layout, session._settings, desk.clock)
        session.print_card = lambda order, steps: act.make(order.attempt_id, 1, b"document", steps)  # type: ignore[method-assign]
        refused.append(desk.ending(session, desk.order(session)))
        eve.take("hold")

    desk.clock.then = [try_others]
    first = desk.ending(desk.session(eve.uri), desk.order(session))

    assert first.fate is CardFate.PRINTED
    assert [(each.fate, each.reasons) for each in refused] == [(CardFate.NOT_FED, ("x-busy",))] * 2
    assert len(eve.cards()) == 1


def test_a_printer_that_hangs_over_a_card_is_a_doubt(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri, timeout=0.3)
    order = desk.order(session)
    eve.put("hold")
    desk.clock.then = [lambda: wait_for(lambda: eve.begun() == 1), eve.freeze]

    ending = desk.ending(session, order)

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("offline",))
    eve.thaw()
    eve.take("hold")
    wait_for(lambda: eve.cards() == [order.attempt_id])
    assert at_rest(desk, eve, order).observe(order.attempt_id).job == DeviceJob(state="done", picked=True)


def test_a_printer_that_hangs_before_the_document_is_a_doubt_as_well(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri, card_timeout=0.5)
    order = desk.order(session)

    ending = desk.ending(session, order, at_accepted(eve.freeze))

    # The system takes a connection for a process that hangs: nobody can say what it will do with it.
    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("offline",))
    eve.thaw()
    at_rest(desk, eve, order)
    assert len(eve.cards()) <= 1


def test_a_printer_that_dies_before_the_document_touched_no_blank(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri)
    order = desk.order(session)

    ending = desk.ending(session, order, at_accepted(eve.kill))

    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("offline",))
    eve.start()
    assert at_rest(desk, eve, order).observe(order.attempt_id).job is None
    assert eve.cards() == []


def test_a_printer_that_dies_over_a_card_is_a_doubt(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri)
    eve.put("hold")
    desk.clock.then = [lambda: wait_for(lambda: eve.begun() == 1), eve.kill]

    ending = desk.ending(session, desk.order(session))

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("offline",))
    assert eve.cards() == []


def test_a_printer_that_dies_over_the_document_is_a_doubt(desk: Desk, pappl: PapplPrinter) -> None:
    session = desk.session(pappl.uri)
    pappl.put("hold")

    def kill() -> None:
        # It prints while it reads: the document is still on its way.
        wait_for(lambda: pappl.begun() == 1)
        pappl.kill()

    killing = threading.Thread(target=kill)
    killing.start()
    ending = desk.ending(session, desk.order(session))
    killing.join()

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("offline",))
    assert pappl.cards() == []


def test_a_printer_that_started_anew_gives_old_numbers_to_other_jobs(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri)
    order, other = desk.order(session), desk.order(session)
    eve.put("hold")

    def power_cycle() -> None:
        wait_for(lambda: eve.begun() == 1)
        eve.kill()
        eve.take("hold")
        eve.start()
        # Somebody else's card is job 1 of the printer's new life, and is finished when we ask for job 1 again.
        assert desk.ending(desk.session(eve.uri), other).fate is CardFate.PRINTED

    desk.clock.then = [power_cycle]
    ending = desk.ending(session, order)

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("x-printer-rebooted",))
    assert eve.cards() == [other.attempt_id]
    assert session.observe(order.attempt_id).job is None


def test_a_lost_answer_to_create_job_leaves_nothing_in_the_way(
    desk: Desk, eve: EvePrinter, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print")
    proxy.lines[CREATE_JOB] = Fault(down=0)
    order = desk.order(session)

    ending = desk.ending(session, order)

    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("offline",))
    # The job was there, by our name, and was dropped; the next card is not kept waiting.
    assert session.observe(order.attempt_id).job == DeviceJob(state="failed")
    assert desk.ending(session, desk.order(session)).fate is CardFate.PRINTED
    assert len(eve.cards()) == 1


@pytest.mark.parametrize("silent", [False, True])
def test_a_lost_answer_to_a_whole_document_is_a_doubt_that_the_job_table_ends(
    desk: Desk, eve: EvePrinter, make_proxy: MakeProxy, *, silent: bool
) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print", card_timeout=1.0)
    proxy.lines[SEND_DOCUMENT] = Fault(down=0, silent=silent)
    order = desk.order(session)

    ending = desk.ending(session, order)

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("offline",))
    assert at_rest(desk, eve, order).observe(order.attempt_id).job == DeviceJob(state="done", picked=True)
    assert eve.cards() == [order.attempt_id]


def test_a_lost_answer_about_a_job_is_asked_for_again(desk: Desk, eve: EvePrinter, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print")
    notes = at_accepted(lambda: proxy.lines.update({GET_JOB: Fault(down=40)}))

    assert desk.ending(session, desk.order(session), notes).fate is CardFate.PRINTED
    assert proxy.lines == {}
    assert len(eve.cards()) == 1


@pytest.mark.parametrize("up", [0, 100, 400, 450, 600, 1000, 20_000, 500_000])
def test_a_document_that_is_cut_is_never_called_not_fed(
    desk: Desk, eve: EvePrinter, make_proxy: MakeProxy, up: int
) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print", card_timeout=2.0)
    proxy.lines[SEND_DOCUMENT] = Fault(up=up)
    order, _ = desk.photos(desk.order(session))

    ending = desk.ending(session, order)

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("offline",))
    assert desk.ending(session, order).fate is CardFate.UNKNOWN
    at_rest(desk, eve, order)
    assert len(eve.cards()) <= 1


def test_half_a_document_comes_out_as_a_card(desk: Desk, eve: EvePrinter, make_proxy: MakeProxy) -> None:
    # Why an error after the first byte is UNKNOWN: this printer prints what it got and reports success.
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print", format="application/pdf")
    proxy.lines[SEND_DOCUMENT] = Fault(up=5000)
    order = desk.order(session)

    assert desk.ending(session, order).fate is CardFate.UNKNOWN

    at_rest(desk, eve, order)
    assert eve.cards() == [order.attempt_id]
    assert len(eve.card(order.attempt_id)) < 5000


@pytest.mark.parametrize("up", [0, 50, 300])
def test_a_create_job_that_is_cut_touches_no_blank(desk: Desk, eve: EvePrinter, make_proxy: MakeProxy, up: int) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print", timeout=1.0)
    proxy.lines[CREATE_JOB] = Fault(up=up)

    ending = desk.ending(session, desk.order(session))

    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("offline",))
    assert desk.ending(session, desk.order(session)).fate is CardFate.PRINTED
    assert len(eve.cards()) == 1


@pytest.mark.parametrize("printer", ["eve", "pappl"])
def test_a_cancelled_card_may_come_out_and_is_never_called_spoiled(
    desk: Desk, printer: str, request: pytest.FixtureRequest
) -> None:
    server: IppServer = request.getfixturevalue(printer)
    session = desk.session(server.uri)
    order = desk.order(session)
    server.put("hold")

    def cancel() -> None:
        wait_for(lambda: server.begun() == 1)
        desk.session(server.uri).cancel(order.attempt_id)
        server.take("hold")

    # PAPPL answers to a document when it has printed it: the driver does not wait by the clock.
    canceling = threading.Thread(target=cancel)
    canceling.start()
    ending = desk.ending(session, order)
    canceling.join()

    assert ending.fate is CardFate.UNKNOWN
    assert "x-ipp-canceled" in ending.reasons
    at_rest(desk, server, order)
    seen = session.observe(order.attempt_id).job
    assert seen is not None
    assert not (seen.state == "failed" and seen.picked)


def test_a_job_that_the_printer_gives_up_is_a_doubt(desk: Desk, eve: EvePrinter) -> None:
    eve.put("fail")
    session = desk.session(eve.uri)
    order = desk.order(session)

    ending = desk.ending(session, order)

    assert ending.fate is CardFate.UNKNOWN
    assert "x-ipp-aborted" in ending.reasons
    assert session.observe(order.attempt_id).job == DeviceJob(state="failed")


def test_a_fence_lets_a_card_out_that_is_being_made(desk: Desk, eve: EvePrinter, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print")
    order = desk.order(session)
    eve.put("hold")
    proxy.lines[SEND_DOCUMENT] = Fault(down=0)
    assert desk.ending(session, order).fate is CardFate.UNKNOWN
    wait_for(lambda: eve.begun() == 1)
    desk.clock.then = [lambda: eve.take("hold")]

    assert session.fence(order.attempt_id)
    assert session.observe(order.attempt_id).job == DeviceJob(state="done", picked=True)
    assert eve.cards() == [order.attempt_id]


def test_a_fence_drops_a_card_that_waits_for_somebody(desk: Desk, eve: EvePrinter, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print")
    order = desk.order(session)
    proxy.lines[SEND_DOCUMENT] = Fault(down=0)
    ending = desk.ending(session, order, at_accepted(lambda: eve.set_hopper(empty=True)))
    assert ending.fate is CardFate.UNKNOWN
    # This printer hears that a job is canceled only once it has blanks again.
    desk.clock.then = [lambda: eve.set_hopper(empty=False)]

    assert session.fence(order.attempt_id)
    # Canceled, and the card comes out all the same: a canceled job proves nothing, and never that a blank was spoiled.
    assert session.observe(order.attempt_id).job == DeviceJob(state="failed", picked=False)
    assert desk.ending(session, desk.order(session)).fate is CardFate.PRINTED


def test_a_fence_that_takes_too_long_does_not_hold(desk: Desk, eve: EvePrinter, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(eve)
    session = desk.session(f"ipp://localhost:{proxy.port}/ipp/print")
    order = desk.order(session)
    eve.put("hold")
    proxy.lines[SEND_DOCUMENT] = Fault(down=0)
    desk.ending(session, order)
    wait_for(lambda: eve.begun() == 1)
    desk.clock.then = [lambda: setattr(desk.clock, "ahead", 1000.0)]

    assert not session.fence(order.attempt_id)
