"""Layers, codes, signatures, scripts and colours: what a design can ask for."""

from __future__ import annotations

import io
from pathlib import Path

import attrs
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageCms, PngImagePlugin

from cardprint.errors import ConfigurationError, RenderError
from cardprint.model import CardRequest, RenderTarget, RequestType
from cardprint_svg.photo import open_photo
from cardprint_svg.renderer import SvgRenderer
from support.components import require
from support.svg_designs import NS, keep, opened, renderer

_HEAD = 'name = "c"\nversion = "1"\nsides = ["front.svg"]\n'
_PERSON = CardRequest(request_id="R-1", subject_id="1", fields={"name": "Nobody Sample"})


def designed(folder: Path, toml: str, svg: str, head: str = _HEAD) -> SvgRenderer:
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "design.toml").write_text(head + toml)
    (folder / "own" / "front.svg").write_text(f"<svg {NS}>{svg}</svg>")
    return renderer(folder, "own")


def named(folder: Path, more: str = "", place: str = 'x="5" y="5" width="60" height="12"') -> SvgRenderer:
    return designed(folder, f"[fields.name]\n{more}\n", f'<rect id="name" {place}/>')


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.invert(picture.convert("L")).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize(
    ("kind", "size"), [("qr", (22, 22)), ("pdf417", (60, 16)), ("pdf417", (26, 40)), ("code128", (70, 10))]
)
def test_a_code_of_each_kind_is_read_where_the_design_puts_it(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    place = f'<rect id="code" x="6" y="6" width="{size[0]}" height="{size[1]}"/>'
    made = designed(tmp_path, f'[fields.code]\ntype = "{kind}"\nsource = "request_id"\n', place)
    faces = made.render(attrs.evolve(_PERSON, request_id="R-1234567890"), RenderTarget())
    assert [code.text for code in zxingcpp.read_barcodes(opened(faces.sides[0]))] == ["R-1234567890"]
    assert faces.code == "R-1234567890"


def test_a_field_may_stand_on_a_card_twice(tmp_path: Path) -> None:
    places = "".join(f'<rect data-field="name" x="5" y="{y}" width="60" height="8"/>' for y in (5, 30))
    face = opened(designed(tmp_path, "[fields.name]\n", places).render(_PERSON, RenderTarget()).sides[0])
    upper, lower = face.crop((0, 0, 1011, 319)), face.crop((0, 319, 1011, 638))
    assert ink(upper)[0] == ink(lower)[0]
    assert ink(upper)[2] == ink(lower)[2]


def test_a_signature_is_drawn_in_its_colour_and_never_cropped(tmp_path: Path) -> None:
    toml = '[fields.signature]\ntype = "signature"\ncolour = "#203080"\nblack = true\n'
    made = designed(tmp_path, toml, '<rect id="signature" x="10" y="10" width="40" height="20"/>')
    picture = Image.new("L", (900, 300), 255)
    picture.paste(0, (0, 140, 900, 160))
    picture.paste(255, (1, 0, 899, 140))
    request = attrs.evolve(_PERSON, fields={"signature": keep(tmp_path, picture, "PNG")})
    faces = made.render(request, RenderTarget())
    left, _, right, _ = ink(opened(faces.sides[0]))
    assert (left, right) == (118, 591)
    assert opened(faces.sides[0]).getpixel((354, 236)) == (0x20, 0x30, 0x80)
    assert opened(faces.black[0]).getpixel((354, 236)) == 0


def test_the_k_panel_holds_layers_and_black_fields_and_never_the_photo(tmp_path: Path) -> None:
    toml = '[fields.photo]\ntype = "photo"\n[fields.name]\nblack = true\n'
    layers = (
        '<g data-panel="K"><rect x="70" y="40" width="10" height="10"/></g><rect x="50" y="40" width="9" height="9"/>'
    )
    places = '<rect id="photo" width="30" height="40"/><rect id="name" x="35" y="5" width="45" height="10"/>'
    made = designed(tmp_path, toml, layers + places)
    request = attrs.evolve(_PERSON, photo=keep(tmp_path, Image.new("RGB", (600, 800), "black")))
    faces = made.render(request, RenderTarget())
    face, black = opened(faces.sides[0]), opened(faces.black[0]).convert("L")
    assert face.getpixel((100, 100)) == (0, 0, 0)
    assert black.getpixel((100, 100)) == 255
    assert (face.getpixel((640, 520)), black.getpixel((640, 520))) == ((0, 0, 0), 255)
    assert (face.getpixel((885, 530)), black.getpixel((885, 530))) == ((0, 0, 0), 0)
    assert ink(black.crop((400, 0, 1011, 200)))


def test_a_field_that_is_not_black_stays_off_the_k_panel(tmp_path: Path) -> None:
    toml = "[fields.name]\nblack = true\n[fields.role]\n"
    places = '<rect id="name" x="5" y="5" width="60" height="10"/><rect id="role" x="5" y="30" width="60" height="10"/>'
    made = designed(tmp_path, toml, places)
    faces = made.render(attrs.evolve(_PERSON, fields={"name": "Nobody", "role": "Tester"}), RenderTarget())
    lower = (0, 300, 1011, 638)
    assert ink(opened(faces.sides[0]).crop(lower))
    assert opened(faces.black[0]).crop(lower).getcolors() == [(1011 * 338, 255)]


def test_no_overlay_lies_over_a_chip_nor_where_the_drawing_leaves_it_out(tmp_path: Path) -> None:
    toml = '[fields.chip]\ntype = "blank"\n'
    layers = '<rect width="85.6" height="54" fill="#abc"/><rect data-panel="O" x="60" y="10" width="10" height="10"/>'
    made = designed(tmp_path, toml, layers + '<rect id="chip" x="9" y="17" width="13" height="13"/>')
    faces = made.render(_PERSON, RenderTarget())
    overlay = opened(faces.overlay[0])
    assert [overlay.getpixel(at) for at in ((180, 270), (760, 180), (500, 500))] == [255, 255, 0]
    assert [opened(faces.sides[0]).getpixel(at) for at in ((180, 270), (760, 180))] == [(255,) * 3, (0xAA, 0xBB, 0xCC)]
    assert made.render(_PERSON, RenderTarget(panels="YMCK")).overlay == ()


def test_a_text_becomes_smaller_then_abbreviated_and_is_refused_only_then(tmp_path: Path) -> None:
    made = named(tmp_path, 'size = 6\nsmallest = 4\nabbreviations = { Jalan = "Jl." }')

    def written(name: str) -> tuple[str, int]:
        writing = made.puts(0, attrs.evolve(_PERSON, fields={"name": name}), RenderTarget())[0].writing
        assert writing is not None
        return writing.lines[0].text, writing.points

    short, longer = written("Jalan Mawar"), written("Jalan Mawar Putih Jaya")
    assert (short[0], longer[0]) == ("Jalan Mawar", "Jalan Mawar Putih Jaya")
    assert short[1] == 71 > longer[1]
    assert written("Jalan Mawar Putih Jaya Barat Laut")[0] == "Jl. Mawar Putih Jaya Barat Laut"
    with pytest.raises(RenderError, match="does not fit"):
        made.render(attrs.evolve(_PERSON, fields={"name": "Jalan Mawar " * 5}), RenderTarget())


def test_a_text_is_wrapped_into_the_lines_that_it_may_take(tmp_path: Path) -> None:
    made = named(tmp_path, "size = 4\nsmallest = 4\nlines = 2")
    name = attrs.evolve(_PERSON, fields={"name": "Nobody Sample Of A Rather Long Name"})
    writing = made.puts(0, name, RenderTarget())[0].writing
    assert writing is not None
    assert [line.text for line in writing.lines] == ["Nobody Sample Of A Rather", "Long Name"]


@pytest.mark.parametrize(("name", "side"), [("لا أحد", "right"), ("אף אחד", "right"), ("Nobody", "left")])
def test_a_text_begins_where_its_writing_begins(tmp_path: Path, name: str, side: str) -> None:
    system = () if side == "left" or "ل" in name else ("NotoSansHebrew-Regular.ttf",)
    if system:
        require("/usr/share/fonts/truetype/noto/NotoSansHebrew-Regular.ttf", "fonts-noto-core")
    named(tmp_path)
    made = renderer(tmp_path, "own", fonts=system)
    face = made.render(attrs.evolve(_PERSON, fields={"name": name}), RenderTarget()).sides[0]
    left, _, right, _ = ink(opened(face))
    assert (left < 75) == (side == "left")
    assert (right > 750) == (side == "right")


def test_letters_that_the_shipped_fonts_lack_come_from_a_font_that_is_named(tmp_path: Path) -> None:
    require("/usr/share/fonts/truetype/noto/NotoSansJavanese-Regular.ttf", "fonts-noto-core")
    named(tmp_path)
    javanese = attrs.evolve(_PERSON, fields={"name": "ꦲꦤꦕꦫꦏ"})
    with pytest.raises(RenderError) as caught:
        renderer(tmp_path, "own").render(javanese, RenderTarget())
    assert caught.value.rule == "x-glyph-missing"
    more = renderer(tmp_path, "own", fonts=("NotoSansJavanese-Regular.ttf",))
    assert ink(opened(more.render(javanese, RenderTarget()).sides[0]))
    assert more.digest != renderer(tmp_path, "own").digest


def test_a_font_of_the_design_is_asked_first_and_counts_in_the_digest(tmp_path: Path) -> None:
    serif = require("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf", "fonts-dejavu-core")
    plain = named(tmp_path)
    before, digest = plain.render(_PERSON, RenderTarget()), plain.digest
    (tmp_path / "own" / "Own.ttf").write_bytes(serif.read_bytes())
    own = named(tmp_path, 'font = "Own.ttf"')
    assert own.render(_PERSON, RenderTarget()) != before
    assert own.digest != digest
    (tmp_path / "own" / "Own.ttf").write_bytes(b"no font")
    with pytest.raises(ConfigurationError, match="no font"):
        named(tmp_path, 'font = "Own.ttf"')


def test_a_field_is_only_on_cards_of_its_request_types(tmp_path: Path) -> None:
    made = named(tmp_path, 'request_types = ["REPLACEMENT"]')
    white = made.render(_PERSON, RenderTarget()).sides[0]
    other = attrs.evolve(_PERSON, request_type=RequestType.REPLACEMENT)
    assert opened(white).getcolors() == [(1011 * 638, (255, 255, 255))]
    assert made.render(other, RenderTarget()).sides[0] != white


def test_each_problem_of_a_design_is_told_with_file_and_line(tmp_path: Path) -> None:
    svg = '\n<image href="/etc/hostname"/>\n<rect id="name" width="9" height="9"/>\n<script>1</script>'
    with pytest.raises(ConfigurationError) as caught:
        designed(tmp_path, '[fields.name]\nalign = "up"\n', svg)
    assert [line.partition(" ")[0] for line in caught.value.message.splitlines()] == [
        "front.svg:2",
        "front.svg:2",
        "front.svg:4",
        "design.toml:4",
    ]


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[fields.name]\nnothing = 1\n", "nothing"),
        ('[fields.name]\ntype = "film"\n', "no proper type"),
        ("[fields.name]\nsmallest = 5\n", "no proper smallest"),
        ('[fields.name]\nrequest_types = ["THEFT"]\n', "no proper request_types"),
        ("[fields.name]\n[fields.more]\n", "no proper placeholder"),
        ("[fields.name\n", "no TOML"),
    ],
)
def test_what_is_wrong_in_design_toml_is_told(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        designed(tmp_path, toml, '<rect id="name" width="9" height="9"/>')


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (_HEAD + 'size = "ID-2"\n', "one size"),
        (_HEAD + 'scripts = ["Xxxx"]\n', "no script"),
        (_HEAD.replace("front.svg", "../front.svg"), "plain file name"),
        (_HEAD.replace("front.svg", "back.svg"), "cannot be read"),
        (_HEAD.replace('["front.svg"]', "[]"), "one side or two"),
    ],
)
def test_a_design_of_another_size_or_of_files_elsewhere_is_refused(tmp_path: Path, head: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        designed(tmp_path, "", "", head)


def test_a_drawing_of_other_proportions_than_a_card_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "design.toml").write_text(_HEAD)
    (tmp_path / "own" / "front.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 54"/>')
    with pytest.raises(ConfigurationError, match="as wide as high"):
        renderer(tmp_path, "own")


def test_pixels_that_are_no_card_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="ID-1"):
        named(tmp_path).render(_PERSON, RenderTarget(width_px=1011, height_px=600))


