"""Printers that have nothing to do rest, however many they are."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cardprint import Station
from cardprint.engine.worker import PrinterWorker
from support.instant import InstantPort
from support.stations import requests, station_config

MANY = 500


def test_resting_printers_do_not_keep_each_other_awake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    restless = threading.Event()
    advance = PrinterWorker.advance

    def counted(self: PrinterWorker, event: object) -> object:
        nonlocal turns
        turns += 1
        if turns > MANY:
            restless.set()
        return advance(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(PrinterWorker, "advance", counted)
    config = station_config(tmp_path / "station", "P1", "P2", "P3")
    with Station.open(config, ports=lambda _: InstantPort()) as station:
        station.start()
        assert not restless.wait(2.0)
        # Awake they are all the same, once there is something to do.
        printed = threading.Event()
        station.subscribe(lambda change: printed.set() if change.event == "card-printed" else None)
        station.stock.receive(3)
        for name in ("P1", "P2", "P3"):
            station.stock.load(name, 1)
        station.requests.submit(requests(1))
        assert printed.wait(60.0)
