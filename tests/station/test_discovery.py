"""Devices that drivers find, and drivers that do anything but."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

import attrs
import pytest

from cardprint import PrinterConfig, Station, StationConfig
from cardprint.errors import PluginError
from cardprint.model import DeviceUri
from cardprint.model.views import Discovery
from cardprint.plugin import PrinterDriver, PrinterSession
from support.misbehaving import FAULT, MisbehavingPlugin, Notes, death_of, office


def found(config: StationConfig, *plugins: object, timeout: float = 60.0, driver: str = "misbehaving") -> Discovery:
    with Station.open(config, plugins=plugins or (MisbehavingPlugin(),)) as station:
        return station.discover(driver=driver, timeout=timeout)


def test_a_device_comes_with_the_table_to_paste(tmp_path: Path) -> None:
    seen = found(office(tmp_path))
    assert seen.problems == {}
    (device,) = seen.devices
    assert (device.driver, device.device, device.printer, device.configured) == (
        "misbehaving",
        "test:found",
        "P3",
        False,
    )
    assert tomllib.loads("\n".join(device.table)) == {
        "printers": {"P3": {"driver": "misbehaving", "device": "test:found"}},
    }


def test_a_device_that_is_configured_is_named_by_its_printer(tmp_path: Path) -> None:
    config = office(tmp_path)
    known = attrs.evolve(config, printers=(attrs.evolve(config.printers[0], device="test:found"),))
    (device,) = found(known).devices
    assert (device.printer, device.configured, device.table) == ("P1", True, ())


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("segfault", "died"),
        ("abort", "died"),
        ("exit", "died"),
        ("garbage", "died"),
        ("oversized", "died"),
        ("fork-away-and-die", "died"),
        ("raise", "failed: RuntimeError"),
        ("raise-junk", "failed: Junk"),
        ("system-exit", "failed: SystemExit"),
        ("fail-nonsensically", "failed"),
        ("find-numbers", "failed: WireError"),
        ("find-much", "failed: WireError"),
    ],
)
@pytest.mark.parametrize("at", ["find", "make"])
def test_a_driver_that_misbehaves_is_listed_with_its_reason(fault: str, problem: str, at: str, tmp_path: Path) -> None:
    if at == "make" and fault.startswith("find"):
        return
    seen = found(office(tmp_path, fault=fault, at=at))
    assert seen.devices == ()
    assert problem.partition(":")[0] in seen.problems["misbehaving"]
    if at == "find":
        assert problem in seen.problems["misbehaving"]
    assert "nobody may read" not in seen.problems["misbehaving"]


@pytest.mark.parametrize("fault", ["hang", "hang-beneath-python", "hang-deaf", "stop", "close-everything"])
def test_a_driver_that_hangs_is_ended_and_the_others_are_heard(fault: str, tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    with Station.open(
        office(tmp_path, fault=fault, at="find", notes=str(notes.path)), plugins=[MisbehavingPlugin(), Sane()]
    ) as station:
        seen = station.discover(timeout=5.0)
    with death_of(notes.wait_for(FAULT)):
        pass
    notes.close()
    assert "did not answer within 5 seconds" in seen.problems["misbehaving"]
    assert [device.device for device in seen.devices] == ["sane:1"]


@pytest.mark.parametrize(
    ("fault", "devices", "problem"),
    [
        ("print", ["test:found"], False),
        ("threads", ["test:found"], False),
        ("find-twice", ["test:one"], False),
        ("find-lines", ["test:two"], True),
        ("find-no-address", [], True),
        ("find-often", [f"test:{number}" for number in range(100)], False),
    ],
)
def test_rubbish_among_the_answers_is_left_out(
    fault: str, devices: list[str], *, problem: bool, tmp_path: Path
) -> None:
    seen = found(office(tmp_path, fault=fault, at="find"))
    assert [device.device for device in seen.devices] == devices
    assert bool(seen.problems) is problem


class Sane(PrinterDriver):
    """Find one device."""

    name = "sane"

    def open(self, device: DeviceUri) -> PrinterSession:
        raise NotImplementedError

    def discover(self) -> Iterable[DeviceUri]:
        return (DeviceUri("sane:1"),)


def test_an_unknown_driver_and_unfit_settings_are_told(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="nosuch"):
        found(office(tmp_path), driver="nosuch")
    wrong = StationConfig(
        folder=tmp_path / "other",
        printers=(PrinterConfig(name="P1", driver="misbehaving", device="test:1", enabled=False, settings={"at": 7}),),
    )
    assert "[printers.P1.settings]" in found(wrong).problems["misbehaving"]


def test_a_driver_handed_in_by_the_program_is_asked_too(tmp_path: Path) -> None:
    config = attrs.evolve(office(tmp_path), printers=())
    assert [device.device for device in found(config, Sane(), driver="sane").devices] == ["sane:1"]
