"""What somebody counted, against the book."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardprint import Station
from support.stations import station_config


@pytest.mark.parametrize("counted", [0, 3, 4, 5, 6, 9])
@pytest.mark.parametrize("account", ["vault", "working", "hopper:P1"])
def test_a_count_books_exactly_what_differs(account: str, counted: int, tmp_path: Path) -> None:
    with Station.open(station_config(tmp_path / "station"), ports=lambda _: pytest.fail("opened")) as station:
        station.stock.receive(5)
        if account == "working":
            station.stock.issue(5)
        elif account != "vault":
            station.stock.load("P1", 5)
        assert station.stock.recount(account, counted, by="a") == counted - 5
        report = station.stock.report()
        expected = {account: counted, "missing": max(5 - counted, 0)}
        assert dict(report.accounts) == {name: count for name, count in expected.items() if count}
        assert report.found == max(counted - 5, 0)
        assert report.closes
        assert station.check().ok
