"""A bundle goes to the source that opens it; what it answers and what it brings passes as over the line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from cardprint import PluginUse, Station
from cardprint.errors import InputError, SourceError, StateError
from cardprint.model import Cursor, New, OutcomeReport, Page, Receipt
from cardprint.plugin import DataSource, PluginContext, SourceEntry, hookimpl
from cardprint.station.told import of_import
from support.stations import folder_config, requests

PEOPLE = [*requests(3)]
HEAD = b"toy-bundle\n"


class Toy(DataSource):
    """Carry requests by their numbers, and answers by key, in JSON behind a first line."""

    def __init__(self, settings: None, context: PluginContext) -> None:
        self.said: dict[str, list[int] | dict[str, str]] = {}

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        for number in self.said.get("people", []):
            at = int(number)
            yield Page(items=(New(request=PEOPLE[at]),), cursor=Cursor(str(at + 1)))

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        answers = self.said.get("answers")
        given = answers if isinstance(answers, dict) else {}
        return [Receipt(given.get(report.request_id, "later")) for report in reports]

    def open_bundle(self, path: Path, cursor: Cursor | None) -> DataSource:
        opened = Toy(None, PluginContext(name="", clock=None, folder=path, photos=path))  # type: ignore[arg-type] # unused
        opened.said = json.loads(path.read_bytes().removeprefix(HEAD))
        if opened.said.get("follows", cursor) != cursor:
            raise InputError("It does not follow.", cure="Take another.")
        return opened

    def write_bundle(self, path: Path, reports: Sequence[OutcomeReport], cursor: Cursor | None) -> None:
        path.write_text(json.dumps([cursor, [[report.key, report.request_id] for report in reports]]))


class Plugin:
    __name__ = "toys"
    CARDPRINT_API = "1.0"

    @hookimpl
    def cardprint_data_sources(self) -> Iterable[SourceEntry]:
        return (
            SourceEntry(name="toy", factory=f"{__name__}:Toy", summary="Toys.", bundles=b"toy-bundle"),
            SourceEntry(name="line", factory=f"{__name__}:Toy", summary="A line alone."),
        )


def opened(folder: Path, **sources: str) -> Station:
    used = {name: PluginUse(plugin=plugin) for name, plugin in sources.items()}
    return Station.open(attrs.evolve(folder_config(folder / "office"), sources=used), plugins=[Plugin()])


def bundle(folder: Path, **said: object) -> Path:
    path = folder / "in.bundle"
    path.write_bytes(HEAD + json.dumps(said).encode())
    return path


def test_a_bundle_goes_to_the_one_source_that_opens_it(tmp_path: Path) -> None:
    with opened(tmp_path, centre="toy", other="line") as station:
        assert station.sources.import_file(bundle(tmp_path, people=[0, 1])).new == 2
        assert {view.name: view.cursor for view in station.sources.list()} == {"centre": "2", "other": ""}


def test_of_several_sources_the_named_one_gets_it(tmp_path: Path) -> None:
    path = bundle(tmp_path, people=[0])
    with opened(tmp_path, a="toy", b="toy") as station:
        with pytest.raises(InputError, match="several sources") as caught:
            station.sources.import_file(path)
        assert caught.value.cure == "Name one: --source a | b"
        assert station.sources.import_file(path, source="b").new == 1
        assert {view.name: view.cursor for view in station.sources.list()} == {"a": "", "b": "1"}


def test_a_bundle_that_no_source_opens_is_refused_with_what_to_add(tmp_path: Path) -> None:
    with opened(tmp_path, other="line") as station:
        with pytest.raises(InputError, match="no source is configured") as caught:
            station.sources.import_file(bundle(tmp_path, people=[0]))
        assert 'plugin = "toy"' in caught.value.cure
        assert [*station.jobs.list()] == []


def test_receipts_of_a_bundle_close_what_they_name_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out.bundle"
    with opened(tmp_path, centre="toy") as station:
        station.sources.import_file(bundle(tmp_path, people=[0, 1, 2]))
        station.stock.receive(3)
        station.stock.load("P1", 3)
        station.run()
        assert station.sources.write_bundle("centre", out) == 3
        cursor, reports = json.loads(out.read_text())
        assert (cursor, [request for _, request in reports]) == ("3", ["r0", "r1", "r2"])
        assert station.status().outbox == 3
        path = bundle(tmp_path, answers={"r0": "accepted", "r1": "refused"}, follows="3")
        report = station.sources.import_file(path)
        assert (report.told, report.untold, report.ok, station.status().outbox) == (1, 1, False, 1)
        assert [letter.request_id for letter in station.sources.refused()] == ["r1"]
        assert [*of_import(report, path)][1:] == [
            "1 reports have arrived.",
            "1 were refused: cardprint sources refused",
        ]


def test_nothing_of_a_bundle_that_is_refused_is_taken(tmp_path: Path) -> None:
    with opened(tmp_path, centre="toy") as station:
        with pytest.raises(InputError, match="does not follow"):
            station.sources.import_file(bundle(tmp_path, people=[0], follows="7"))
        assert [*station.jobs.list()] == []


def test_a_source_without_bundles_says_so(tmp_path: Path) -> None:
    class Plain(DataSource):
        name = "plain"

        def pull(self, cursor: Cursor | None) -> Iterator[Page]:
            yield from ()

    with Station.open(folder_config(tmp_path / "office"), plugins=[Plain()]) as station:
        with pytest.raises(InputError, match="takes no bundle"):
            station.sources.write_bundle("plain", tmp_path / "out")
        with pytest.raises(SourceError, match="no source is called"):
            station.sources.write_bundle("nobody", tmp_path / "out")
    with pytest.raises(InputError, match="opens no bundle"):
        Plain().open_bundle(tmp_path / "in", None)


def test_of_two_that_read_one_source_at_once_one_gives_way(tmp_path: Path) -> None:
    class Slow(DataSource):
        name = "slow"
        other: Station

        def pull(self, cursor: Cursor | None) -> Iterator[Page]:
            for number in range(int(cursor or 0), 3):
                if number == 1 and Slow.other is not None:
                    other, Slow.other = Slow.other, None  # type: ignore[assignment] # asked once
                    other.sources.pull("slow")
                yield Page(items=(New(request=PEOPLE[number]),), cursor=Cursor(str(number + 1)))

    with Station.open(folder_config(tmp_path / "office"), plugins=[Slow()]) as station:
        Slow.other = station
        with pytest.raises(StateError, match="another process"):
            station.sources.pull("slow")
        assert [job.request_id for job in station.jobs.list()] == ["r0", "r1", "r2"]
        assert station.sources.list()[0].cursor == "3"
        assert station.check().ok
