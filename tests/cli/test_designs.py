"""A card is looked at from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from cardprint.cli.app import root

STATION = """
[station]
people = 1

[renderer]
plugin = "{renderer}"
{settings}

[printers.P1]
driver = "folder"
device = "folder:cards"
"""


def office(folder: Path, renderer: str = "portrait", settings: str = "photo = false") -> Path:
    folder.mkdir(mode=0o700)
    (folder / "station.toml").write_text(STATION.format(renderer=renderer, settings=settings), "utf-8")
    (folder / "people.csv").write_text("request_id,subject_id,name\nr1,1234,Nobody Atall\nr2,1235,\n", "utf-8")
    assert typed(folder, "import", str(folder / "people.csv")).exit_code == 0
    return folder


def typed(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(root, [*words, "--station", str(folder)])


@pytest.mark.parametrize(("whose", "sides"), [((), 2), (("--job", "r1"), 2), (("--job", "1234", "--sides", "1"), 1)])
def test_a_card_is_drawn(whose: tuple[str, ...], sides: int, tmp_path: Path) -> None:
    card = tmp_path / "card.png"
    drawn = typed(office(tmp_path / "office"), "designs", "preview", *whose, "-o", str(card), "--json")
    assert json.loads(drawn.output)["sides"] == sides
    with Image.open(card) as picture:
        assert picture.size == (1011 + 80, sides * (638 + 40) + 40)


def test_what_would_hold_a_card_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    card = tmp_path / "card.png"
    refused = typed(office(tmp_path / "office"), "designs", "preview", "--job", "r2", "-o", str(card))
    assert refused.exit_code == 1
    assert "no field name" in refused.output
    assert not card.exists()


@pytest.mark.parametrize(
    ("renderer", "settings", "told", "code"),
    [
        ("portrait", "photo = false", "The design is sound", 0),
        ("none", "", "no faces", 1),
        ("portrait", "", "The design is sound", 0),
        ("portrait", 'required = ["height"]', "height", 1),
    ],
)
def test_a_design_is_checked(renderer: str, settings: str, told: str, code: int, tmp_path: Path) -> None:
    checked = typed(office(tmp_path / "office", renderer, settings), "designs", "check")
    assert (told in checked.output, checked.exit_code) == (True, code)


def test_a_design_with_photos_makes_a_test_card(tmp_path: Path) -> None:
    folder = office(tmp_path / "office", settings="")
    typed(folder, "stock", "receive", "1", "--by", "Sari")
    typed(folder, "stock", "load", "P1", "1", "--by", "Sari")
    assert "booked as spoiled" in typed(folder, "printers", "test", "P1", "--by", "Sari").output


def alone(*words: str) -> Result:
    return CliRunner().invoke(root, ["designs", *words])


def test_a_design_is_copied_checked_and_looked_at_without_a_station(tmp_path: Path) -> None:
    folder, sheet, card = tmp_path / "our-card", tmp_path / "sheet.png", tmp_path / "card.pdf"
    assert "Made" in alone("new", str(folder), "--like", "plain").output
    checked = alone("check", str(folder), "--sheet", str(sheet), "--json")
    assert json.loads(checked.output) == {"ok": True, "problems": [], "sheet": str(sheet)}
    assert f"see it with cardprint designs preview {folder} -o card.png" in alone("check", str(folder)).output
    with Image.open(sheet) as picture:
        assert picture.width == 2 * (674 + 30) + 30
    assert alone("preview", str(folder), "--sample", "-o", str(card)).exit_code == 0
    assert card.read_bytes().startswith(b"%PDF")


def test_problems_of_a_design_are_told_by_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "our-card"
    alone("new", str(folder), "--like", "plain")
    front = folder / "front.svg"
    front.write_text(front.read_text().replace("</svg>", '<image href="/etc/hostname"/></svg>'))
    checked = alone("check", str(folder), "--sheet", str(tmp_path / "sheet.png"))
    assert checked.exit_code == 1
    assert "front.svg:9 has an element <image>" in checked.output
    assert not (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize(("words", "told"), [(("--like", "passport"), "id-card, plain"), ((), "is there already")])
def test_a_copy_begins_with_what_there_is_and_goes_where_nothing_is(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    folder = tmp_path / "our-card"
    if not words:
        folder.mkdir()
    refused = alone("new", str(folder), *words)
    assert (refused.exit_code, told in refused.output) == (1, True)


def test_a_job_is_drawn_in_another_design_than_the_stations(tmp_path: Path) -> None:
    folder, card = office(tmp_path / "office"), tmp_path / "card.png"
    drawn = typed(folder, "designs", "preview", "plain", "--request", "r1", "-o", str(card), "--json")
    assert json.loads(drawn.output)["code"] == "r1"


def test_without_a_station_and_without_a_design_there_is_nothing_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no station" in alone("check").output


@pytest.mark.parametrize("command", [("check",), ("preview", "--sample", "-o", "card.png")])
def test_a_station_is_told_of_its_design_in_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    folder = office(tmp_path / "office")
    monkeypatch.chdir(tmp_path)
    file = folder / "station.toml"
    file.write_text(file.read_text().replace("people = 1", 'people = 1\nlanguage = "id"'))
    told = typed(folder, "designs", *command)
    assert told.exit_code == 0
    assert ("desain" in told.output.lower()) or ("kartu" in told.output.lower())
