"""The stream against Debian's Gutenprint: its filter makes the planes, its USB backend the stream, both as programs.

Nothing of Gutenprint is known here but what its programs put out.
"""

from __future__ import annotations

import os
import random
import re
import struct
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import img2pdf
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from cardprint_magicard.job import TRACKS, Stripe, encode_job
from cardprint_magicard.model import known_models
from cardprint_magicard.planes import make_planes
from cardprint_magicard.status import KEYS, question
from support.components import require

if TYPE_CHECKING:
    from conftest import SocketPort

MODELS = known_models()
TANGO, RIO = MODELS["tango-2e"], MODELS["rio-2e"]
WIDTH, HEIGHT = TANGO.width_px, TANGO.height_px
PACKAGE = "printer-driver-gutenprint"
FILTERS = "/usr/lib/cups/filter"
RAW = "StpColorCorrection=Raw StpGammaCurve=0"
# Flipped about the short edge: a card that is turned over like a leaf of a book.
TWO = "Duplex=DuplexTumble"
TIME = 1_700_000_000
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


# Faces of every kind, each from a seed.
def noise(rng: random.Random) -> Image.Image:
    return Image.frombytes("RGB", (WIDTH, HEIGHT), rng.randbytes(WIDTH * HEIGHT * 3))


def dark_noise(rng: random.Random) -> Image.Image:
    """Pixels about the edge between colour and resin, channel by channel."""
    table = bytes((0, 1, 2, 3, 4, 5, 7, 255)[value & 7] for value in range(256))
    return Image.frombytes("RGB", (WIDTH, HEIGHT), rng.randbytes(WIDTH * HEIGHT * 3).translate(table))


def gradient(rng: random.Random) -> Image.Image:
    ramps = [Image.linear_gradient("L").rotate(90 * rng.randrange(4)).resize((WIDTH, HEIGHT)) for _ in range(3)]
    return Image.merge("RGB", ramps)


def drawing(rng: random.Random) -> Image.Image:
    """Text, lines and a portrait's soft noise on white: a card."""
    face = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(face)
    portrait = noise(rng).resize((40, 50)).resize((260, 340), Image.Resampling.BICUBIC)
    face.paste(portrait, (rng.randrange(0, 60), rng.randrange(40, 200)))
    font = ImageFont.truetype(str(require(FONT, "fonts-dejavu-core")), rng.randrange(20, 60))
    for line in range(6):
        draw.text((380, 40 + 90 * line), f"MADE UP {rng.randrange(10**9)}", font=font, fill="black")
    for _ in range(20):
        ends = [(rng.randrange(WIDTH), rng.randrange(HEIGHT)) for _ in range(2)]
        draw.line(ends, fill=tuple(rng.randrange(256) for _ in range(3)), width=rng.randrange(1, 9))
    return face


KINDS = {"noise": noise, "dark noise": dark_noise, "gradient": gradient, "drawing": drawing}


def upright(face: Image.Image) -> bytes:
    """Turn a face against the clock, byte by byte: the right edge comes first."""
    data, turned = face.tobytes(), bytearray()
    row = bytearray(HEIGHT * 3)
    for column in reversed(range(WIDTH)):
        for channel in range(3):
            row[channel::3] = data[column * 3 + channel :: WIDTH * 3]
        turned += row
    return bytes(turned)


def cups_raster(faces: Sequence[Image.Image], *, tumble: bool = True) -> bytes:
    """Write CUPS raster of version 3, uncompressed, little endian, as CUPS documents the format."""
    document = b"3SaR"
    for face in faces:
        numbers = [0, 0, 0, 0, int(len(faces) > 1), 300, 300, 4, 0, 158, 244, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0]
        numbers += [1, 0, 0, 161, 244, 0, 0, int(tumble and len(faces) > 1)]
        numbers += [HEIGHT, WIDTH, 0, 8, 24, HEIGHT * 3, 0, 1, 1, 0, 0, 0, 3]
        floats = [1.0, 161.28, 243.84, 3.6, 0.0, 157.68, 243.84]
        head = bytes(256) + struct.pack(f"<{len(numbers)}I{len(floats)}f", *numbers, *floats)
        head += bytes(64 + 64 + 1024 + 128) + b"w155h244".ljust(64, b"\0")
        assert len(head) == 1796
        document += head + upright(face)
    return document


