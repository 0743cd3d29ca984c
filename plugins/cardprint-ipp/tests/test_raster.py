"""PWG raster as another library reads it, and the ways in which a back can be wanted."""

from __future__ import annotations

import ctypes
import struct
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from cardprint_ipp.document import JPEG, PDF, RASTER, Layout, choose_format, make_document
from cardprint_ipp.media import find_medium, medium_named
from cardprint_ipp.printer import read_abilities
from cardprint_ipp.raster import RasterPage, back_transform, write_raster
from cardprint_ipp.values import Attribute, Collection, Group, Resolution, Tag
from support.components import require

HEADER = 1796
MEDIUM = medium_named("om_card_54x86mm")


def libcups() -> ctypes.CDLL:
    """Give the library; its scheduler cannot be there without it."""
    require("cupsd", "cups-daemon")
    return ctypes.CDLL("libcups.so.2")


def pages_of(document: bytes, folder: Path) -> list[tuple[bytes, bytes]]:
    """Read a document by libcups: header and dots of each page."""
    cups = libcups()
    cups.cupsRasterOpen.restype = ctypes.c_void_p
    path = folder / "document.ras"
    path.write_bytes(document)
    pages = []
    with path.open("rb") as stream:
        raster = ctypes.c_void_p(cups.cupsRasterOpen(stream.fileno(), 0))
        header = ctypes.create_string_buffer(HEADER)
        while cups.cupsRasterReadHeader2(raster, header):
            height, stride = (struct.unpack_from("I", header.raw, at)[0] for at in (376, 392))
            dots = ctypes.create_string_buffer(height * stride)
            assert cups.cupsRasterReadPixels(raster, dots, height * stride) == height * stride
            pages.append((header.raw, dots.raw))
        cups.cupsRasterClose(raster)
    return pages


def word(header: bytes, at: int) -> int:
    (value,) = struct.unpack_from("i", header, at)
    return int(value)


PICTURES = st.tuples(st.sampled_from(["RGB", "L"]), st.integers(1, 300), st.integers(1, 6)).flatmap(
    lambda how: st.builds(
        lambda row, luck: Image.frombytes(
            how[0],
            (how[1], how[2]),
            # Rows that come again, rows of one colour, and rows of noise.
            b"".join(
                luck.choice([row, bytes([luck.randrange(3)]) * len(row), luck.randbytes(len(row))])
                for _ in range(how[2])
            ),
        ),
        st.binary(min_size=how[1] * len(how[0]), max_size=how[1] * len(how[0])),
        st.randoms(use_true_random=False),
    )
)


def page(image: Image.Image, **more: object) -> RasterPage:
    known = {"dpi": 300, "width": 5398, "height": 8560, "medium": "om_card_54x86mm", "pages": 1, **more}
    return RasterPage(image=image, **known)  # type: ignore[arg-type]


@given(image=PICTURES)
@settings(deadline=None)
def test_another_library_reads_the_dots_that_were_written(
    image: Image.Image, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ((header, dots),) = pages_of(write_raster([page(image)]), tmp_path_factory.mktemp("ras"))

    assert dots == image.tobytes()
    assert (word(header, 372), word(header, 376)) == image.size


def test_the_same_line_again_and_again_is_written_in_steps(tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 700), "navy")
    document = write_raster([page(image)])

    assert len(document) < HEADER + 4 + 3 * 20
    assert pages_of(document, tmp_path)[0][1] == image.tobytes()


def test_a_header_says_what_the_card_is(tmp_path: Path) -> None:
    layout = Layout(format=RASTER, medium=MEDIUM, dpi=300, turn=90, tumble=True, sheet_back="flipped")
    faces = [Image.effect_noise(layout.face, 50).convert("RGB") for _ in range(2)]

    (front, _), (back, dots) = pages_of(make_document(layout, faces), tmp_path)

    assert front[:10] == b"PwgRaster\0"
    assert [word(front, at) for at in (272, 276, 280, 340, 368, 452)] == [1, 300, 300, 1, 1, 2]
    assert [word(front, at) for at in (384, 388, 396, 400, 420)] == [8, 24, 0, 19, 3]
    assert front[1732:].startswith(b"om_card_54x86mm\0")
    assert [word(each, at) for each in (front, back) for at in (456, 460)] == [1, 1, -1, 1]
    turned = faces[1].rotate(90, expand=True).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert dots == turned.tobytes()


@pytest.mark.parametrize(
    ("sheet_back", "tumble", "transform"),
    [
        ("normal", False, (1, 1)),
        ("normal", True, (1, 1)),
        ("flipped", False, (1, -1)),
        ("flipped", True, (-1, 1)),
        ("rotated", False, (-1, -1)),
        ("rotated", True, (1, 1)),
        ("manual-tumble", False, (1, 1)),
        ("manual-tumble", True, (-1, -1)),
    ],
)
def test_a_back_is_mirrored_as_the_standard_has_it(
    sheet_back: str, transform: tuple[int, int], tmp_path: Path, *, tumble: bool
) -> None:
    assert back_transform(sheet_back, tumble=tumble) == transform

    class Size(ctypes.Structure):
        _fields_ = [
            ("media", ctypes.c_char * 128),
            *((name, ctypes.c_int) for name in ("width", "length", "bottom", "left", "right", "top")),
        ]

    # The same table in libcups, which knows the sizes of media by name alone.
    cups = libcups()
    cups.pwgMediaForPWG.restype = ctypes.c_void_p
    header = ctypes.create_string_buffer(HEADER)
    sides = b"two-sided-short-edge" if tumble else b"two-sided-long-edge"
    medium = ctypes.c_void_p(cups.pwgMediaForPWG(b"om_card_54x86mm"))
    assert cups.cupsRasterInitPWGHeader(header, medium, b"srgb_8", 300, 300, sides, sheet_back.encode())
    assert (word(header.raw, 456), word(header.raw, 460)) == transform


