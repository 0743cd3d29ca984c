"""Faces are made ahead, and no printer waits for those of another card."""

from __future__ import annotations

import threading
from pathlib import Path

import attrs
import pytest

from cardprint import CardRequest, PrinterConfig, Station, StationConfig
from cardprint.errors import RenderError
from cardprint.model import CardFaces, RenderTarget
from cardprint.model.views import Change
from cardprint.plugin import CardRenderer, PluginContext
from cardprint.testing.surroundings import plugin_context
from support.quick_driver import QuickPlugin
from support.toy_renderer import ToyRenderer

WAIT = 60.0


class Slow(ToyRenderer):
    """Draw the card of r2 only once somebody says so, and refuse that of r3."""

    def __init__(self, context: PluginContext) -> None:
        super().__init__(None, context)
        self.asked: list[str] = []
        self.begun = threading.Event()
        self.go = threading.Event()

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        self.asked.append(request.request_id)
        if request.request_id == "r2":
            self.begun.set()
            assert self.go.wait(WAIT)
        if request.request_id == "r3":
            raise RenderError("it does not fit.", rule="x-text-does-not-fit", field="name")
        return super().render(request, target)


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(plugin_context(tmp_path))


def office(folder: Path, renderer: CardRenderer, people: int, printers: int = 1) -> Station:
    config = StationConfig(
        folder=folder / "station",
        people=1,
        printers=tuple(
            PrinterConfig(name=f"P{number}", driver="quick", device=f"bench:{number}")
            for number in range(1, printers + 1)
        ),
    )
    station = Station.open(config, plugins=[QuickPlugin(), renderer])
    fields = {"name": "Nobody"}
    station.requests.submit(
        CardRequest(request_id=f"r{number}", subject_id=f"s{number}", fields=fields) for number in range(1, people + 1)
    )
    station.stock.receive(people * printers)
    for printer in config.printers:
        station.stock.load(printer.name, people)
    return station


def test_a_card_is_finished_while_the_next_one_is_still_being_drawn(tmp_path: Path, slow: Slow) -> None:
    printed = threading.Event()

    def hear(change: Change) -> None:
        if change.event == "card-printed":
            printed.set()

    with office(tmp_path, slow, people=2) as station:
        station.subscribe(hear)
        station.start()
        assert slow.begun.wait(WAIT)
        assert printed.wait(WAIT)
        # Whoever only looks does not wait either.
        assert station.jobs.show(1) is not None
        slow.go.set()
        station.stop(drain=True)
    assert sorted(slow.asked) == ["r1", "r2"]


def test_two_printers_have_each_card_drawn_once(tmp_path: Path, slow: Slow) -> None:
    slow.go.set()
    with office(tmp_path, slow, people=2, printers=2) as station:
        assert station.run().printed == 2
    assert sorted(slow.asked) == ["r1", "r2"]


def test_what_was_corrected_while_it_was_being_drawn_is_not_held_for_what_it_was(tmp_path: Path) -> None:
    class Correcting(ToyRenderer):
        station: Station

        def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
            if request.fields["name"] == "Nobody":
                right = attrs.evolve(request, fields={"name": "Nobody Atall"})
                self.station.requests.submit([right])
                raise RenderError("it does not fit.", rule="x-text-does-not-fit", field="name")
            return super().render(request, target)

    renderer = Correcting(None, plugin_context(tmp_path))
    with office(tmp_path, renderer, people=1) as station:
        renderer.station = station
        summary = station.run()
    assert (summary.printed, summary.held) == (1, 0)
