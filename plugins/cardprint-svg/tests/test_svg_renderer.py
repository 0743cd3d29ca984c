"""Cards from SVG designs: what is drawn, and what is refused before a blank is spent."""

from __future__ import annotations

import contextlib
from pathlib import Path

import attrs
import pytest
import zxingcpp
from PIL import Image

from cardprint.errors import ConfigurationError, RenderError
from cardprint.model import CardRequest, RenderTarget
from cardprint_svg.background import render_markup
from cardprint_svg.markup import read_drawing
from cardprint_svg.photo import open_photo
from support.svg_designs import NS, keep, opened, renderer


@pytest.mark.parametrize(
    ("design", "sides", "target"),
    [
        ("plain", 1, RenderTarget()),
        ("plain", 1, RenderTarget(width_px=2022, height_px=1276, dpi=600)),
        ("staff-badge", 1, RenderTarget()),
        ("id-card", 2, RenderTarget()),
    ],
)
def test_a_shipped_design_makes_faces_of_the_target_and_its_codes_are_read(
    tmp_path: Path, design: str, sides: int, target: RenderTarget
) -> None:
    made = renderer(tmp_path, design)
    request = attrs.evolve(made.sample(), photo=keep(tmp_path, Image.new("RGB", (600, 800), "#9fb6c8")))
    target = attrs.evolve(target, sides=sides)
    faces = made.render(request, target)
    assert [(opened(side).mode, opened(side).size) for side in faces.sides] == [
        ("RGB", (target.width_px, target.height_px))
    ] * sides
    assert [opened(side).mode for side in faces.black] == ["1"] * sides
    assert faces.code in {code.text for code in zxingcpp.read_barcodes(opened(faces.sides[0]))}


# The identity card is checked by the rules for renderers.
@pytest.mark.parametrize("design", ["plain", "staff-badge"])
def test_a_shipped_design_takes_the_longest_texts_that_it_allows(tmp_path: Path, design: str) -> None:
    assert renderer(tmp_path, design).check() == ()


def test_a_design_without_a_sample_shows_nobody_and_one_whose_text_does_not_fit_is_told_what_to_change(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "our-card"
    folder.mkdir()
    place = '<rect id="name" x="6" y="14" width="20" height="6"/>'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 85.6 54">{place}</svg>'
    (folder / "front.svg").write_text(drawing)
    design = 'name = "our-card"\nversion = "1"\nsides = ["front.svg"]\n[fields.name]\n'
    (folder / "design.toml").write_text(f"{design}size = 2.0\nlength = 13\n")
    made = renderer(tmp_path, "our-card")
    assert (made.sample().fields, made.check()) == ({"name": "Nobody Sample"}, ())
    (folder / "design.toml").write_text(design)
    (problem,) = renderer(tmp_path, "our-card").check()
    assert problem.endswith("change smallest, lines or length in design.toml.")


def test_the_same_input_gives_the_same_bytes_and_the_same_digest(tmp_path: Path) -> None:
    one, two = renderer(tmp_path, "plain"), renderer(tmp_path, "plain")
    assert one.digest == two.digest
    assert one.render(one.sample(), RenderTarget()) == two.render(two.sample(), RenderTarget())


def test_no_black_panel_is_made_for_a_ribbon_without_one(tmp_path: Path) -> None:
    made = renderer(tmp_path, "plain")
    assert made.render(made.sample(), RenderTarget(panels="YMCO")).black == ()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", "x-field-missing"),
        ("O" * 60, "x-text-does-not-fit"),
        ("O" * 61, "x-text-does-not-fit"),
        ("Nobody \u202eelpmaS", "x-bidi-control"),
        ("No\u200bbody", "x-control-character"),
        ("No\u200dbody", "x-control-character"),
        ("Nobody \x07", "x-control-character"),
        ("Nobody \U0001f600", "x-glyph-missing"),
        ("Nobody \uac00", "x-glyph-missing"),
        ("Nobody \u0645 \u03a9", "x-glyph-missing"),
        ("Nob\ufe0fody", "x-control-character"),
        ("Nob\u034fody", "x-control-character"),
        ("\u0301Nobody", "x-loose-marks"),
        ("No" + "\u0323\u0348" * 3 + "body", "x-loose-marks"),
    ],
)
def test_a_text_that_cannot_stand_as_it_is_is_refused_by_rule_and_field(tmp_path: Path, name: str, rule: str) -> None:
    made = renderer(tmp_path, "plain")
    request = attrs.evolve(made.sample(), fields={"name": name})
    with pytest.raises(RenderError, match="no blank was touched") as caught:
        made.render(request, RenderTarget())
    assert (caught.value.rule, caught.value.field) == (rule, "name")