def test_a_card_that_is_fed_by_its_long_edge_is_not_turned() -> None:
    lying = attrs.evolve(MEDIUM, width=8560, height=5398)
    layout = Layout(format=PDF, medium=lying, dpi=300, turn=90, tumble=True)
    assert layout.face == (1011, 638)
    assert b"/Width 1011" in make_document(layout, [Image.new("RGB", layout.face)])


def test_a_grey_printer_gets_grey(tmp_path: Path) -> None:
    layout = Layout(format=RASTER, medium=MEDIUM, dpi=300, turn=270, tumble=False, mode="L")
    ((header, dots),) = pages_of(make_document(layout, [Image.new("RGB", layout.face, (10, 10, 10))]), tmp_path)
    assert [word(header, at) for at in (388, 400, 420)] == [8, 18, 1]
    assert set(dots) == {10}


def test_a_jpeg_is_nearly_what_it_was_made_of() -> None:
    import io

    layout = Layout(format=JPEG, medium=MEDIUM, dpi=300, turn=90, tumble=True)
    picture = Image.linear_gradient("L").resize(layout.face).convert("RGB")
    with Image.open(io.BytesIO(make_document(layout, [picture]))) as made:
        assert made.info["dpi"] == (300, 300)
        difference = ImageChops.difference(made.rotate(-90, expand=True), picture)
    assert max(difference.convert("L").tobytes()) < 16


def collection(width: int, height: int, margin: int) -> Collection:
    size = Collection(
        (Attribute.of("x-dimension", Tag.INTEGER, width), Attribute.of("y-dimension", Tag.INTEGER, height))
    )
    return Collection(
        (
            Attribute.of("media-size", Tag.BEGIN_COLLECTION, size),
            Attribute.of("media-top-margin", Tag.INTEGER, margin),
            Attribute.of("media-key", Tag.KEYWORD, "not supported in a job"),
        )
    )


def printer(*more: Attribute) -> Group:
    return Group(
        Tag.PRINTER, (Attribute.of("media-col-supported", Tag.KEYWORD, "media-size", "media-top-margin"), *more)
    )


def test_the_medium_without_margins_is_taken_and_asked_for_by_what_the_printer_knows() -> None:
    found = find_medium(
        printer(
            Attribute.of(
                "media-col-ready", Tag.BEGIN_COLLECTION, collection(21000, 29700, 0), collection(5400, 8600, 300)
            ),
            Attribute.of("media-col-database", Tag.BEGIN_COLLECTION, collection(8600, 5400, 0)),
        )
    )
    assert found is not None
    assert (found.width, found.height, found.upright) == (8600, 5400, False)
    (asked,) = found.request.collections
    assert [member.name for member in asked.members] == ["media-size", "media-top-margin"]


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("om_card_54x86mm", (5400, 8600)),
        ("custom_53.98x85.6mm_53.98x85.6mm", (5398, 8560)),
        ("na_card_2.125x3.375in", (5398, 8572)),
    ],
)
def test_a_size_is_read_from_a_name(name: str, size: tuple[int, int]) -> None:
    supported = Attribute.of("media-supported", Tag.KEYWORD, "iso_a4_210x297mm", "custom_max_54x86mm", "letter", name)
    found = find_medium(Group(Tag.PRINTER, (supported,)))
    assert found is not None
    assert (found.width, found.height, found.name) == (*size, name)
    assert medium_named("CR80").pixels(300) == (638, 1011)


@pytest.mark.parametrize(
    ("formats", "types", "dpi", "wanted", "chosen"),
    [
        ((RASTER, PDF, JPEG), ("srgb_8",), 300, "auto", RASTER),
        ((RASTER, PDF, JPEG), (), 300, "auto", RASTER),
        ((JPEG, PDF), (), 300, "auto", PDF),
        ((RASTER, JPEG), ("cmyk_8",), 300, "auto", JPEG),
        ((RASTER, JPEG), ("sgray_8",), 600, "auto", JPEG),
        ((RASTER,), ("srgb_8",), 600, "auto", ""),
        ((RASTER, PDF), ("srgb_8",), 300, PDF, PDF),
        ((RASTER,), ("srgb_8",), 300, PDF, ""),
        (("text/plain",), (), 300, "auto", ""),
    ],
)
def test_the_format_is_the_first_that_the_printer_takes(
    formats: tuple[str, ...], types: tuple[str, ...], dpi: int, wanted: str, chosen: str
) -> None:
    group = printer(
        Attribute.of("document-format-supported", Tag.MIME_TYPE, *formats),
        Attribute.of("pwg-raster-document-resolution-supported", Tag.RESOLUTION, Resolution(300, 300)),
        *([Attribute.of("pwg-raster-document-type-supported", Tag.KEYWORD, *types)] if types else []),
    )
    assert choose_format(read_abilities(group), dpi, wanted) == chosen
