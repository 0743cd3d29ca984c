"""Cards on real printers, and what is on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from cardprint.errors import DriverError
from cardprint.model import CardFate, StepKind, Supply
from cardprint.testing.drivers import Notes
from cardprint_ipp import driver
from support.ipp_servers import CupsQueue, EvePrinter, PapplPrinter, free_port

if TYPE_CHECKING:
    from conftest import Desk, MakeEve


class DeviceJobs(Notes):
    """Keep the names that the printer gave to jobs."""

    def __init__(self, then: Callable[[StepKind], None] = lambda _: None) -> None:
        super().__init__(then)
        self.names: list[str] = []

    def report(self, kind: StepKind, *, device_job: str = "", chip_number: str = "", card_number: str = "") -> None:
        self.names.append(device_job)
        super().report(kind)


def test_a_card_is_printed_once_under_its_attempts_name(desk: Desk, eve: EvePrinter) -> None:
    session = desk.session(eve.uri)
    order = desk.order(session)
    begun: list[int] = []
    notes = DeviceJobs(lambda _: begun.append(eve.begun()))

    assert desk.ending(session, order, notes).fate is CardFate.PRINTED

    assert eve.cards() == [order.attempt_id]
    assert notes.kinds == [StepKind.ACCEPTED]
    assert begun == [0]
    assert notes.names[0].startswith("urn:uuid:")


@pytest.mark.parametrize("sides", [1, 2])
def test_what_is_on_the_card_is_the_face_dot_for_dot(desk: Desk, pappl: PapplPrinter, sides: int) -> None:
    session = desk.session(pappl.uri)
    order, pictures = desk.photos(desk.order(session, sides))

    assert desk.ending(session, order).fate is CardFate.PRINTED

    turned = [picture.rotate(90, expand=True) for picture in pictures]
    assert pappl.cards() == [order.attempt_id]
    assert pappl.card(order.attempt_id) == b"".join(picture.tobytes() for picture in turned)


def test_a_printer_that_wants_jpeg_gets_jpeg(desk: Desk, pappl: PapplPrinter) -> None:
    session = desk.session(pappl.uri, format="image/jpeg")
    assert session.capabilities.sides == 1
    order, pictures = desk.photos(desk.order(session))

    assert desk.ending(session, order).fate is CardFate.PRINTED

    (width, height), whole = pictures[0].size, pappl.card(order.attempt_id)
    # PAPPL scales a picture to what it thinks is the card's printable part: some dots less.
    assert abs(len(whole) - width * height * 3) < width * 12
    assert pappl.cards() == [order.attempt_id]


@pytest.mark.parametrize("sides", [1, 2])
def test_a_printer_that_wants_pdf_gets_pages_of_exactly_a_cards_size(desk: Desk, make_eve: MakeEve, sides: int) -> None:
    eve = make_eve()
    session = desk.session(eve.uri, format="application/pdf")
    order = desk.order(session, sides)

    assert desk.ending(session, order).fate is CardFate.PRINTED

    with pypdfium2.PdfDocument(eve.card(order.attempt_id)) as document:
        sizes = [tuple(round(points / 72 * 25.4, 2) for points in page.get_size()) for page in document]
    assert sizes == [(53.98, 85.6)] * sides


def test_supplies_are_counted_in_cards_where_the_printer_does(desk: Desk, eve: EvePrinter) -> None:
    supplies = desk.session(eve.uri).status().supplies

    assert supplies == (Supply(name="Waste"), Supply(name="YMCKO ribbon", remaining=150, capacity=200))


def test_a_queue_proves_nothing_and_says_so(desk: Desk, cups: CupsQueue, eve: EvePrinter) -> None:
    session = desk.session(cups.uri, queue=True)
    assert session.capabilities.tier == "T0"
    assert not session.capabilities.can_fence
    order = desk.order(session)

    ending = desk.ending(session, order)

    assert (ending.fate, ending.reasons) == (CardFate.UNKNOWN, ("x-not-confirmed",))
    assert session.observe(order.attempt_id).job is None
    assert not session.fence(order.attempt_id)
    assert eve.cards() == [order.attempt_id]


@pytest.mark.parametrize("document_format", ["image/pwg-raster", "application/pdf", "image/jpeg"])
def test_a_queue_is_believed_by_an_office_that_decided_so(
    desk: Desk, cups: CupsQueue, eve: EvePrinter, document_format: str
) -> None:
    session = desk.session(cups.uri, queue=True, completed="printed", format=document_format)
    order = desk.order(session, session.capabilities.sides)

    assert desk.ending(session, order).fate is CardFate.PRINTED
    assert len(eve.cards()) == 1


def test_a_queue_cannot_be_passed_off_as_a_printer(desk: Desk, cups: CupsQueue) -> None:
    with pytest.raises(DriverError, match="a queue of CUPS") as caught:
        desk.session(cups.uri, queue=False)
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("x-ipp-unable",))


def test_a_printer_without_cards_is_not_opened(desk: Desk, make_eve: MakeEve) -> None:
    paper = "".join(
        f"ATTR keyword {name} iso_a4_210x297mm\n" for name in ("media-supported", "media-default", "media-ready")
    )
    paper += "ATTR keyword media-col-supported media-type\n"
    eve = make_eve(attributes=paper)
    with pytest.raises(DriverError, match="no medium of a card's size"):
        desk.session(eve.uri)
    assert desk.session(eve.uri, media="om_card_54x86mm").capabilities.width_px == 1016


def test_the_queues_of_this_computer_are_found(desk: Desk, cups: CupsQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_SCHEDULER", f"ipp://localhost:{cups.port}/")
    assert list(desk.driver().discover()) == [cups.uri]

    monkeypatch.setattr(driver, "_SCHEDULER", f"ipp://localhost:{free_port()}/")
    assert list(desk.driver().discover()) == []
