"""What the driver says when something goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cardprint.errors import ConfigurationError, DriverError
from cardprint.model import CardFate, DeviceUri
from cardprint.plugin import API_VERSION
from cardprint_magicard import CARDPRINT_API, cardprint_printer_drivers
from cardprint_magicard.usb_link import _milliseconds

if TYPE_CHECKING:
    from conftest import MakeDriver, MakeOrder, Page, Print, Printer, SocketPort, TerminalPort


def test_the_plugin_announces_its_driver() -> None:
    (entry,) = cardprint_printer_drivers()
    assert (entry.name, entry.schemes) == ("magicard", ("usb", "file", "socket"))
    assert CARDPRINT_API == API_VERSION


# The count.
def test_a_count_that_is_trusted_and_one_more_is_a_printed_card(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    with make_magicard().open(terminal.device) as session:
        fate, reasons, detail = ending(session, order())
    assert (fate, reasons) == (CardFate.PRINTED, ())
    assert "cards printed 41 to 42, panels remaining 500 to 495" in detail


def test_a_count_that_nobody_has_proved_leaves_each_card_to_a_person(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    with make_magicard(trust_count=False).open(terminal.device) as session:
        fate, reasons, detail = ending(session, order())
        assert session.capabilities.tier == "T0"
    assert (fate, reasons) == (CardFate.UNKNOWN, ("x-not-confirmed",))
    assert "cards printed 41 to 42" in detail


def test_a_count_that_leaps_proves_nothing(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    terminal.printer.faults.add("double")
    with make_magicard().open(terminal.device) as session:
        assert ending(session, order())[:2] == (CardFate.UNKNOWN, ("x-not-confirmed",))


@pytest.mark.parametrize("told", ["", "many", "-3"])
def test_a_count_that_is_no_number_proves_nothing(
    make_magicard: MakeDriver,
    terminal: TerminalPort,
    order: MakeOrder,
    ending: Print,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(terminal.printer, "count", told)
    with make_magicard().open(terminal.device) as session:
        monkeypatch.setattr(terminal.printer, "_print", lambda _: None)
        assert ending(session, order())[:2] == (CardFate.UNKNOWN, ("x-not-confirmed",))


def test_a_card_that_is_never_counted_is_unknown_in_time(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    terminal.printer.faults.add("jam")
    with make_magicard().open(terminal.device) as session:
        fate, reasons, detail = ending(session, order())
    assert (fate, reasons) == (CardFate.UNKNOWN, ("x-not-confirmed",))
    assert "has counted no card" in detail


# Faults.
@pytest.mark.parametrize("port", ["terminal", "usb", "network"])
@pytest.mark.parametrize("after", [1, 100_000, 1_500_000])
def test_a_printer_that_goes_in_the_middle_of_a_card_leaves_it_unknown(
    request: pytest.FixtureRequest, make_magicard: MakeDriver, order: MakeOrder, ending: Print, port: str, after: int
) -> None:
    hangs_on = request.getfixturevalue(port)
    libusb = str(request.getfixturevalue("standin")) if port == "usb" else ""
    with make_magicard(libusb=libusb).open(hangs_on.device) as session:
        printer: Printer = hangs_on.printer
        before = sum(len(key) for key in ("MSR", "TCQ", "DFR", "MSR")) + 4 * 21
        printer.dies_after = printer.heard + before + after
        fate, reasons, text = ending(session, order())
        assert (fate, reasons) == (CardFate.UNKNOWN, ("offline",))
        assert "switch it off and on" in text
        hangs_on.unplug()
        with pytest.raises(DriverError) as caught:
            session.status()
        assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("offline",))
    assert printer.good == 0


def test_half_a_card_in_the_printer_keeps_the_next_one_out_until_it_was_off(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    # A station that died while it sent: the printer takes whatever comes next for the rest of the picture.
    half = b"\x05" * 64 + b"\x01,NOC1,DPXOFF,PAG1,IMFBGR,SZB512064,SZG512064,SZR512064\x1c" + bytes(1000)
    terminal.printer.hear(half)
    driver = make_magicard(answer_timeout=0.1)
    with pytest.raises(DriverError) as caught:
        driver.open(terminal.device)
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("offline",))
    assert "switch it off and on" in str(caught.value)
    terminal.unplug()
    terminal.printer.switch_on()
    terminal.plug()
    with driver.open(terminal.device) as session:
        assert ending(session, order())[0] is CardFate.PRINTED


def test_a_printer_that_answers_nothing_is_offline_and_is_sent_nothing(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    with make_magicard(answer_timeout=0.1).open(terminal.device) as session:
        terminal.printer.faults.add("mute")
        assert ending(session, order())[:2] == (CardFate.NOT_FED, ("offline",))
    assert terminal.printer.used == 0


def test_a_printer_that_answers_nothing_any_more_while_it_works_is_asked_until_it_does(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer, made = terminal.printer, terminal.printer._print
    answered: list[bytes] = []

    def work(page: Page) -> None:
        made(page)
        printer.faults.add("mute")

    hear = printer.hear

    def wake(data: bytes) -> bytes:
        if "mute" in printer.faults:
            answered.append(data)
            if len(answered) > 2:
                printer.faults.discard("mute")
        return hear(data)

    monkeypatch.setattr(printer, "_print", work)
    with make_magicard(answer_timeout=0.1).open(terminal.device) as session:
        monkeypatch.setattr(printer, "hear", wake)
        assert ending(session, order())[0] is CardFate.PRINTED


def test_answers_that_are_out_of_step_are_noticed(
    make_magicard: MakeDriver, terminal: TerminalPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer, hear = terminal.printer, terminal.printer.hear
    late: list[bytes] = [b"12345678late\x1c\x03"]

    def one_behind(data: bytes) -> bytes:
        late.append(hear(data))
        return late.pop(0)

    with make_magicard().open(terminal.device) as session:
        monkeypatch.setattr(printer, "hear", one_behind)
        with pytest.raises(DriverError, match="do not belong"):
            session.observe()


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next(
    make_magicard: MakeDriver, terminal: TerminalPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear, late = terminal.printer.hear, bytearray()

    def hold_back(data: bytes) -> bytes:
        late.extend(hear(data))
        return b""

    with make_magicard(answer_timeout=0.1).open(terminal.device) as session:
        monkeypatch.setattr(terminal.printer, "hear", hold_back)
        with pytest.raises(DriverError, match="does not answer"):
            session.observe()
        monkeypatch.undo()
        terminal.speak(bytes(late))
        assert session.observe().serial == "S-0001"


def test_two_answers_to_one_question_are_none(
    make_magicard: MakeDriver, terminal: TerminalPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make_magicard().open(terminal.device) as session:
        hear = terminal.printer.hear
        monkeypatch.setattr(terminal.printer, "hear", lambda data: hear(data) * 2)
        with pytest.raises(DriverError, match="too short, or two"):
            session.observe()


def test_a_printer_that_says_the_same_to_all_is_believed_nothing(
    make_magicard: MakeDriver, terminal: TerminalPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three answers to the first question that were left over would look like this.
    monkeypatch.setattr(terminal.printer, "hear", lambda _: b"12345678S-0001\x1c\x03")
    with pytest.raises(DriverError, match="do not belong"):
        make_magicard().open(terminal.device)


def test_another_printer_in_its_place_is_sent_nothing(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    with make_magicard().open(terminal.device) as session:
        terminal.printer.answers["MSR"] = "S-0002"
        assert session.observe().serial == "S-0002"
        fate, reasons, text = ending(session, order())
    assert (fate, reasons) == (CardFate.NOT_FED, ("offline",))
    assert "another printer" in text
    assert terminal.printer.used == 0


def test_another_printer_that_answers_over_a_card_leaves_it_unknown(
    make_magicard: MakeDriver,
    terminal: TerminalPort,
    order: MakeOrder,
    ending: Print,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printer, made = terminal.printer, terminal.printer._print

    def change(page: Page) -> None:
        made(page)
        printer.answers["MSR"] = "S-0002"

    monkeypatch.setattr(printer, "_print", change)
    with make_magicard().open(terminal.device) as session:
        assert ending(session, order())[:2] == (CardFate.UNKNOWN, ("offline",))


# USB.
def test_no_wait_is_so_short_that_libusb_takes_it_for_one_without_end() -> None:
    assert _milliseconds(0.0001) == 1


def test_short_writes_are_gone_on_with(
    make_magicard: MakeDriver,
    usb: SocketPort,
    standin: Path,
    order: MakeOrder,
    ending: Print,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CARDPRINT_STANDIN_SHORT", "997")
    with make_magicard(libusb=str(standin)).open(usb.device) as session:
        assert ending(session, order())[0] is CardFate.PRINTED
    assert usb.printer.good == 1


def test_a_printer_that_another_program_holds_is_busy(
    make_magicard: MakeDriver, usb: SocketPort, standin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDPRINT_STANDIN_BUSY", "1")
    with pytest.raises(DriverError) as caught:
        make_magicard(libusb=str(standin)).open(usb.device)
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("x-busy",))


def test_printers_on_usb_are_found_by_number_and_serial(
    make_magicard: MakeDriver, usb: SocketPort, standin: Path
) -> None:
    driver = make_magicard(model="", libusb=str(standin))
    (found,) = driver.discover()
    assert found == "usb://0c1f:1800?serial=STANDIN-1"
    with driver.open(found) as session:
        assert session.capabilities.sides == 2
    usb.unplug()
    assert list(driver.discover()) == []


def test_a_printer_of_another_number_needs_a_model(
    make_magicard: MakeDriver, usb: SocketPort, standin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDPRINT_STANDIN_VENDOR", "1234")
    monkeypatch.setenv("CARDPRINT_STANDIN_PRODUCT", "5678")
    device = DeviceUri("usb://1234:5678")
    with pytest.raises(ConfigurationError, match="`model` is missing"):
        make_magicard(model="", libusb=str(standin)).open(device)
    with make_magicard(model="enduro", libusb=str(standin)).open(device) as session:
        assert session.capabilities.sides == 1


def test_over_tcp_the_same_is_said(
    make_magicard: MakeDriver, network: SocketPort, order: MakeOrder, ending: Print
) -> None:
    with make_magicard().open(network.device) as session:
        assert ending(session, order())[0] is CardFate.PRINTED
