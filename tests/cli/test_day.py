"""A day's work by command, with its exit codes and refusals."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cardprint import Station
from cardprint.cli.app import root
from cardprint.model.identifiers import JobId
from cardprint.model.views import Change
from cardprint.station.told import of_change

CSV = "request_id,subject_id,name\nr1,101,Nobody\nr2,102,Nobody\nr3,,Nobody\n"


class Office:
    """Type commands in a station's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(root, [*words, "--station", str(self.folder)])

    def done(self, *words: str) -> str:
        result = self.type(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, *words: str, code: int = 0) -> object:
        result = self.type(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    folder = tmp_path / "office"
    assert CliRunner().invoke(root, ["init", str(folder), "--people", "2"]).exit_code == 0
    toml = folder / "station.toml"
    toml.write_text(toml.read_text("utf-8").replace('plugin = "portrait"', 'plugin = "none"'), "utf-8")
    (folder / "people.csv").write_text(CSV, "utf-8")
    return Office(folder)


@pytest.fixture
def stocked(office: Office) -> Office:
    assert office.type("import", str(office.folder / "people.csv")).exit_code == 1
    office.done("stock", "receive", "5", "--by", "Sari")
    office.done("stock", "load", "P1", "4", "--by", "Sari", "--witness", "Budi")
    return office


def test_a_day_from_an_empty_folder_to_printed_cards(stocked: Office) -> None:
    assert "2 printed" in stocked.done("run")
    status = stocked.json("status")
    assert isinstance(status, dict)
    assert status["jobs"]["completed"] == 2
    assert status["accounts"] == {"hopper:P1": 2, "printed": 2, "vault": 1}
    assert "It is printed" in stocked.done("jobs", "why", "r1")
    assert "All is well" in stocked.done("check", "--backup", str(stocked.folder / "monday.db"))
    assert (stocked.folder / "monday.db").is_file()
    outcomes = (stocked.folder / "people.csv.outcomes.csv").read_text("utf-8")
    assert outcomes.count("printed,r") == 2


def test_an_import_with_a_bad_row_takes_the_good_ones_and_exits_1(office: Office) -> None:
    result = office.type("import", str(office.folder / "people.csv"))
    assert result.exit_code == 1
    assert "2 new, 1 rejected" in result.output
    assert "cardprint sources rejects" in result.output
    assert "x-missing" in office.done("sources", "rejects")
    office.done("sources", "rejects", "--output", str(office.folder / "rejects.csv"))
    assert "subject_id" in (office.folder / "rejects.csv").read_text("utf-8")
    assert office.json("import", str(office.folder / "people.csv"))["new"] == 0  # type: ignore[index]


def test_jobs_are_held_released_put_first_and_canceled(stocked: Office) -> None:
    stocked.done("jobs", "hold", "r1", "--by", "Sari")
    assert "r1" in stocked.done("jobs", "list", "--state", "held")
    stocked.done("jobs", "release", "r1", "--by", "Sari")
    stocked.done("jobs", "first", "2", "--by", "Sari")
    assert "Position 1" in stocked.done("jobs", "why", "2")
    stocked.done("jobs", "cancel", "1", "--by", "Sari")
    assert "canceled" in stocked.done("jobs", "show", "1")
    stocked.done("run")
    assert "completed" in stocked.done("jobs", "show", "2")


def test_whoever_forgot_the_photos_is_led_to_the_first_card(stocked: Office) -> None:
    toml = stocked.folder / "station.toml"
    text = toml.read_text("utf-8").replace('plugin = "none"', 'plugin = "portrait"')
    toml.write_text(text, "utf-8")
    ended = stocked.done("run")
    assert "0 printed" in ended
    assert "2 of those who wait are held" in ended
    assert "cardprint jobs list --state held" in ended
    assert "cardprint jobs list --state held" in stocked.done("status")
    assert "x-photo-missing" in stocked.done("jobs", "list", "--state", "held")
    why = stocked.done("jobs", "why", "1")
    assert "photo = false" in why
    assert "cardprint jobs release --held-for x-photo-missing --by NAME" in why
    toml.write_text(text.replace("# photo = false", "photo = false"), "utf-8")
    assert stocked.json("jobs", "release", "--held-for", "x-photo-missing", "--by", "Sari") == {"released": 2}
    assert "2 printed" in stocked.done("run")


def test_a_person_is_found_by_the_subject_id(stocked: Office) -> None:
    assert "Job 2" in stocked.done("jobs", "why", "102")
    assert stocked.type("jobs", "why", "999").exit_code == 1


@pytest.mark.parametrize("words", [(), ("1", "--held-for", "x-photo-missing")])
def test_a_release_names_one_job_or_one_reason(words: tuple[str, ...], stocked: Office) -> None:
    assert stocked.type("jobs", "release", *words, "--by", "Sari").exit_code == 2


def test_blanks_take_every_way_there_is(stocked: Office) -> None:
    stocked.done("stock", "unload", "P1", "2", "--by", "Sari", "--witness", "Budi")
    stocked.done("stock", "receive", "10", "--name", "may", "--serials", "A01..A10", "--by", "Sari")
    stocked.done("stock", "issue", "1", "--by", "Sari")
    stocked.done("stock", "return", "2", "--by", "Sari")
    stocked.done("stock", "lend", "3", "north", "--by", "Sari")
    stocked.done("stock", "lend", "1", "north", "--back", "--by", "Sari")
    stocked.done("stock", "recount", "vault", "5", "--by", "Sari", "--witness", "Budi")
    books = stocked.json("stock", "report")
    assert isinstance(books, dict)
    assert books["closes"]
    assert books["accounts"]["lent:north"] == 2
    assert "the books close" in stocked.done("stock", "report")


def test_a_paused_printer_prints_nothing_until_resumed(stocked: Office) -> None:
    stocked.done("printers", "pause", "P1", "--by", "Sari")
    assert "0 printed" in stocked.done("run")
    assert "x-paused" in stocked.done("printers", "list")
    stocked.done("printers", "resume", "P1", "--by", "Sari")
    assert "1 printed" in stocked.done("run", "--cards", "1")


def test_a_printer_is_cleaned_and_serviced(stocked: Office) -> None:
    assert "2 cleaning cards" in stocked.done("printers", "clean", "P1", "--cards", "2", "--by", "Sari")
    assert "as the book says" in stocked.done("printers", "service", "P1", "4", "--by", "Sari")
    serviced = ("printers", "service", "P1", "3", "--reason", "swapped", "--by", "Sari", "--witness", "Budi")
    assert stocked.json(*serviced) == {"printer": "P1", "count": 3, "difference": -1}
    assert "2 printed" in stocked.done("run")


def test_a_test_card_is_printed_and_booked_as_spoiled(stocked: Office) -> None:
    assert "booked as spoiled" in stocked.done("printers", "test", "P1", "--by", "Sari")
    assert stocked.json("printers", "test", "P1", "--by", "Sari") == {"printer": "P1", "job_id": 4, "made": True}
    status = stocked.json("status")
    assert isinstance(status, dict)
    assert status["accounts"] == {"hopper:P1": 2, "spoiled:1": 2, "vault": 1}
    assert (status["outbox"], sum(status["waiting"].values())) == (0, 2)
    assert "2 printed, 0 spoiled" in stocked.done("run")
    assert "All is well" in stocked.done("check")


def test_a_test_card_beside_a_running_station_is_left_to_it(stocked: Office) -> None:
    booked = threading.Event()
    with Station.open(stocked.folder / "station.toml") as station:
        station.subscribe(lambda change: booked.set() if change.event == "test-card-booked" else None)
        station.start()
        assert "The station makes the test card" in stocked.done("printers", "test", "P1", "--by", "Sari")
        assert booked.wait(30)


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("check",),
        ("plugins",),
        ("jobs", "list"),
        ("jobs", "show", "1"),
        ("jobs", "why", "1"),
        ("stock", "report"),
        ("printers", "list"),
        ("printers", "discover"),
        ("sources", "rejects"),
        ("sources", "deliver"),
        ("run",),
    ],
)
def test_machines_get_one_json_value(words: tuple[str, ...], stocked: Office) -> None:
    assert stocked.json(*words) is not None


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("jobs", "show", "99"), "cardprint jobs list"),
        (("jobs", "hold", "nobody", "--by", "Sari"), "cardprint jobs list"),
        (("jobs", "release", "1", "--by", "Sari"), "cardprint jobs show"),
        (("stock", "load", "P9", "1", "--by", "Sari", "--witness", "Budi"), "Known: P1"),
        (("stock", "load", "P1", "1", "--by", "Sari"), "--witness"),
        (("stock", "issue", "99", "--by", "Sari"), "cardprint stock report"),
        (("stock", "recount", "printed", "1", "--by", "Sari"), "vault"),
        (("printers", "pause", "P9", "--by", "Sari"), "Known: P1"),
        (("printers", "clean", "P9", "--by", "Sari"), "Known: P1"),
        (("printers", "test", "P9", "--by", "Sari"), "Known: P1"),
        (("printers", "discover", "--driver", "foldr"), "folder"),
        (("printers", "service", "P1", "3", "--by", "Sari"), "--witness"),
        (("jobs", "resolve", "1", "--printed", "--by", "Sari"), "cardprint jobs resolve"),
        (("sources", "pull", "centre"), "Configured"),
        (("import", "nowhere.csv"), "path"),
        (("stop",), "cardprint run"),
    ],
)
def test_a_refusal_exits_1_and_says_what_to_do_next(words: tuple[str, ...], cure: str, stocked: Office) -> None:
    result = stocked.type(*words)
    assert result.exit_code == 1, result.output
    assert cure in result.output
    refusal = stocked.json(*words, code=1)
    assert isinstance(refusal, dict)
    assert refusal["error"]
    assert refusal["blank_touched"] is False


