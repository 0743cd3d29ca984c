"""What people are shown, in Indonesian; and what the catalogs must hold."""

from __future__ import annotations

import copy
import gettext
import json
import pickle
import re
import string
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cardprint.cli.app import COMMANDS, root
from cardprint.engine.explain import sentence
from cardprint.language import LANGUAGES, Sentence, joined, language_of, translated
from support.office import Office, doubtful_station, small_office
from support.texts import catalog_of, in_code, path_of

OTHERS = LANGUAGES[1:]
INDONESIAN = {"CARDPRINT_LANG": "id"}


# The catalogs.


def entries(language: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalog_of(language) if message.id}


def placeholders(text: str) -> set[str]:
    return {f"{name}!{turn or ''}:{form}" for _, name, form, turn in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_in_the_code_is_translated(language: str) -> None:
    known = entries(language)
    lacking = {text: places for text, places in in_code().items() if not known.get(text)}
    assert lacking == {}, "run `make texts` and fill in the msgstr of each in the .po"


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_of_a_sentence_that_is_gone(language: str) -> None:
    assert sorted(entries(language).keys() - in_code().keys()) == [], "run `make texts`"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_its_sentence(language: str) -> None:
    wrong = {text: said for text, said in entries(language).items() if placeholders(text) != placeholders(said)}
    assert wrong == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_the_commands_and_options_of_its_sentence(language: str) -> None:
    def named(text: str) -> set[str]:
        return set(re.findall(rf"--[a-z-]+|cardprint (?:{'|'.join(COMMANDS)})(?: [a-z-]+)?", text))

    wrong = {text: said for text, said in entries(language).items() if named(text) != named(said)}
    assert wrong == {}


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_shipped_is_what_the_catalog_says(language: str) -> None:
    with path_of(language, "mo").open("rb") as stream:
        shipped = gettext.GNUTranslations(stream)
    said = entries(language)
    assert {text: shipped.gettext(text) for text in said} == said, "run `make texts`"
    assert len(shipped._catalog) == len(said) + 1  # type: ignore[attr-defined]  # the header is one more


def test_a_name_is_no_word_of_the_catalogs() -> None:
    assert translated("held", "id") == "held"
    assert translated(Sentence("held"), "id") == "tertahan"


# Sentences.

texts = st.text(st.characters(blacklist_characters="{}"))


@given(texts, st.lists(st.one_of(texts, st.integers())))
def test_a_sentence_is_its_english_whatever_it_holds(text: str, values: list[object]) -> None:
    made = joined([Sentence(text + "{value}", value=value) for value in values])
    plain = ", ".join(f"{text}{value}" for value in values)
    assert (str(made), translated(made, "en")) == (plain, plain)
    # What no catalog knows is shown as it is.
    assert translated(made, "id") == plain
    for copied in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301 - our own
        assert (copied, copied.template, copied.values) == (made, made.template, made.values)


def test_a_sentence_in_a_sentence_is_translated() -> None:
    made = Sentence("Next: {advice}", advice=Sentence("Print: cardprint run"))
    assert made == "Next: Print: cardprint run"
    assert translated(made, "id") == "Selanjutnya: Cetak: cardprint run"


def test_a_keyword_without_what_its_sentence_needs_is_shown_itself() -> None:
    assert sentence("x-lane-first", {}) == sentence("x-lane-first", {"lane": "a"}) == "Reason: x-lane-first."
    assert sentence("x-hopper-empty", {}) == "The hopper is empty."


@pytest.mark.parametrize(
    ("environment", "configured", "language"),
    [
        ({}, "", "en"),
        ({"LANG": "id_ID.UTF-8"}, "", "id"),
        ({"LANG": "id_ID.UTF-8", "LC_ALL": "C"}, "", "en"),
        ({"LANG": "fr_FR.UTF-8"}, "", "en"),
        ({"LANG": "en_GB.UTF-8"}, "id", "id"),
        ({"LANG": "id_ID.UTF-8"}, "en", "en"),
        ({"CARDPRINT_LANG": "en"}, "id", "en"),
        ({"CARDPRINT_LANG": "id"}, "en", "id"),
    ],
)
def test_who_types_chooses_the_language_then_the_station_then_the_computer(
    environment: dict[str, str], configured: str, language: str
) -> None:
    assert language_of(environment, configured) == language


# A day in Indonesian.


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{2,}", text.lower()))


def english_in(shown: str) -> set[str]:
    """Give the words of a text that are in English sentences and in no Indonesian one; commands and keywords aside."""
    said = entries("id")
    bare = [re.sub(r"\{[^}]*\}|cardprint .*", "", text) for text in said]
    only_english = set().union(*map(words, bare)) - set().union(*map(words, said.values()))
    shown = re.sub(r"cardprint .*$|\bx-[a-z-]+|first-issuance|\(\S+\.csv\)|/\S+", "", shown, flags=re.MULTILINE)
    return words(shown) & only_english


def test_english_is_told_from_indonesian() -> None:
    assert english_in("The books close.") == {"the", "books", "close"}
    assert english_in("Pembukuan cocok. x-nobody-waits") == set()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return small_office(tmp_path / "kantor", 4, **INDONESIAN)


def test_a_day_in_indonesian_shows_no_english(office: Office) -> None:
    shown = [
        office.type("cardprint stock receive 5 --by Sari"),
        office.type("cardprint stock load P1 2 P2 1 --by Sari --witness Budi"),
        office.type(f"cardprint import {office.folder / 'people.csv'}"),
        office.type("cardprint jobs hold r2 --by Sari"),
        office.type("cardprint jobs why r1"),
        office.type("cardprint jobs why r2"),
        office.type("cardprint run"),
        office.type("cardprint jobs spoil r1 --reason rusak --by Sari --witness Budi"),
        office.type("cardprint jobs why r0"),
        office.type("cardprint jobs list"),
        office.type("cardprint printers list"),
        office.type("cardprint status"),
    ]
    assert [english_in(each) for each in shown] == [set()] * len(shown)
    # The names of accounts are those that commands take.
    assert "2 printed, 1 spoiled:1, 2 vault" in shown[-1]
    assert "3 tercetak, 1 rusak (1 rusak), 0 hilang, 0 belum pasti" in shown[-1]
    assert "Pembukuan cocok." in shown[-1]


@pytest.mark.parametrize(
    "line",
    [
        "cardprint jobs show 99",
        "cardprint jobs hand-over r1 --by Sari",
        "cardprint jobs resolve 1 --printed --by Sari",
        "cardprint stock load P9 1 --by Sari --witness Budi",
        "cardprint stock load P1 1 --by Sari",
        "cardprint stock issue 99 --by Sari",
        "cardprint stock recount printed 1 --by Sari",
        "cardprint printers pause P9 --by Sari",
        "cardprint sources pull pusat",
        "cardprint stop",
    ],
)
def test_a_refusal_is_in_indonesian(line: str, office: Office) -> None:
    refused = office.try_typing(line)
    assert refused.exit_code == 1
    assert english_in(refused.output.replace("cardprint: ", "")) == set()


def test_a_doubt_is_answered_in_indonesian(tmp_path: Path) -> None:
    office = doubtful_station(tmp_path / "stasiun", **INDONESIAN)
    shown = office.type("cardprint jobs resolve", keys="hilang\n\nSari\n\nrusak\n\nSari\n\n")
    # The driver's steps and the reasons are keywords.
    sentences = re.sub(r"Laporan driver: .*", "", shown)
    assert english_in(sentences) == set()
    assert "dua orang yang berbeda" in shown
    assert "Diputuskan: rusak." in shown


def test_machines_are_never_told_in_indonesian(office: Office) -> None:
    office.type(f"cardprint import {office.folder / 'people.csv'}")
    seen = json.loads(office.type("cardprint status --json"))
    assert seen["jobs"]["pending"] == 4
    assert seen["advice"] == "Book a delivery of blanks: cardprint stock receive COUNT --by NAME"
    assert json.loads(office.type("cardprint jobs why 1 --json"))["sentence"].startswith("It waits.")
    refusal = json.loads(office.try_typing("cardprint jobs show 99 --json").output)
    assert refusal["error"] == "no job, request or person has that id."


def test_the_stations_language_is_the_one_its_file_says(office: Office) -> None:
    file = office.folder / "station.toml"
    file.write_text(file.read_text("utf-8").replace("people = 2", 'people = 2\nlanguage = "id"'), "utf-8")
    quiet = {"CARDPRINT_LANG": "", "LC_ALL": "C"}
    shown = CliRunner().invoke(root, ["status", "--station", str(file)], env=quiet)
    assert "Pembukuan cocok." in shown.output
    file.write_text(file.read_text("utf-8").replace('"id"', '"xx"'), "utf-8")
    refused = CliRunner().invoke(root, ["status", "--station", str(file)], env=quiet)
    assert refused.exit_code == 1
    assert "Known: en, id." in refused.output
