"""What validators find: refusals keep a request out, warnings are kept with its job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from cardprint import CardRequest, Station
from cardprint.model import JobState
from cardprint.plugin import Finding, RequestValidator
from support.stations import requests, station_config


class Names(RequestValidator):
    """Refuses who has no name, wonders about a long one, and fails for one."""

    def check(self, request: CardRequest) -> Sequence[Finding]:
        name = request.fields.get("name", "")
        if name == "Geno":
            raise ValueError(name)
        if not name:
            return [Finding(rule="x-nameless", field="name", shape="empty")]
        return [Finding(rule="x-long", field="name", shape="9 letters", refuse=False)] if len(name) > 8 else []


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    config = attrs.evolve(station_config(tmp_path / "station"), printers=())
    with Station.open(config, plugins=[Names()]) as opened:
        yield opened


def named(*names: str) -> list[CardRequest]:
    return [
        attrs.evolve(request, fields={"name": name}) for request, name in zip(requests(len(names)), names, strict=True)
    ]


def test_a_warning_lets_the_request_in_counts_it_and_stays_with_the_job(station: Station) -> None:
    report = station.requests.submit(named("Wila", "Dantorika"))
    assert (report.new, report.warned, report.rejected, report.ok) == (2, 1, 0, True)
    assert station.jobs.show(1).warnings == ()
    assert station.jobs.show(2).warnings == ("x-long in name: 9 letters",)
    assert station.jobs.count(JobState.PENDING) == 2


def test_a_refusal_keeps_the_request_out_whatever_else_is_odd(station: Station) -> None:
    report = station.requests.submit(named("", "Wila"))
    assert (report.new, report.warned, report.rejected) == (1, 0, 1)
    assert [(reject.column, reject.rule) for reject in station.sources.rejects()] == [("name", "x-nameless")]


def test_a_correction_brings_its_own_warnings_or_none(station: Station) -> None:
    request = named("Wila")[0]
    station.requests.submit(request)
    assert station.requests.submit(attrs.evolve(request, fields={"name": "Dantorika"})).warned == 1
    assert station.jobs.show(1).warnings == ("x-long in name: 9 letters",)
    station.requests.submit(attrs.evolve(request, fields={"name": "Wila"}))
    assert station.jobs.show(1).warnings == ()


def test_a_request_that_comes_again_unchanged_is_not_warned_of_again(station: Station) -> None:
    request = named("Dantorika")[0]
    station.requests.submit(request)
    again = station.requests.submit(request)
    assert (again.known, again.warned) == (1, 0)


def test_a_validator_that_fails_refuses_the_request_alone_and_tells_nothing_of_the_person(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    report = station.requests.submit(named("Wila", "Geno"))
    assert (report.new, report.rejected) == (1, 1)
    assert [(reject.rule, reject.shape) for reject in station.sources.rejects()] == [("x-validator-failed", "Names")]
    assert "Names failed with ValueError" in caplog.text
    assert "Geno" not in caplog.text