class Gutenprint:
    """Run its filter and its backend, the backend over a printer that is not there."""

    def __init__(self, folder: Path, standin: Path, port: SocketPort) -> None:
        self._standin, self._port = standin, port
        self._ppds: dict[str, Path] = {}
        self._folder = folder
        self._driver = require("/usr/lib/cups/driver/gutenprint.5.3", PACKAGE)
        self._filter = require(f"{FILTERS}/rastertogutenprint.5.3", PACKAGE)
        self._backend = require("/usr/lib/cups/backend/gutenprint53+usb", PACKAGE)

    def ppd(self, name: str) -> Path:
        if name not in self._ppds:
            uri = f"gutenprint.5.3://magicard-{name}/expert"
            made = subprocess.run([self._driver, "cat", uri], check=True, capture_output=True).stdout
            self._ppds[name] = self._folder / f"{name}.ppd"
            self._ppds[name].write_bytes(made)
        return self._ppds[name]

    def filtered(self, raster: bytes, options: str = "", ppd: str = "tango-2e") -> bytes:
        words: list[str | Path] = [self._filter, "1", "user", "title", "1", f"{RAW} {options}"]
        environment = {**os.environ, "PPD": str(self.ppd(ppd))}
        return subprocess.run(words, input=raster, env=environment, check=True, capture_output=True).stdout

    def stream(self, spooled: bytes, backend: str = "tango2e") -> bytes:
        """Give all that the backend sends to the printer."""
        port = self._port
        port.bytes_heard.clear()
        environment = {**os.environ, "LD_PRELOAD": str(self._standin), "BACKEND": backend}
        subprocess.run([self._backend, "-"], input=spooled, env=environment, check=True, capture_output=True)
        # The backend has gone; what it sent last may still be on its way.
        port.settle()
        return bytes(port.bytes_heard)

    def sent(self, faces: Sequence[Image.Image], options: str = "", ppd: str = "tango-2e") -> bytes:
        return self.stream(self.filtered(cups_raster(faces, tumble=TWO in options), options, ppd))


@pytest.fixture
def gutenprint(tmp_path: Path, standin: Path, usb: SocketPort) -> Gutenprint:
    return Gutenprint(tmp_path, standin, usb)


def timeless(stream: bytes) -> bytes:
    """Take the time away, which alone differs from run to run."""
    return re.sub(rb",TDT[0-9A-F]{8},", b",TDT,", stream)


def ours(faces: Sequence[Image.Image], ribbon: str, model: str = "tango-2e") -> bytes:
    chosen = MODELS[model]
    sides = [make_planes(face, chosen, ribbon=ribbon, turned=False, resin=None) for face in faces]
    return encode_job(sides, chosen, time=TIME, overcoat="O" in ribbon)


def same(first: bytes, second: bytes) -> bool:
    """Compare without pytest writing out megabytes."""
    return timeless(first) == timeless(second)


RIBBONS = {
    "YMC": "",
    "YMCO": "StpLaminate=On",
    "YMCK": "StpBlackType=Resin",
    "YMCKO": "StpLaminate=On StpBlackType=Resin",
}


@given(seeds=st.lists(st.integers(0, 2**32), min_size=1, max_size=2), kind=st.sampled_from(sorted(KINDS)))
@example(seeds=[1, 2], kind="noise")
@example(seeds=[1, 2], kind="dark noise")
@example(seeds=[1, 2], kind="gradient")
@example(seeds=[1, 2], kind="drawing")
# A picture that fails is not made smaller: each try runs two programs.
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.parametrize("ribbon", RIBBONS)
def test_the_stream_of_any_card_is_gutenprints(
    gutenprint: Gutenprint, ribbon: str, seeds: list[int], kind: str
) -> None:
    faces = [KINDS[kind](random.Random(seed)) for seed in seeds]
    options = f"{RIBBONS[ribbon]} {TWO if len(faces) > 1 else ''}"
    assert same(ours(faces, ribbon), gutenprint.sent(faces, options))