def test_a_wide_gamut_photo_is_brought_to_srgb(tmp_path: Path) -> None:
    grey = Image.new("RGB", (600, 800), (128, 40, 40))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = keep(tmp_path, grey, "PNG", icc_profile=lab)
    pixel = open_photo(tmp_path / same, (252, 336), field="photo").getpixel((9, 9))
    assert isinstance(pixel, tuple)
    assert all(abs(mine - wanted) <= 1 for mine, wanted in zip(pixel, (128, 40, 40), strict=True))
    # The same profile with its red and its blue primary exchanged: what it calls red is blue.
    turned = bytearray(lab)
    red, blue = lab.index(b"rXYZ"), lab.index(b"bXYZ")
    turned[red : red + 4], turned[blue : blue + 4] = b"bXYZ", b"rXYZ"
    other = keep(tmp_path, grey, "PNG", icc_profile=bytes(turned))
    pixel = open_photo(tmp_path / other, (252, 336), field="photo").getpixel((9, 9))
    assert isinstance(pixel, tuple)
    assert pixel[2] > pixel[0]


def test_a_photo_of_16_bits_is_not_blown_out(tmp_path: Path) -> None:
    name = keep(tmp_path, Image.new("I;16", (600, 800), 0x8000), "PNG")
    pixel = open_photo(tmp_path / name, (252, 336), field="photo").getpixel((9, 9))
    assert pixel == (128, 128, 128)


def test_what_a_photo_leaves_clear_is_white_whatever_its_profile(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    name = keep(tmp_path, Image.new("RGBA", (600, 800), (0, 0, 0, 0)), "PNG", icc_profile=profile)
    assert open_photo(tmp_path / name, (252, 336), field="photo").getpixel((9, 9)) == (255, 255, 255)


def test_nothing_that_a_photo_says_of_itself_reaches_the_card(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "made-up-camera-owner")
    exif = Image.Exif()
    exif[0x013B] = "made-up-camera-owner"
    photo = keep(tmp_path, Image.new("RGB", (600, 800), "gray"), "PNG", pnginfo=info, exif=exif)
    made = renderer(tmp_path, "staff-badge")
    for side in made.render(attrs.evolve(made.sample(), photo=photo), RenderTarget()).sides:
        assert b"made-up" not in side
        assert set(opened(side).info) <= {"dpi"}


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(out, "PNG")
    (tmp_path / "bomb").write_bytes(out.getvalue())
    with pytest.raises(RenderError) as caught:
        open_photo(tmp_path / "bomb", (252, 336), field="photo")
    assert caught.value.rule == "x-photo-unreadable"
