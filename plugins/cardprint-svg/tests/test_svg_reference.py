"""The faces beside the whole card drawn by resvg, and beside the golden images."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cardprint.model import RenderTarget
from cardprint_svg.reference import difference, difference_picture, rendered_whole, whole_svg
from support.golden import CARDS, drawn, golden, versions, written_with
from support.svg_designs import renderer


@pytest.mark.parametrize("design", ["plain", "id-card", "staff-badge"])
@pytest.mark.parametrize("request_id", ["sample", "longest", "script-Arab"])
def test_a_face_is_what_resvg_makes_of_the_whole_card(tmp_path: Path, design: str, request_id: str) -> None:
    made = renderer(tmp_path, design)
    whose = next(each for each in made.trials() if each.request_id == request_id)
    for side in range(len(made.design.sides)):
        ours = made.side(side, whose, RenderTarget())
        assert difference(ours, rendered_whole(made, side, whose, RenderTarget())) <= 1.5


def test_what_is_missing_shows_in_the_difference(tmp_path: Path) -> None:
    made = renderer(tmp_path, "plain")
    white = Image.new("RGB", (1011, 638), "white")
    whole = rendered_whole(made, 0, made.sample(), RenderTarget())
    assert difference(white, whole) > 10
    assert difference_picture(white, whole).size == (1011, 3 * 638)


def test_the_whole_card_holds_data_as_letters(tmp_path: Path) -> None:
    made = renderer(tmp_path, "plain")
    sample = made.sample()
    hostile = type(sample)(request_id="r", subject_id="1", fields={"name": '</text><image href="/etc/hostname"/>'})
    assert b"&lt;/text&gt;&lt;image" in whole_svg(made, 0, hostile, RenderTarget())


@pytest.mark.parametrize(("design", "request_id", "side"), CARDS)
def test_a_card_is_drawn_as_its_golden_image(design: str, request_id: str, side: int) -> None:
    # Pixel by pixel by what drew them; another version of Pillow or resvg may place ink a little otherwise.
    allowed = 0.0 if versions() == written_with() else 0.5
    for panel, picture in drawn(design, request_id, side).items():
        with Image.open(golden(design, request_id, side, panel)) as before:
            apart = difference(before.convert("RGB"), picture.convert("RGB"))
        assert apart <= allowed, "cd tests && ../.venv/bin/python -m support.golden show ../build/golden"
