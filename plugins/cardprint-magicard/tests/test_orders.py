"""What is ordered, where a printer is, and which models there are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cardprint.errors import ConfigurationError, DriverError
from cardprint.model import AttemptId, CardFate, CardOrder, CardPosition, DeviceUri, FaceFile
from cardprint_magicard.__main__ import main
from cardprint_magicard.address import address_of, usb_uri
from cardprint_magicard.model import known_models, load_model, model_of_usb

if TYPE_CHECKING:
    from conftest import MakeDriver, MakeOrder, Print, TerminalPort


# Orders.
def test_two_sides_the_hole_and_the_stripe_are_in_the_job(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print
) -> None:
    settings = {"hole": "chip", "stripe": "high", "reject_faulty": True}
    with make_magicard(**settings).open(terminal.device) as session:
        assert session.capabilities.encoders == {CardPosition.MAGNETIC}
        wanted = order(sides=2, encoding={"track1": "%MADEUP^1?", "track2": ";12=34?"})
        fate, reasons, _ = ending(session, wanted)
    # Nothing tells whether the stripe was written: the count is no proof of that.
    assert (fate, reasons) == (CardFate.UNKNOWN, ("x-not-confirmed",))
    ((front, back),) = terminal.printer.cards
    assert "BACCKO" in front.commands
    assert front.commands[front.commands.index("NCT90") + 3] == "450"
    assert front.commands[front.commands.index("MAG1") + 4] == "%MADEUP^1?"
    assert front.commands[front.commands.index("MAG2") + 3] == "COEH"
    assert back.value("MAG") is None
    assert front.value("TDT") == f"{1_700_000_000:08X}"


@pytest.mark.parametrize(
    ("stripe", "encoding"),
    [
        ("", {"track1": "SECRET"}),
        ("low", {"track3": "9876543210"}),
        ("low", {"chip": "SECRET"}),
        ("low", {"track1": "SECRET,NOC9"}),
        ("low", {"track1": "secret"}),
        ("low", {"track1": ""}),
        ("low", {"track2": "1" * 41}),
        ("low", {"track2": "12\x1cB:"}),
    ],
)
def test_a_stripe_that_cannot_be_written_costs_no_blank_and_is_not_said(
    make_magicard: MakeDriver,
    terminal: TerminalPort,
    order: MakeOrder,
    ending: Print,
    stripe: str,
    encoding: dict[str, str],
) -> None:
    with make_magicard(stripe=stripe).open(terminal.device) as session:
        fate, reasons, text = ending(session, order(encoding=encoding))
    assert (fate, reasons) == (CardFate.NOT_FED, ("x-no-encoder",))
    assert not any(value and value in text for value in encoding.values())
    assert terminal.printer.used == 0


def test_an_order_that_cannot_be_taken_costs_no_blank(
    make_magicard: MakeDriver, terminal: TerminalPort, order: MakeOrder, ending: Print, tmp_path: Path
) -> None:
    with make_magicard(model="rio-2e").open(terminal.device) as session:
        assert ending(session, order(sides=2))[1] == ("x-sides",)
        assert ending(session, order(sides=0))[1] == ("x-sides",)
        assert ending(session, order(size=(1011, 638)))[1] == ("x-face-size",)
        altered = order()
        (tmp_path / "face.png").write_bytes(b"another")
        assert ending(session, altered)[1] == ("x-face-altered",)
        for content in (b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)):
            (tmp_path / "face.png").write_bytes(content)
            file = FaceFile(path=tmp_path / "face.png", sha256=hashlib.sha256(content).hexdigest())
            broken = CardOrder(attempt_id=AttemptId("a1"), sides=(file,))
            assert ending(session, broken)[:2] == (CardFate.NOT_FED, ("x-face-unreadable",))
    assert terminal.printer.used == 0


# Addresses and models.
@pytest.mark.parametrize(
    "device",
    [
        "usb://",
        "usb://Magicard/Rio",
        "usb://0c1f:1800/x",
        "usb://0c1f:1800?bus=1",
        "file:lp0",
        "file://lp0",
        "socket://",
        "ipp://x",
    ],
)
def test_an_address_that_is_none_is_refused(device: str) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        address_of(DeviceUri(device))


def test_a_serial_that_no_address_can_hold_is_left_out() -> None:
    assert usb_uri("0c1f:1800", "A1") == "usb://0c1f:1800?serial=A1"
    assert usb_uri("0c1f:1800", "A&b=1") == "usb://0c1f:1800"


def test_a_plain_file_is_no_printer_and_is_left_as_it_is(make_magicard: MakeDriver, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    with pytest.raises(DriverError, match="no device file"):
        make_magicard().open(DeviceUri(f"file://{file}"))
    assert file.read_text() == "mine"


def test_each_model_of_the_package_can_be_read_and_no_usb_number_names_two() -> None:
    models = known_models()
    assert list(models) == ["enduro", "enduro-duo", "enduro-plus", "enduro-plus-duo", "rio-2e", "tango-2e"]
    numbers = [number for model in models.values() for number in model.usb]
    assert len(numbers) == len(set(numbers))
    assert [model_of_usb(number) for number in ("0c1f:1800", "0c1f:4800", "0c1f:880a", "0000:0000")] == [
        "tango-2e",
        "enduro",
        "enduro-plus",
        "",
    ]


REBRAND = """
name = "X"
dpi = 300
width_px = 1016
height_px = 642
head_px = 672
left_px = 15
sides = 1
stripe = false
"""


def test_a_rebrand_is_a_file_in_the_stations_folder(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(REBRAND)
    assert load_model("x.toml", tmp_path, printer="P1").name == "X"
    for wrong in (
        REBRAND + "colour = 1",
        REBRAND.replace("sides = 1", ""),
        REBRAND.replace("sides = 1", "sides = 3"),
        "[",
    ):
        file.write_text(wrong)
        with pytest.raises(ConfigurationError, match="no model"):
            load_model("x.toml", tmp_path, printer="P1")
    for missing in ("y.toml", "rio"):
        with pytest.raises(ConfigurationError):
            load_model(missing, tmp_path, printer="P1")


@pytest.mark.parametrize(
    "settings",
    [{"hole": "chip", "ribbon": "YMCK"}, {"model": "x.toml", "hole": "chip"}, {"model": "x.toml", "stripe": "low"}],
)
def test_settings_that_contradict_the_model_are_refused(
    make_magicard: MakeDriver, terminal: TerminalPort, tmp_path: Path, settings: dict[str, str]
) -> None:
    (tmp_path / "x.toml").write_text(REBRAND)
    with pytest.raises(ConfigurationError):
        make_magicard(**settings).open(terminal.device)


def test_asking_a_printer_shows_its_counts_and_moves_nothing(
    terminal: TerminalPort, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([terminal.device]) == 0
    assert "TCQ  cards printed           41\n" in capsys.readouterr().out
    assert main([]) == 2
    assert main(["sim://x"]) == 1
    assert main(["file:///nowhere"]) == 1
    assert terminal.printer.used == 0
