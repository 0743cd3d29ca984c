from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from cardprint import PluginUse, PrinterConfig, Station, StationConfig
from cardprint.errors import ConfigurationError, DriverError
from cardprint.model import AttemptId, CardFate, CardOrder, DeviceJob, DeviceUri, FaceFile, PrinterState, StepKind
from cardprint.plugin import API_VERSION
from cardprint_simulator import CARDPRINT_API, cardprint_printer_drivers
from cardprint_simulator.wire import Line, find_device, read_line

if TYPE_CHECKING:
    from conftest import StartDevice


A1 = AttemptId("a1")
ORDER = CardOrder(attempt_id=A1)


class Notes:
    """Note the steps; do something when a certain one is reported."""

    def __init__(self, at: StepKind | None = None, then: Callable[[], None] = lambda: None) -> None:
        self.kinds: list[StepKind] = []
        self._at = at
        self._then = then

    def report(
        self,
        kind: StepKind,
        *,
        device_job: str = "",
        chip_number: str = "",
        card_number: str = "",
    ) -> None:
        self.kinds.append(kind)
        if kind is self._at:
            self._then()


def test_the_plugin_announces_its_driver() -> None:
    (entry,) = cardprint_printer_drivers()

    assert (entry.name, entry.schemes) == ("simulator", ("sim",))
    assert CARDPRINT_API == API_VERSION


def test_a_card_is_printed_with_its_faces(start_device: StartDevice, tmp_path: Path) -> None:
    device = start_device()
    face = tmp_path / "face.png"
    face.write_bytes(b"a face")
    sha256 = hashlib.sha256(b"a face").hexdigest()
    notes = Notes()

    order = CardOrder(attempt_id=A1, sides=(FaceFile(path=face, sha256=sha256),), encoding={"file": "x"})
    outcome = device.session().print_card(order, notes)

    assert outcome.fate is CardFate.PRINTED
    assert notes.kinds == list(StepKind)
    assert device.good_cards() == {"a1": 1}
    world = json.loads((tmp_path / "printer" / "world.json").read_text())
    assert world["world"]["cards"][0]["prints"] == [{"attempt_id": "a1", "faces": [sha256], "whole": True}]


def test_the_device_is_found_by_port_as_well(start_device: StartDevice) -> None:
    device = start_device()
    host, port = device.address

    assert device.session(f"sim://{host}:{port}").status().state is PrinterState.IDLE


def test_the_job_table_knows_what_was_printed(start_device: StartDevice) -> None:
    session = start_device().session()
    session.print_card(ORDER, Notes())

    observation = session.observe(A1)

    assert observation.job == DeviceJob(state="done", picked=True)
    assert observation.printed_number == "00000001"
    assert session.observe(AttemptId("other")).job is None


@pytest.mark.parametrize("tier", ["T1", "T2", "T3"])
def test_a_device_killed_mid_card_leaves_the_fate_unknown_and_tells_on_restart_what_it_can(
    start_device: StartDevice,
    tier: str,
) -> None:
    device = start_device("--tier", tier)
    session = device.session()
    before = session.observe()

    with pytest.raises(DriverError) as caught:
        session.print_card(ORDER, Notes(StepKind.FED, device.kill))
    assert caught.value.fate is CardFate.UNKNOWN
    with pytest.raises(DriverError) as gone:
        session.observe(A1)
    assert (gone.value.fate, gone.value.reasons) == (CardFate.NOT_FED, ("offline",))

    device.start()

    after = session.observe(A1)
    assert (before.pick_count, after.pick_count) == (0, 1)
    assert after.boot_id != before.boot_id
    assert after.job == (DeviceJob(state="failed", picked=True) if tier == "T3" else None)
    assert device.places() == {"hopper:device": 4, "reject:device": 1}
    assert session.print_card(CardOrder(attempt_id=AttemptId("a2")), Notes()).fate is CardFate.PRINTED


def test_a_device_killed_before_the_feed_has_touched_no_blank(start_device: StartDevice) -> None:
    device = start_device()
    session = device.session()

    with pytest.raises(DriverError) as caught:
        session.print_card(ORDER, Notes(StepKind.ACCEPTED, device.kill))
    device.start()

    assert caught.value.fate is CardFate.UNKNOWN
    assert session.observe(A1).job == DeviceJob(state="failed", picked=False)
    assert device.places() == {"hopper:device": 5}


def test_a_card_survives_the_death_of_the_station(start_device: StartDevice) -> None:
    class StationDiesError(Exception):
        pass

    def die() -> None:
        raise StationDiesError

    device = start_device()
    with pytest.raises(StationDiesError):
        device.session().print_card(ORDER, Notes(StepKind.FED, die))

    successor = device.session()
    assert successor.fence(A1)

    assert successor.observe(A1).job == DeviceJob(state="done", picked=True)
    assert device.good_cards() == {"a1": 1}


