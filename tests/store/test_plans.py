"""What a start and a card ask of the store walks through no table of history: a station may grow old."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from cardprint import Station
from cardprint.registry import Registry
from cardprint.simulation import Fault, FaultKind, Phase
from cardprint.store import connect
from support.stations import Bench, requests

_READS = ("SELECT", "UPDATE", "DELETE", "WITH")
# A walk along a partial index is one through what is open, not through what has been.
WALK = re.compile(r"SCAN (attempt|job|request|movement|journal|outbox|blank_number)\b(?! USING (COVERING )?INDEX)")
ALIASED = re.compile(r"\b(attempt|job|request|movement|journal|outbox|blank_number) AS (\w+)")


class Asked:
    """Be a connection that remembers what it was asked."""

    def __init__(self, connection: sqlite3.Connection, asked: dict[str, Sequence[object]]) -> None:
        self._connection = connection
        self._asked = asked

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        if sql.lstrip().startswith(_READS):
            self._asked.setdefault(sql, tuple(values))
        return self._connection.execute(sql, values)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a connection has
        return getattr(self._connection, name)


def walks(connection: sqlite3.Connection, sql: str, values: Sequence[object]) -> list[str]:
    """Give the steps of a statement's plan that walk through a whole table."""
    if sql.endswith("LIMIT 1") and "WHERE" not in sql:
        return []  # The first row of a table is where the walk ends.
    names = {alias: table for table, alias in ALIASED.findall(sql)}
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    named = (re.sub(r"SCAN (\w+)", lambda found: f"SCAN {names.get(found[1], found[1])}", step) for step in steps)
    return [step for step in named if WALK.match(step)]


def test_nothing_that_a_start_or_a_card_asks_grows_with_the_history(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", "P1", "P2", tier="T3")
    bench.printers["P1"].faults.append(Fault(kind=FaultKind.POWER_LOSS, phase=Phase.QUEUED, lasts=5.0))
    asked: dict[str, Sequence[object]] = {}
    station = bench.open()
    station.requests.submit(requests(6))
    bench.stock(station, 10)
    bench.work(station, steps=6)
    bench.crash(station)
    with Station(
        bench.config,
        Registry.load(bench.config.plugins, ()),
        clock=bench.clock,
        ports=bench.port,
        connect=lambda path: cast("sqlite3.Connection", Asked(connect(path), asked)),
    ) as again:
        bench.work(again)
        again.status()
        again.sources.deliver()
    assert len(asked) > 40
    connection = connect(tmp_path / "station" / "station.db")
    found = {sql: steps for sql, values in asked.items() if (steps := walks(connection, sql, values))}
    connection.close()
    assert found == {}