def test_wrong_usage_exits_2(office: Office) -> None:
    assert office.type("stock", "receive", "many", "--by", "Sari").exit_code == 2
    assert office.type("dance").exit_code == 2


def test_init_overwrites_nothing_and_asks_how_many_people_work_here(tmp_path: Path) -> None:
    asked = CliRunner().invoke(root, ["init", str(tmp_path / "one")], input="1\n")
    assert asked.exit_code == 0
    assert "people = 1" in (tmp_path / "one" / "station.toml").read_text("utf-8")
    again = CliRunner().invoke(root, ["init", str(tmp_path / "one"), "--people", "3"])
    assert again.exit_code == 1
    assert "people = 1" in (tmp_path / "one" / "station.toml").read_text("utf-8")


def test_no_station_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    result = Office(tmp_path / "nowhere").type("status")
    assert result.exit_code == 1
    assert "cardprint init" in result.output


def test_a_second_run_beside_a_running_station_is_refused_and_can_stop_it(stocked: Office) -> None:
    with Station.open(stocked.folder / "station.toml") as station:
        station.printers.pause("P1", by="Sari")
        station.start()
        refused = stocked.type("run")
        assert refused.exit_code == 1
        assert "already run by process" in refused.output
        assert stocked.json("status")["running"] is True  # type: ignore[index]
        stocked.done("stop")


