"""Planes and stream by what is read back from them, on cards of any small size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cardprint_magicard.job import TRACKS, Stripe, encode_job
from cardprint_magicard.model import Model
from cardprint_magicard.planes import Planes, make_planes

if TYPE_CHECKING:
    from conftest import Page

Read = Callable[[bytes], "list[Page]"]


@st.composite
def models(draw: st.DrawFn) -> Model:
    left, height = draw(st.integers(0, 12)), draw(st.integers(1, 20))
    return Model(
        name="made up",
        dpi=300,
        width_px=draw(st.integers(1, 9)),
        height_px=height,
        head_px=-(-(left + height) // 8) * 8 + 8 * draw(st.integers(0, 2)),
        left_px=left,
        sides=2,
        stripe=True,
    )


@st.composite
def cards(draw: st.DrawFn) -> tuple[Model, list[Image.Image]]:
    model = draw(models())
    values = st.integers(0, 255) | st.integers(0, 5)
    size = model.width_px * model.height_px * 3
    faces = draw(st.lists(st.lists(values, min_size=size, max_size=size), min_size=1, max_size=2))
    return model, [Image.frombytes("RGB", (model.width_px, model.height_px), bytes(face)) for face in faces]


def dot(plane: bytes, model: Model, x: int, y: int, bits: int) -> int:
    """Read one pixel of the head: row ``x`` of the card's long side, pixel ``y`` of the row."""
    row_bytes = model.head_px // 8
    start = x * bits * row_bytes
    place, shift = divmod(model.left_px + y, 8)
    return sum((plane[start + bit * row_bytes + place] >> (7 - shift) & 1) << bit for bit in range(bits))


@given(card=cards(), ribbon=st.sampled_from(["YMC", "YMCKO", "K"]), turned=st.booleans())
def test_what_is_read_back_is_the_face(
    read: Read,
    card: tuple[Model, list[Image.Image]],
    ribbon: str,
    turned: bool,  # noqa: FBT001 - drawn
) -> None:
    model, faces = card
    sides = [make_planes(face, model, ribbon=ribbon, turned=turned, resin=None) for face in faces]
    pages = read(encode_job(sides, model, time=1, overcoat="O" in ribbon))
    assert len(pages) == len(faces)
    for page, face in zip(pages, faces, strict=True):
        for x in range(model.width_px):
            for y in range(model.height_px):
                # The right edge comes first, or with a half turn the left.
                place = (x, model.height_px - 1 - y) if turned else (model.width_px - 1 - x, y)
                pixel = face.getpixel(place)
                assert isinstance(pixel, tuple)
                inks = {letter: (255 - value) >> 2 for letter, value in zip("RGB", pixel, strict=True)}
                resin = "K" in ribbon and set(inks.values()) == {63}
                if "Y" in ribbon:
                    got = {letter: dot(page.planes[letter], model, x, y, 6) for letter in "RGB"}
                    assert got == ({"R": 0, "G": 0, "B": 0} if resin else inks)
                if "K" in ribbon:
                    assert dot(page.planes["K"], model, x, y, 1) == resin
        inked = sum(byte.bit_count() for plane in page.planes.values() for byte in plane)
        assert inked == sum(
            dot(plane, model, x, y, bits).bit_count()
            for letter, plane in page.planes.items()
            for bits in [1 if letter == "K" else 6]
            for x in range(model.width_px)
            for y in range(model.height_px)
        )


def test_an_orders_own_resin_takes_the_place_of_the_darkest_pixels() -> None:
    model = Model(name="made up", dpi=300, width_px=2, height_px=8, head_px=8, left_px=0, sides=1, stripe=False)
    face = Image.new("RGB", (2, 8), (0, 0, 0))
    resin = Image.new("1", (2, 8), 1)
    resin.putpixel((1, 0), 0)
    planes = make_planes(face, model, ribbon="YMCK", turned=False, resin=resin)
    # Row 0 is the right edge; of it the first pixel is resin, all others stay colour.
    assert planes.black == b"\x80\x00"
    assert planes.yellow == planes.magenta == planes.cyan == b"\x7f" * 6 + b"\xff" * 6


@given(
    sides=st.integers(1, 2),
    time=st.integers(0, 2**40),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    tracks=st.fixed_dictionaries(
        {},
        optional={name: st.text(track.characters, min_size=1, max_size=track.most) for name, track in TRACKS.items()},
    ),
)
def test_what_is_ordered_is_in_the_commands_and_nothing_else_is(
    read: Read, sides: int, time: int, flags: tuple[bool, bool, bool], tracks: dict[str, str]
) -> None:
    model = Model(name="made up", dpi=300, width_px=1, height_px=8, head_px=8, left_px=0, sides=2, stripe=True)
    overcoat, reject, sure = flags
    stripe = Stripe(coercivity="H", tracks=tracks) if tracks else None
    planes = [Planes(yellow=b"6bytes", magenta=b"6bytes", cyan=b"6bytes")] * sides
    options = {"overcoat": overcoat, "reject_faulty": reject, "colour_sure": sure}
    pages = read(encode_job(planes, model, time=time, hole=(1, 2, 3, 4), stripe=stripe, **options))
    for number, page in enumerate(pages, 1):
        front = number == 1
        assert page.value("PAG") == str(number)
        assert page.value("DPX") == ("ON" if sides > 1 else "OFF")
        assert page.value("BAC") == (("CO" if overcoat else "C") if front and sides > 1 else None)
        assert page.value("OVR") == ("ON" if overcoat and front else "OFF")
        assert page.value("NCT") == ("1" if overcoat and front else None)
        assert page.value("REJ") == ("ON" if reject else "OFF")
        assert page.value("SLW") == ("ON" if sure else "OFF")
        assert page.value("TDT") == f"{time & 0xFFFFFFFF:08X}"
        written = {
            f"track{page.commands[at][3]}": page.commands[at + 4]
            for at, word in enumerate(page.commands)
            if word in {"MAG1", "MAG2"}
        }
        assert written == (tracks if front else {})


def test_what_a_stripe_is_to_hold_is_never_shown() -> None:
    assert "SECRET" not in repr(Stripe(coercivity="L", tracks={"track1": "SECRET"}))


@pytest.mark.parametrize(("head_px", "left_px", "sides"), [(7, 0, 1), (12, 0, 1), (8, 1, 1), (8, 0, 3), (0, 0, 1)])
def test_a_model_that_cannot_be_is_none(head_px: int, left_px: int, sides: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Model(
            name="made up",
            dpi=300,
            width_px=1,
            height_px=8,
            head_px=head_px,
            left_px=left_px,
            sides=sides,
            stripe=False,
        )
