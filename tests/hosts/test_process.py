"""A host from its start to its end, without an engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from cardprint import PluginUse, Station, StationConfig
from cardprint.builtin.folder import FolderSettings
from cardprint.errors import PluginError
from cardprint.hosts import ProcessPort, Start, SystemClock, start_message
from cardprint.hosts.settings import from_plain, to_plain
from cardprint.model import CardFate, CardOrder
from cardprint.model.attempts import StepKind
from cardprint.model.configuration import PrinterConfig
from cardprint.model.identifiers import AttemptId
from cardprint.model.messages import Done, Event, Failed, Look, Lost, Observed, Open, Opened, Proceed, Reported, Submit
from cardprint.plugin import PluginContext
from support.misbehaving import (
    CLOSED,
    FAULT,
    OPENED,
    STRAY,
    MisbehavingDriver,
    MisbehavingPlugin,
    MisbehavingSettings,
    Notes,
    Paper,
    Tray,
    death_of,
    office,
)
from support.stations import requests

SUBMIT = Submit(order=CardOrder(attempt_id=AttemptId("a-1")))


def start_of(folder: Path, notes: Notes | None = None, **settings: object) -> Start:
    own = MisbehavingSettings(notes=notes.path if notes else None, **settings)  # type: ignore[arg-type]
    return start_message(
        factory="support.misbehaving:MisbehavingDriver",
        settings_path="support.misbehaving:MisbehavingSettings",
        settings=own,
        device="test:P1",
        context=PluginContext(name="P1", clock=SystemClock(), folder=folder, photos=folder / "photos"),
    )


class Ports:
    """Start hosts, and end those that are left."""

    def __init__(self, folder: Path, notes: Notes) -> None:
        self._folder = folder
        self._notes = notes
        self._made: list[ProcessPort] = []

    def start(self, **settings: object) -> ProcessPort:
        return self.run(start_of(self._folder, self._notes, **settings))

    def run(self, start: Start) -> ProcessPort:
        port = ProcessPort(start)
        self._made.append(port)
        return port

    def end(self) -> None:
        for port in self._made:
            port.end()


@pytest.fixture
def ports(tmp_path: Path, notes: Notes) -> Iterator[Ports]:
    made = Ports(tmp_path, notes)
    yield made
    made.end()


def answer(port: ProcessPort) -> Event:
    event = port.wait(60)
    assert event is not None
    return event


def test_a_card_is_made_in_another_process(ports: Ports, notes: Notes) -> None:
    port = ports.start()
    port.send(Open())
    assert isinstance(answer(port), Opened)
    pid = notes.wait_for(OPENED)
    assert pid == port.pid != os.getpid()
    port.send(Look())
    seen = answer(port)
    assert isinstance(seen, Observed)
    assert seen.observation.serial == "misbehaving"
    port.send(SUBMIT)
    step = answer(port)
    assert isinstance(step, Reported)
    assert step.step.kind is StepKind.ACCEPTED
    assert port.poll() is None
    port.send(Proceed())
    step = answer(port)
    assert isinstance(step, Reported)
    assert step.step.kind is StepKind.FED
    done = answer(port)
    assert isinstance(done, Done)
    assert done.outcome.fate is CardFate.PRINTED
    with death_of(pid):
        port.end()
    assert notes.wait_for(CLOSED) == pid
    assert port.poll() is None
    port.send(Look())
    port.end()


def test_an_idle_driver_that_hangs_when_it_is_closed_is_killed(ports: Ports, notes: Notes) -> None:
    port = ports.start(fault="hang", at="close")
    port.send(Open())
    answer(port)
    with death_of(notes.wait_for(OPENED)):
        port.end()


@pytest.mark.parametrize("fault", ["hang", "hang-deaf", "stop"])
def test_the_end_of_a_port_kills_what_hangs_and_says_nothing_more(ports: Ports, notes: Notes, fault: str) -> None:
    port = ports.start(fault=fault)
    port.send(Open())
    answer(port)
    port.send(SUBMIT)
    with death_of(notes.wait_for(FAULT)):
        port.end()
    assert port.wait(0) is None


def test_the_children_that_a_driver_has_forked_die_with_it(ports: Ports, notes: Notes) -> None:
    port = ports.start(fault="fork", at="print")
    port.send(Open())
    answer(port)
    port.send(SUBMIT)
    answer(port)
    pid = notes.wait_for(FAULT)
    children = [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    assert children
    with death_of(children[0]):
        port.end()


def test_a_host_is_lost_even_where_a_child_that_left_its_group_holds_the_connection(ports: Ports, notes: Notes) -> None:
    port = ports.start(fault="fork-away-and-die", at="open")
    port.send(Open())
    stray = notes.wait_for(STRAY)
    with death_of(stray):
        assert answer(port) == Lost(reason="x-driver-crashed")
        os.kill(stray, signal.SIGKILL)


def test_a_step_from_another_thread_than_the_cards_is_not_taken(ports: Ports) -> None:
    port = ports.start(fault="report-elsewhere")
    port.send(Open())
    answer(port)
    port.send(SUBMIT)
    answer(port)
    port.send(Proceed())
    steps = [answer(port), answer(port)]
    assert [type(event) for event in steps] == [Reported, Done]


def test_a_new_host_ends_one_that_holds_the_device_and_does_not_end(ports: Ports, notes: Notes) -> None:
    old = ports.start(fault="hang-deaf")
    old.send(Open())
    answer(old)
    old.send(SUBMIT)
    with death_of(notes.wait_for(FAULT)):
        new = ports.start()
        new.send(Open())
        assert isinstance(answer(new), Opened)
    assert answer(old) == Lost(reason="x-driver-crashed")


def test_the_log_names_the_signal_of_which_a_host_died(ports: Ports, caplog: pytest.LogCaptureFixture) -> None:
    port = ports.start(fault="segfault", at="open")
    port.send(Open())
    assert answer(port) == Lost(reason="x-driver-crashed")
    assert "host of printer P1 died of SIGSEGV" in caplog.text


def test_a_host_that_is_killed_from_outside_is_lost(ports: Ports) -> None:
    port = ports.start()
    port.send(Open())
    answer(port)
    assert port.pid is not None
    os.kill(port.pid, signal.SIGKILL)
    assert answer(port) == Lost(reason="x-driver-crashed")


def test_a_host_that_cannot_be_started_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    port = ProcessPort(start_of(tmp_path))
    port.send(Open())
    assert port.poll() == Lost(reason="x-driver-crashed")
    assert "cannot be started: No such file" in caplog.text
    port.end()


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        ("no_such_module:Driver", "there is no module no_such_module"),
        ("support.misbehaving:NoSuchDriver", "AttributeError"),
        ("support.misbehaving:Paper", "TypeError"),
        ("support.misbehaving:office", "TypeError"),
    ],
)
def test_a_driver_that_cannot_be_made_is_told_with_its_path(
    ports: Ports, tmp_path: Path, factory: str, said: str
) -> None:
    port = ports.run(attrs.evolve(start_of(tmp_path), factory=factory))
    port.send(Open())
    failed = answer(port)
    assert isinstance(failed, Failed)
    assert (failed.fate, failed.reasons) == (CardFate.NOT_FED, ("x-driver-failed",))
    assert factory in failed.detail
    assert said in failed.detail


def test_settings_of_every_type_arrive_as_they_are(tmp_path: Path) -> None:
    own = MisbehavingSettings(
        fault="x",
        once=Path("a"),
        timeout=3.0,
        paper=Paper.GLOSSY,
        trays=(Tray(), Tray(number=2, place=Path("b"))),
        sizes=frozenset({3, 1}),
        more={"a": 1, "b": "2"},
    )
    others = {field.name: getattr(own, field.name) for field in attrs.fields(type(own)) if field.name != "notes"}
    start = start_of(tmp_path, **others)
    assert start.settings["trays"] == [{"number": 1, "place": "left"}, {"number": 2, "place": "b"}]
    assert from_plain(start.settings, MisbehavingSettings) == own
    assert from_plain(to_plain(FolderSettings(pdf=False)), FolderSettings) == FolderSettings(pdf=False)


def test_settings_that_would_arrive_as_others_are_refused(tmp_path: Path) -> None:
    @attrs.frozen(kw_only=True)
    class Settings:
        way: object

    with pytest.raises(PluginError, match=r'P1.*driver_process = "inline"'):
        start_message(
            factory="support.misbehaving:MisbehavingDriver",
            settings_path="here:Settings",
            settings=Settings(way=lambda: None),
            device="test:P1",
            context=PluginContext(name="P1", clock=SystemClock(), folder=tmp_path, photos=tmp_path),
        )


def test_a_host_loads_neither_engine_nor_store_nor_command_line() -> None:
    code = "import sys, cardprint.hosts.host; print(*sys.modules)"
    # Coverage starts itself in every child and loads sqlite3 for its own data.
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", code]
    modules = subprocess.run(command, capture_output=True, check=True, text=True, env=bare).stdout.split()
    heavy = {"cardprint.engine", "cardprint.store", "cardprint.station", "cardprint.registry", "cardprint.cli"}
    assert not heavy & set(modules)
    assert not {"click", "rich", "sqlite3", "PIL", "cattrs"} & set(modules)


def test_a_driver_handed_in_as_an_object_runs_in_the_station(tmp_path: Path, notes: Notes) -> None:
    driver = MisbehavingDriver(
        MisbehavingSettings(notes=notes.path),
        PluginContext(name="P1", clock=SystemClock(), folder=tmp_path, photos=tmp_path),
    )
    config = StationConfig(
        folder=tmp_path / "station",
        people=1,
        renderer=PluginUse(plugin="none"),
        printers=(PrinterConfig(name="P1", driver="misbehavingdriver", device="test:P1"),),
    )
    with Station.open(config, plugins=[driver]) as station:
        station.requests.submit(requests(1))
        station.stock.receive(1)
        station.stock.load("P1", 1)
        assert station.run().printed == 1
    assert notes.wait_for(OPENED) == os.getpid()


STATION = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from cardprint import Station
    from support.misbehaving import MisbehavingPlugin, office
    from support.stations import requests

    config = office(Path(sys.argv[2]), fault=sys.argv[3], notes=sys.argv[4])
    with Station.open(config, plugins=[MisbehavingPlugin()]) as s:
        s.requests.submit(requests(1))
        s.stock.receive(1)
        s.stock.load("P1", 1)
        s.run(until_idle=False)
    """
)


@pytest.mark.parametrize("fault", ["", "hang", "hang-beneath-python", "threads"])
def test_a_host_ends_when_its_station_is_killed(tmp_path: Path, notes: Notes, fault: str) -> None:
    tests = str(Path(__file__).parents[1])
    arguments = [tests, str(tmp_path / "station"), fault, str(notes.path)]
    with subprocess.Popen([sys.executable, "-c", STATION, *arguments]) as station:
        host = notes.wait_for(FAULT if fault else OPENED)
        with death_of(host):
            station.kill()
            station.wait()
    # A new station takes over: the card is in doubt, and nothing else.
    config = office(tmp_path / "station")
    with Station.open(config, plugins=[MisbehavingPlugin()]) as later:
        later.run()
        assert later.check().ok
        accounts = later.stock.report().accounts
        assert sum(accounts.values()) == 1
        assert set(accounts) <= {"in-machine:P1", "printed", "hopper:P1"}
