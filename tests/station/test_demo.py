"""The small office that comes with cardprint."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from cardprint.errors import InputError
from cardprint.station.demo import demo


def test_the_demo_leaves_a_card_for_every_blank_and_says_who_waits(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = demo(tmp_path / "cards", people=8, seed=2, progress=said.append)
    assert (outcome.printed, outcome.doubled, outcome.lost) == (4, 0, 0)
    assert sum(outcome.waiting.values()) == 4
    assert outcome.blanks == {"printed": 4}
    assert outcome.discrepancies == ()
    assert outcome.why
    for name in ("front.png", "card.pdf"):
        assert len(list((tmp_path / "cards").glob(f"*/*/{name}"))) == 4
    assert any("P3 is broken" in line for line in said)


def test_the_demo_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(InputError, match="not empty"):
        demo(tmp_path)


def test_the_cards_of_the_demo_are_of_the_design_that_is_installed(tmp_path: Path) -> None:
    demo(tmp_path / "cards", people=3)
    (front,) = list((tmp_path / "cards").glob("P1/*/front.png"))[:1]
    (read,) = zxingcpp.read_barcodes(Image.open(front))
    # The built-in card says a digest.
    assert not read.text.startswith("CP1:")
