from __future__ import annotations

from pathlib import Path

import pytest

from cardprint.errors import DriverError
from cardprint.model import AttemptId, CardFate, CardOrder, DeviceUri, PrinterState, StepKind
from cardprint.plugin import PluginContext
from cardprint.simulation import Fault, FaultKind, SimulatedDriver, SimulatedSession, SimulatedSettings, VirtualClock

A1 = AttemptId("a1")


class Notes:
    """Note the steps that a session reports."""

    def __init__(self) -> None:
        self.kinds: list[StepKind] = []

    def report(
        self,
        kind: StepKind,
        *,
        device_job: str = "",
        chip_number: str = "",
        card_number: str = "",
    ) -> None:
        self.kinds.append(kind)


def open_session(folder: Path, settings: SimulatedSettings | None = None) -> SimulatedSession:
    context = PluginContext(name="P1", clock=VirtualClock(), folder=folder, photos=folder)
    return SimulatedDriver(settings, context).open(DeviceUri("sim://P1"))


def test_a_card_comes_out_of_the_blocking_contract(tmp_path: Path) -> None:
    notes = Notes()
    with open_session(tmp_path) as session:
        outcome = session.print_card(CardOrder(attempt_id=A1), notes)

        assert outcome.fate is CardFate.PRINTED
        assert notes.kinds == [StepKind.ACCEPTED, StepKind.FED, StepKind.PRINTED, StepKind.EJECTED]
        assert session.printer.world.good_cards() == {"a1": 1}


def test_an_endless_hopper_never_looks_empty(tmp_path: Path) -> None:
    session = open_session(tmp_path)
    for number in range(5):
        outcome = session.print_card(CardOrder(attempt_id=AttemptId(f"a{number}")), Notes())
        assert outcome.after is not None
        assert outcome.after.hopper_empty is False
        assert session.status().state is PrinterState.IDLE


def test_a_counted_hopper_runs_empty(tmp_path: Path) -> None:
    session = open_session(tmp_path, SimulatedSettings(hopper=1))
    session.print_card(CardOrder(attempt_id=A1), Notes())

    assert session.status().reasons == ("media-empty",)
    with pytest.raises(DriverError) as caught:
        session.print_card(CardOrder(attempt_id=AttemptId("a2")), Notes())
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("media-empty",))


def test_a_broken_printer_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(DriverError) as caught:
        open_session(tmp_path, SimulatedSettings(broken=True))

    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("offline",))


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.POWER_LOSS, FaultKind.OFFLINE])
def test_a_machine_that_falls_silent_leaves_the_fate_unknown(tmp_path: Path, kind: FaultKind) -> None:
    session = open_session(tmp_path)
    session.printer.faults.append(Fault(kind=kind))

    with pytest.raises(DriverError) as caught:
        session.print_card(CardOrder(attempt_id=A1), Notes())

    assert caught.value.fate is CardFate.UNKNOWN


def test_a_driver_opens_the_same_printer_again(tmp_path: Path) -> None:
    context = PluginContext(name="P1", clock=VirtualClock(), folder=tmp_path, photos=tmp_path)
    driver = SimulatedDriver(None, context)
    driver.open(DeviceUri("sim://P1")).print_card(CardOrder(attempt_id=A1), Notes())

    observation = driver.open(DeviceUri("sim://P1")).observe(A1)

    assert observation.job is not None
    assert observation.job.state == "done"


def test_a_step_that_is_refused_leaves_the_job_to_the_fence(tmp_path: Path) -> None:
    class Refusal(Exception):  # noqa: N818 - it stands for whatever the station raises
        pass

    class Refusing(Notes):
        def report(
            self,
            kind: StepKind,
            *,
            device_job: str = "",
            chip_number: str = "",
            card_number: str = "",
        ) -> None:
            raise Refusal

    session = open_session(tmp_path, SimulatedSettings(hopper=3))
    with pytest.raises(Refusal):
        session.print_card(CardOrder(attempt_id=A1), Refusing())

    assert session.fence(A1)
    assert session.printer.world.count("hopper:P1") == 3