def test_the_program_prints_its_version_and_takes_a_closed_pipe() -> None:
    program = [sys.executable, "-m", "cardprint.cli"]
    shown = subprocess.run([*program, "--version"], check=True, capture_output=True, text=True)
    assert shown.stdout.startswith("cardprint ")


def test_simulate_gives_machines_what_it_counted() -> None:
    result = CliRunner().invoke(root, ["simulate", "--scenario", "small", "--json"])
    assert result.exit_code == 0
    outcome = json.loads(result.stdout)
    wanted = {"printed", "waiting", "working_days", "blanks", "discrepancies", "doubled", "lost"}
    assert wanted <= outcome.keys()
    assert (outcome["doubled"], outcome["lost"], outcome["discrepancies"]) == (0, 0, [])


def test_an_unknown_scenario_is_refused() -> None:
    result = CliRunner().invoke(root, ["simulate", "--scenario", "moon"])
    assert result.exit_code == 1
    assert "office" in result.output


def test_the_demo_ends_with_a_summary_a_person_can_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(root, ["demo", "--output", str(tmp_path / "cards"), "--people", "6"])
    assert result.exit_code == 0, result.output
    for word in ("Printed:", "Waiting:", "Blanks:", "Why:", "The books close."):
        assert word in result.output


def test_a_job_and_the_journal_say_when_and_who(stocked: Office) -> None:
    stocked.done("jobs", "hold", "r1", "--by", "Rina")
    when = r"20\d\d-\d\d-\d\d \d\d:\d\d"
    assert re.search(rf"\d +{when} +job-held +Rina$", stocked.done("jobs", "show", "r1"), re.MULTILINE)
    assert re.search(rf"\d +{when} +job-held +1 +Rina$", stocked.done("journal", "show"), re.MULTILINE)
    assert re.search(rf"{when} +blanks-moved +Sari$", stocked.done("journal", "show"), re.MULTILINE)


