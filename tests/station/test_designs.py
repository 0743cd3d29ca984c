"""Cards are looked at before one is made, and nothing is changed by it."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from cardprint import CardRequest, PluginUse, Station
from cardprint.errors import InputError, RenderError, StateError
from cardprint.model import CardFaces, RenderTarget
from cardprint.plugin import CardRenderer
from cardprint.station.designs import drawn
from support.stations import folder_config

PLAIN = PluginUse(plugin="portrait", settings={"photo": False})


def opened(folder: Path, renderer: PluginUse | None = None, *plugins: object) -> Station:
    return Station.open(folder_config(folder / "station", renderer=renderer), plugins=plugins)


def sizes(faces: CardFaces) -> list[tuple[int, int]]:
    return [Image.open(io.BytesIO(side)).size for side in faces.sides]


def test_a_card_is_drawn_as_it_would_be_printed(tmp_path: Path) -> None:
    person = CardRequest(request_id="r1", subject_id="1", fields={"name": "Nobody Atall"})
    with opened(tmp_path, PLAIN) as station:
        station.requests.submit([person])
        seen = station.designs.preview(1)
        assert sizes(seen) == [(1011, 638)] * 2
        station.stock.receive(1)
        station.stock.load("P1", 1)
        station.run()
        (front,) = (tmp_path / "station" / "cards").glob("*/front.png")
        assert front.read_bytes() == seen.sides[0]


def test_a_preview_has_the_size_and_sides_that_were_asked_for(tmp_path: Path) -> None:
    with opened(tmp_path, PLAIN) as station:
        assert sizes(station.designs.preview(dpi=600, sides=1)) == [(2022, 1276)]
        assert station.designs.check() == []
        assert station.journal.head()[0] == 0


@pytest.mark.parametrize("sides", [1, 2])
def test_a_document_has_a_page_of_a_cards_size_for_each_side(sides: int, tmp_path: Path) -> None:
    with opened(tmp_path, PLAIN) as station:
        drawn(station.designs.preview(sides=sides), tmp_path / "card.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "card.pdf")
    millimetres = [tuple(round(points / 72 * 25.4, 2) for points in page.get_size()) for page in document]
    document.close()
    assert millimetres == [(85.60, 53.98)] * sides


def test_a_picture_shows_the_sides_below_one_another_and_is_its_owners_alone(tmp_path: Path) -> None:
    with opened(tmp_path, PLAIN) as station:
        faces = station.designs.preview()
    drawn(faces, tmp_path / "card.png")
    with Image.open(tmp_path / "card.png") as picture:
        fronts = [picture.crop((40, top, 40 + 1011, top + 638)) for top in (40, 40 + 638 + 40)]
    assert [front.tobytes() for front in fronts] == [
        Image.open(io.BytesIO(side)).convert("RGB").tobytes() for side in faces.sides
    ]
    assert (tmp_path / "card.png").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["card.bmp", "card", "nowhere/card.png"])
def test_a_preview_that_cannot_be_written_says_why(name: str, tmp_path: Path) -> None:
    with opened(tmp_path, PLAIN) as station:
        faces = station.designs.preview()
    with pytest.raises(InputError) as caught:
        drawn(faces, tmp_path / name)
    assert caught.value.cure


def test_a_card_that_would_be_held_is_refused_for_the_same_reason(tmp_path: Path) -> None:
    with opened(tmp_path) as station:
        assert "no faces" in station.designs.check()[0]
        with pytest.raises(StateError, match="no faces"):
            station.designs.preview()
    with opened(tmp_path, PLAIN) as station:
        station.requests.submit([CardRequest(request_id="r1", subject_id="1")])
        with pytest.raises(RenderError, match="no field name"):
            station.designs.preview(1)


class Broken(CardRenderer):
    """Fail with what it was given."""

    digest = "broken"

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        raise ValueError(request.subject_id)

    def check(self) -> tuple[str, ...]:
        return ("The ground is too dark.",)


def test_a_design_with_problems_is_told_of_all_of_them(tmp_path: Path) -> None:
    with opened(tmp_path, None, Broken()) as station:
        first, second = station.designs.check()
        assert first == "The ground is too dark."
        assert "ValueError" in second
        assert "sample" not in second.replace("the sample cannot be drawn", "")
