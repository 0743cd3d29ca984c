"""The books, moved at random by people and by the print act; the world is a plain dictionary."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cardprint import Station
from cardprint.errors import CardprintError
from cardprint.model import CardFate, JobState
from support.stations import Bench, requests

counts = st.integers(0, 12)
printers = st.sampled_from(["P1", "P2"])


class Books(RuleBasedStateMachine):
    """Whatever people and printers do, blanks are conserved and no request gets two cards."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.bench = Bench(Path(self.folder.name) / "station", "P1", "P2", tier="T3", spoil_rate=0.2)
        self.station: Station = self.bench.open()
        self.received = 0
        self.asked = 0
        self.model: Counter[str] = Counter()

    def move(self, source: str, target: str, count: int) -> None:
        self.model[source] -= count
        self.model[target] += count

    @rule(count=counts)
    def receive(self, count: int) -> None:
        if count == 0:
            with pytest.raises(CardprintError):
                self.station.stock.receive(0)
            return
        self.station.stock.receive(count)
        self.bench.world.deliver(count)
        self.model["vault"] += count
        self.received += count

    @rule(count=counts)
    def issue(self, count: int) -> None:
        if 1 <= count <= self.model["vault"]:
            self.station.stock.issue(count)
            self.move("vault", "working", count)
        else:
            with pytest.raises(CardprintError):
                self.station.stock.issue(count)

    @rule(count=counts)
    def give_back(self, count: int) -> None:
        if 1 <= count <= self.model["vault"]:
            self.station.stock.return_(count)
            self.bench.world.send_back(count)
            self.move("vault", "returned", count)
        else:
            with pytest.raises(CardprintError):
                self.station.stock.return_(count)

    @rule(printer=printers, count=counts)
    def load(self, printer: str, count: int) -> None:
        there = self.model["vault"] + self.model["working"]
        if 1 <= count <= there:
            self.station.stock.load(printer, count)
            self.bench.world.load(printer, count)
            from_vault = max(0, count - self.model["working"])
            self.move("vault", "working", from_vault)
            self.move("working", f"hopper:{printer}", count)
        else:
            with pytest.raises(CardprintError):
                self.station.stock.load(printer, count)

    @rule(printer=printers)
    def unload(self, printer: str) -> None:
        count = self.station.stock.unload(printer)
        assert count == self.bench.world.unload(printer)
        self.move(f"hopper:{printer}", "working", count)

    @rule(count=counts)
    def recount_vault(self, count: int) -> None:
        difference = self.station.stock.recount("vault", count, by="a") if self.received else 0
        if self.received:
            assert difference == count - self.model["vault"]
            self.model["found" if difference > 0 else "missing"] += abs(difference)
            self.model["vault"] = count
            self.match_world(difference)

    def match_world(self, difference: int) -> None:
        """Let the world be as it was counted."""
        if difference > 0:
            self.bench.world.deliver(difference)
        for _ in range(-difference):
            if self.bench.world.count("vault"):
                self.bench.world.send_back(1)

    @rule(count=st.integers(1, 4))
    def submit(self, count: int) -> None:
        self.asked += self.station.requests.submit(requests(count, f"n{self.asked}-")).new

    @rule(steps=st.integers(1, 60))
    def print_cards(self, steps: int) -> None:
        before = {name: self.station.stock.report().accounts.get(name, 0) for name in ("printed", "spoiled:1")}
        hoppers = {name: self.model[f"hopper:{name}"] for name in ("P1", "P2")}
        self.bench.work(self.station, steps=steps)
        self.bench.crash(self.station)
        self.station = self.bench.open()
        self.bench.work(self.station)
        self.station.close()
        self.station = self.bench.open()
        for name in ("P1", "P2"):
            self.station.printers.release(name, by="a")
        accounts = self.station.stock.report().accounts
        used = {name: accounts.get(name, 0) - before[name] for name in before}
        assert sum(used.values()) <= sum(hoppers.values())
        for name, count in used.items():
            self.model[name] += count
        for name in ("P1", "P2"):
            self.model[f"hopper:{name}"] = accounts.get(f"hopper:{name}", 0)
            self.model[f"in-machine:{name}"] = accounts.get(f"in-machine:{name}", 0)

    @rule(printer=printers)
    def settle(self, printer: str) -> None:
        attempt = self.station.printers.in_doubt(printer)
        if attempt is None:
            with pytest.raises(CardprintError):
                self.station.printers.settle(printer, CardFate.PRINTED, by="a")

    @rule(count=counts)
    def destroy(self, count: int) -> None:
        if 1 <= count <= self.model["spoiled:1"]:
            self.station.stock.destroy(count, by="a")
            self.move("spoiled:1", "destroyed", count)
        else:
            with pytest.raises(CardprintError):
                self.station.stock.destroy(count, by="a")

    @invariant()
    def books_are_right(self) -> None:
        if not hasattr(self, "station"):
            return
        report = self.station.stock.report()
        expected = {name: count for name, count in self.model.items() if count and name != "found"}
        assert dict(report.accounts) == expected
        assert report.closes
        assert report.received == self.received
        assert report.found == self.model["found"]
        assert set(self.station.check().invariants.values()) == {0}

    @invariant()
    def no_request_has_two_cards(self) -> None:
        if not hasattr(self, "station"):
            return
        tally = self.bench.world.account(self.bench.job_of)
        assert tally.doubled == 0
        assert self.station.jobs.count(JobState.COMPLETED) <= self.asked

    def teardown(self) -> None:
        if hasattr(self, "station"):
            self.station.close()
            self.folder.cleanup()


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