def test_a_card_that_was_handed_over_is_not_spoiled_in_silence(stocked: Office) -> None:
    stocked.done("run")
    stocked.done("jobs", "hand-over", "1", "--by", "Rina")
    spoiling = ("jobs", "spoil", "1", "--reason", "misprint", "--by", "Sari", "--witness", "Budi")
    refused = stocked.type(*spoiling)
    assert refused.exit_code == 1
    assert "by Rina; nothing was changed" in refused.output
    assert "makes another card" in stocked.done(*spoiling, "--returned")
    assert re.search(r"card-found-bad +Sari, Budi$", stocked.done("jobs", "show", "1"), re.MULTILINE)


@pytest.mark.parametrize(
    ("event", "job", "data", "said"),
    [
        ("card-not-fed", 2, {"reasons": ["x-no-key"]}, "P1: job 2 not fed (x-no-key)"),
        ("card-printed", 2, {"reasons": []}, "P1: job 2 printed"),
        ("printer-quarantined", None, {}, "P1: quarantined"),
        ("blanks-moved", None, {}, ""),
    ],
)
def test_whoever_watches_a_run_sees_what_happened_and_why(
    event: str, job: JobId | None, data: dict[str, object], said: str
) -> None:
    change = Change(seq=1, at=0.0, event=event, job_id=job, attempt_id="", printer="P1", data=data)
    assert of_change(change) == ([said] if said else [])


def test_an_empty_station_says_what_to_do_first(office: Office) -> None:
    assert office.done("run").endswith("(x-nobody-waits).\nNext: Import requests: cardprint import FILE\n")
    refused = office.type("stock", "load", "P1", "4", "--by", "Sari", "--witness", "Budi")
    assert refused.exit_code == 1
    assert "cardprint stock receive COUNT" in refused.output


def test_the_advice_looks_at_held_jobs_where_no_other_one_waits(stocked: Office) -> None:
    for job in ("1", "2"):
        stocked.done("jobs", "hold", job, "--by", "Sari")
    assert stocked.done("status").endswith("Next: 2 are held; see why: cardprint jobs list --state held\n")


def test_a_suspected_duplicate_names_the_commands_that_decide_it(office: Office) -> None:
    file = office.folder / "people.csv"
    file.write_text("request_id,subject_id\nr1,101\nr2,101\n", "utf-8")
    office.done("import", str(file))
    why = office.done("jobs", "why", "r2")
    assert "cardprint jobs release 2 --by NAME" in why
    assert "cardprint jobs cancel 2 --by NAME" in why


def test_a_check_ends_with_what_needs_nothing(stocked: Office) -> None:
    lines = stocked.done("check").splitlines()
    assert "All is well." in lines
    assert all("SQLite" in line for line in lines[lines.index("All is well.") + 1 :])


def test_a_canceled_job_cannot_be_released(stocked: Office) -> None:
    stocked.done("jobs", "cancel", "1", "--by", "Sari")
    assert "canceled cannot be released" in stocked.type("jobs", "release", "1", "--by", "Sari").output