def hole(name: str) -> Callable[..., bytes]:
    return partial(encode_job, hole=TANGO.holes[name])


def stripe(coercivity: str, **tracks: str) -> Callable[..., bytes]:
    return partial(encode_job, stripe=Stripe(coercivity=coercivity, tracks=tracks))


@pytest.mark.parametrize(
    ("options", "encode"),
    [
        ("StpRejectBad=True", partial(encode_job, reject_faulty=True)),
        ("StpColorSure=False", partial(encode_job, colour_sure=False)),
        ("StpOvercoatHole=SmartCard", hole("chip")),
        ("StpOvercoatHole=SmartCardLarge", hole("chip-large")),
        ("StpOvercoatHole=MagStripe", hole("stripe")),
        ("StpOvercoatHole=MagStripeLarge", hole("stripe-large")),
        ("StpMagStripe1=%MADEUP^1?", stripe("L", track1="%MADEUP^1?")),
        ("StpMagStripe2=;12=34? StpMagCoer=High", stripe("H", track2=";12=34?")),
    ],
    ids=lambda value: value.split()[0].removeprefix("Stp") if isinstance(value, str) else "",
)
@pytest.mark.parametrize("sides", [1, 2])
def test_every_command_is_spelt_and_placed_as_gutenprint_does(
    gutenprint: Gutenprint, options: str, encode: Callable[..., bytes], sides: int
) -> None:
    faces = [gradient(random.Random(seed)) for seed in range(sides)]
    options = f"StpLaminate=On {options} {TWO if sides > 1 else ''}"
    planes = [make_planes(face, TANGO, ribbon="YMCO", turned=False, resin=None) for face in faces]
    assert same(encode(planes, TANGO, time=TIME, overcoat=True), gutenprint.sent(faces, options))


def test_a_back_that_is_turned_is_gutenprints_for_a_flip_about_the_long_edge(gutenprint: Gutenprint) -> None:
    front, back = drawing(random.Random(1)), drawing(random.Random(2))
    sides = [make_planes(front, TANGO, ribbon="YMC", turned=False, resin=None)]
    sides.append(make_planes(back, TANGO, ribbon="YMC", turned=True, resin=None))
    assert same(encode_job(sides, TANGO, time=TIME), gutenprint.sent([front, back], "Duplex=DuplexNoTumble"))


def test_the_filter_alone_makes_the_colours_of_the_planes(gutenprint: Gutenprint) -> None:
    face = noise(random.Random(3))
    made = gutenprint.filtered(cups_raster([face]), ppd="rio-2e")
    planes = made[made.index(b"\x1c") + 1 :]
    size = RIO.head_px * WIDTH
    # Eight bits a pixel here; the backend drops two and parts the rest.
    blue = planes[:size]
    dots = upright(Image.merge("RGB", face.split()[::-1]))
    rows = [blue[start : start + RIO.head_px] for start in range(0, size, RIO.head_px)]
    inked = b"".join(row[RIO.left_px : RIO.left_px + HEIGHT] for row in rows)
    assert inked == bytes(255 - value for value in dots[::3])
    assert not any(any(row[: RIO.left_px]) or any(row[RIO.left_px + HEIGHT :]) for row in rows)


@pytest.mark.parametrize(
    ("model", "ppd", "backend"),
    [
        ("rio-2e", "rio-2e", "tango2e"),
        ("enduro", "tango-2e", "enduro"),
        ("enduro-plus", "tango-2e", "enduroplus"),
    ],
)
def test_each_model_gets_what_gutenprint_sends_to_it(
    gutenprint: Gutenprint, model: str, ppd: str, backend: str
) -> None:
    faces = [drawing(random.Random(7))]
    sent = gutenprint.stream(gutenprint.filtered(cups_raster(faces), RIBBONS["YMCKO"], ppd), backend)
    assert same(ours(faces, "YMCKO", model), sent)