def test_a_busy_device_is_not_fed_and_a_fence_frees_it(start_device: StartDevice) -> None:
    device = start_device()
    session = device.session()
    refusals: list[DriverError] = []

    def try_another() -> None:
        with pytest.raises(DriverError) as caught:
            device.session().print_card(CardOrder(attempt_id=AttemptId("a2")), Notes())
        refusals.append(caught.value)
        assert device.session().fence(A1)

    outcome = session.print_card(ORDER, Notes(StepKind.ACCEPTED, try_another))

    assert [(error.fate, error.reasons) for error in refusals] == [(CardFate.NOT_FED, ("x-busy",))]
    assert (outcome.fate, outcome.reasons) == (CardFate.NOT_FED, ("x-fenced",))
    assert device.places() == {"hopper:device": 5}


def test_a_spoiled_card_is_an_outcome(start_device: StartDevice) -> None:
    device = start_device()
    device.fault("spoil", "print")

    outcome = device.session().print_card(ORDER, Notes())

    assert (outcome.fate, outcome.reasons) == (CardFate.SPOILED, ("x-spoiled",))
    assert device.places() == {"hopper:device": 4, "reject:device": 1}


def test_a_printer_that_stands_still_is_asked_for_nothing(start_device: StartDevice) -> None:
    device = start_device()
    session = device.session()
    device.fault("jam", "feed")
    assert session.print_card(ORDER, Notes()).reasons == ("media-jam",)

    with pytest.raises(DriverError) as caught:
        session.print_card(CardOrder(attempt_id=AttemptId("a2")), Notes())
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("media-jam",))

    device.ask("clear")
    assert session.print_card(CardOrder(attempt_id=AttemptId("a3")), Notes()).fate is CardFate.PRINTED


def test_a_power_cut_of_the_machine_alone_ends_the_connection(start_device: StartDevice) -> None:
    device = start_device()
    session = device.session()
    device.fault("power-loss", "print")

    with pytest.raises(DriverError) as caught:
        session.print_card(ORDER, Notes())
    assert caught.value.fate is CardFate.UNKNOWN
    with pytest.raises(DriverError) as gone:
        session.status()
    assert gone.value.reasons == ("offline",)

    device.ask("power on")
    assert session.status().state is PrinterState.IDLE


def test_a_device_that_is_not_there_does_not_open(start_device: StartDevice) -> None:
    device = start_device()
    device.kill()
    for uri in ("sim://printer", "sim://nowhere", f"sim://127.0.0.1:{device.address[1]}"):
        with pytest.raises(DriverError) as caught:
            device.session(uri)
        assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("offline",))


@pytest.mark.parametrize("uri", ["sim:", "usb://x", "sim://host:port"])
def test_an_address_that_is_none_is_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="sim:"):
        find_device(DeviceUri(uri), tmp_path)


@pytest.mark.parametrize("line", [b"", b'{"half": ', b"[]\n", b"nonsense\n", b"\xff\n"])
def test_a_line_that_is_none_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_line(line)


@pytest.mark.parametrize(
    "question",
    [{}, {"ask": "dance"}, {"ask": "observe"}, {"ask": "print", "attempt_id": "a1", "sides": ["%"], "encoding": {}}],
)
def test_nonsense_costs_only_its_connection(start_device: StartDevice, question: dict[str, object]) -> None:
    device = start_device()
    with Line(device.address, connect_timeout=5.0, timeout=10.0) as line:
        line.say(question)
        assert "error" in line.hear()

    assert device.session().print_card(ORDER, Notes()).fate is CardFate.PRINTED


def test_devices_in_the_stations_folder_are_found_while_they_answer(start_device: StartDevice, tmp_path: Path) -> None:
    device = start_device()
    gone = tmp_path / "printers" / "gone"
    gone.mkdir(parents=True)
    (gone / "port").write_text("no port", "ascii")
    shutil.copytree(tmp_path / "printer", tmp_path / "printers" / "second")

    assert device.find() == ["sim://printer", "sim://printers/second"]
    assert device.session("sim://printers/second").capabilities.job_table
    device.kill()
    assert device.find() == []


def test_what_answers_and_is_no_printer_is_not_found(start_device: StartDevice, tmp_path: Path) -> None:
    device = start_device()
    (tmp_path / "web").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        (tmp_path / "web" / "port").write_text(f"{server.getsockname()[1]}", "ascii")
        answering = threading.Thread(target=_answer_rubbish, args=(server,))
        answering.start()
        assert device.find() == ["sim://printer"]
        answering.join()


def _answer_rubbish(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b'{"answer": "HTTP/1.1 400"}\n')


def test_a_station_finds_it_and_prints_on_it_by_the_table_it_was_given(
    start_device: StartDevice, tmp_path: Path
) -> None:
    start_device()
    config = StationConfig(folder=tmp_path, people=1, renderer=PluginUse(plugin="none"))
    with Station.open(config) as station:
        (device,) = station.discover(driver="simulator").devices
    table = tomllib.loads("\n".join(device.table))["printers"]["P1"]
    printers = (PrinterConfig(name="P1", **table),)
    with Station.open(attrs.evolve(config, printers=printers)) as station:
        station.stock.receive(5)
        station.stock.load("P1", 5)
        assert station.printers.test("P1", by="Sari")[1]
        assert station.stock.report().accounts == {"hopper:P1": 4, "spoiled:1": 1}