def test_markup_in_a_name_is_drawn_as_letters(tmp_path: Path) -> None:
    made = renderer(tmp_path, "plain")
    request = CardRequest(request_id="r", subject_id="1", fields={"name": '</text> <image href="/etc/hostname"/>'})
    assert made.render(request, RenderTarget()).sides


def test_a_code_too_long_for_its_place_is_refused(tmp_path: Path) -> None:
    made = renderer(tmp_path, "plain")
    with pytest.raises(RenderError) as caught:
        made.render(attrs.evolve(made.sample(), request_id="r" * 900), RenderTarget())
    assert (caught.value.rule, caught.value.field) == ("x-code-too-fine", "code")


def test_a_code_that_something_lies_over_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "covered"
    folder.mkdir()
    (folder / "design.toml").write_text(
        'name = "c"\nversion = "1"\nsides = ["front.svg"]\n[fields.code]\ntype = "qr"\nsource = "request_id"\n'
        '[fields.hole]\ntype = "blank"\n'
    )
    rects = '<rect id="code" width="20" height="20"/><rect id="hole" x="3" y="3" width="12" height="12"/>'
    (folder / "front.svg").write_text(f"<svg {NS}>{rects}</svg>")
    made = renderer(tmp_path, "covered")
    with pytest.raises(RenderError) as caught:
        made.render(made.sample(), RenderTarget())
    assert caught.value.rule == "x-code-unreadable"


@pytest.mark.parametrize(
    ("size", "mode", "rule"),
    [
        ((40, 54), "RGB", "x-photo-too-small"),
        ((1200, 400), "RGB", "x-photo-proportions"),
        ((600, 800), "CMYK", "x-photo-colours"),
    ],
)
def test_a_photo_that_does_not_serve_is_refused(tmp_path: Path, size: tuple[int, int], mode: str, rule: str) -> None:
    name = keep(tmp_path, Image.new(mode, size))
    with pytest.raises(RenderError) as caught:
        open_photo(tmp_path / name, (252, 336), field="photo")
    assert caught.value.rule == rule


def test_a_photo_with_a_broken_colour_profile_is_refused(tmp_path: Path) -> None:
    name = keep(tmp_path, Image.new("RGB", (600, 800)), icc_profile=b"no profile")
    with pytest.raises(RenderError) as caught:
        open_photo(tmp_path / name, (252, 336), field="photo")
    assert caught.value.rule == "x-photo-colours"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "JPEG2000"])
def test_a_photo_of_each_format_is_read(tmp_path: Path, kind: str) -> None:
    name = keep(tmp_path, Image.new("RGB", (600, 800), "#808080"), kind)
    assert open_photo(tmp_path / name, (252, 336), field="photo").size == (252, 336)


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    picture = Image.new("RGB", (800, 600), "white")
    picture.paste("black", (0, 0, 400, 600))
    exif = Image.Exif()
    exif[0x0112] = 6
    name = keep(tmp_path, picture, "PNG", exif=exif)
    upright = open_photo(tmp_path / name, (252, 336), field="photo")
    assert upright.getpixel((126, 20)) == (0, 0, 0)
    assert upright.getpixel((126, 316)) == (255, 255, 255)