@pytest.mark.parametrize("kind", KINDS)
def test_the_resin_of_a_card_without_colours_is_that_of_one_with(gutenprint: Gutenprint, kind: str) -> None:
    # Gutenprint prints no card without colours: of those, the plane is held against it, the commands are ours.
    face = KINDS[kind](random.Random(5))
    black = make_planes(face, TANGO, ribbon="K", turned=False, resin=None).black
    assert gutenprint.sent([face], RIBBONS["YMCK"]).endswith(b"\x1cR:" + black + b"\x1cK:\x03")


def test_a_landscape_page_is_turned_as_cups_turns_it(gutenprint: Gutenprint, tmp_path: Path) -> None:
    """From a PDF through CUPS' own filters: who has printed with CUPS need not turn the blanks."""
    face = Image.new("RGB", (WIDTH, HEIGHT), "white")
    face.paste("red", (0, 0, 200, 100))
    face.paste("blue", (WIDTH - 200, HEIGHT - 100, WIDTH, HEIGHT))
    png = tmp_path / "face.png"
    face.save(png)
    page = (243.84, 161.28)
    document = img2pdf.convert(str(png), layout_fun=lambda *_: (*page, *page))
    environment = {**os.environ, "PPD": str(gutenprint.ppd("tango-2e"))}
    types = {"CONTENT_TYPE": "application/pdf", "FINAL_CONTENT_TYPE": "application/vnd.cups-raster"}
    for name in ("pdftopdf", "pdftoraster"):
        program = require(f"{FILTERS}/{name}", "cups-filters")
        words: list[str | Path] = [program, "1", "user", "title", "1", ""]
        ran = subprocess.run(words, input=document, env={**environment, **types}, check=True, capture_output=True)
        document = ran.stdout
    made = gutenprint.filtered(document)
    start, size = made.index(b"\x1c") + 1, TANGO.head_px * WIDTH
    planes = [made[start + n * (size + 3) : start + n * (size + 3) + size] for n in range(3)]
    by_cups = Image.merge("RGB", [Image.frombytes("L", (TANGO.head_px, WIDTH), planes[n]) for n in (2, 1, 0)])
    turned = face.transpose(Image.Transpose.ROTATE_90)
    for x, y in ((30, 30), (30, WIDTH - 30), (HEIGHT - 30, 30), (HEIGHT - 30, WIDTH - 30)):
        inks = by_cups.getpixel((TANGO.left_px + x, y))
        assert isinstance(inks, tuple)
        assert tuple(255 - ink for ink in inks) == turned.getpixel((x, y))


def test_what_is_asked_and_how_it_is_read_is_gutenprints(standin: Path, usb: SocketPort, tmp_path: Path) -> None:
    backend = require("/usr/lib/cups/backend/gutenprint53+usb", PACKAGE)
    environment = {**os.environ, "LD_PRELOAD": str(standin), "BACKEND": "tango2e"}
    ran = subprocess.run([backend, "-s"], env=environment, capture_output=True, check=False, text=True)
    usb.settle()
    answers = {**usb.printer.answers, "TCQ": "41", "DFR": "500"}
    said = set(re.findall(r"INFO: [^\t]+:\t(\S+)", ran.stderr))
    for key in KEYS:
        assert question(key) in usb.bytes_heard
        assert answers[key] in said


def test_no_reference_is_lost(gutenprint: Gutenprint) -> None:
    """Break what is sent, and see that the comparison notices."""
    face = dark_noise(random.Random(1))
    sent = gutenprint.sent([face], RIBBONS["YMCKO"])
    assert len(sent) == len(ours([face], "YMCKO"))
    for broken in (face.transpose(Image.Transpose.ROTATE_180), face.point(lambda value: value ^ 4)):
        assert not same(ours([broken], "YMCKO"), sent)
    assert not same(ours([face], "YMCK"), sent)
    assert sorted(TRACKS) == ["track1", "track2"]