@pytest.mark.parametrize(
    "inner",
    [
        '<image href="/etc/hostname"/>',
        '<image xlink:href="../x.png"/>',
        '<use href="other.svg#a"/>',
        "<script>1</script>",
        "<foreignObject/>",
        "<style>@import url(x)</style>",
        '<rect onclick="x"/>',
        '<rect fill="url(file:///etc/hostname)"/>',
        '<rect style="filter:url(#f)"/>',
        '<rect width="1e9"/>',
        "<g>" * 300 + "</g>" * 300,
        '<g id="a"><rect/></g><g id="b"><use href="#a"/><use href="#a"/></g><use href="#b"/>',
        '<g id="a"><use href="#a"/></g>',
        "<rect/>" * 20_001,
        '<rect id="name" width="10" height="10" transform="scale(2)"/>',
        '<rect id="name" width="100" height="10"/>',
        '<rect data-field="nobody" width="10" height="10"/>',
        "&undefined;",
        '<g data-panel="X"/>',
        '<svg viewBox="0 0 10 10"><rect id="name" width="10" height="10"/></svg>',
        '<rect id="name" width="1e4000" height="10"/>',
        '<animate attributeName="x"/>',
        '<a href="https://example.org"/>',
        "<![CDATA[x]]>",
        "<?xml-stylesheet href='x'?>",
        '<rect fill="url( &quot;x.svg#a&quot; )"/>',
    ],
)
def test_a_hostile_drawing_is_refused_before_it_is_rendered(inner: str) -> None:
    with pytest.raises(ConfigurationError):
        read_drawing("front.svg", f"<svg {NS}>{inner}</svg>".encode(), frozenset({"name"}))


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
        f"<svg {NS}/>".encode("utf-16"),
        b"no xml",
        b"<svg/>",
        b" " * 2_000_001,
    ],
)
def test_what_is_no_plain_svg_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        read_drawing("front.svg", data, frozenset())


def test_a_child_that_fails_is_an_error_and_no_crash() -> None:
    with pytest.raises(RenderError) as caught:
        render_markup(b"<nothing/>", (100, 100), "x", ())
    assert caught.value.rule == "x-design-failed"


def test_a_child_that_never_ends_is_ended(tmp_path: Path) -> None:
    # All of it is on the list: a slow drawing is no crime, and yet no printer waits for it.
    ground = '<defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1"/></linearGradient></defs>'
    inner = ground + '<rect width="85" height="54" fill="url(#g)" opacity="0.5"/>' * 19_000
    drawing = read_drawing("front.svg", f"<svg {NS}>{inner}</svg>".encode(), frozenset())
    with pytest.raises(RenderError, match="ended with") as caught:
        render_markup(drawing.markup(4044, 2552), (4044, 2552), "x", (), seconds=1)
    assert caught.value.rule == "x-design-failed"


@pytest.mark.parametrize("inner", ["<g>" * 100_000 + "</g>" * 100_000, '<rect width="1e30" height="1e30"/>' * 10])
def test_a_drawing_that_would_crash_the_station_harms_a_child_at_most(inner: str) -> None:
    # Past the allow-list, as if it had a hole.
    with contextlib.suppress(RenderError):
        render_markup(f'<svg {NS} width="100" height="63">{inner}</svg>'.encode(), (100, 63), "x", (), seconds=2)


def test_a_canvas_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    made = renderer(tmp_path, "plain")
    with pytest.raises(RenderError) as caught:
        made.render(made.sample(), RenderTarget(width_px=100_110, height_px=63_133))
    assert caught.value.rule == "x-design-failed"


@pytest.mark.parametrize("design", ["id-card", "staff-badge"])
def test_a_sample_shows_nobody_and_a_person_without_a_photo_is_refused(tmp_path: Path, design: str) -> None:
    made = renderer(tmp_path, design)
    as_test_card = attrs.evolve(made.sample(), request_id="x-test-card-1")
    pixels = opened(made.render(as_test_card, RenderTarget()).sides[0])
    assert (98, 108, 124) in {colour for _, colour in pixels.getcolors(1 << 20) or ()}
    person = attrs.evolve(made.sample(), fields={**made.sample().fields, "name": "Somebody Else"})
    with pytest.raises(RenderError) as caught:
        made.render(person, RenderTarget())
    assert caught.value.rule == "x-photo-missing"
