"""A side of a card in milliseconds: ours beside the whole SVG by resvg, librsvg (pyvips) and CairoSVG.

The identity card's front: gradients, guilloche, texts, a photo, a QR code. Every peer draws the same whole SVG with the
data in it; ours draws the fields over a ground and reads the code back. All end with an RGB array in memory.
Interleaved, medians, on the clock of one process. "first" is the first card of a process of its own, fonts included and
imports left out. Peak memory is that of the same process. Usage: ``python tests/benchmarks/bench_render.py [rounds]``.
"""

from __future__ import annotations

import importlib
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from cardprint.model import CardRequest, RenderTarget
from cardprint_svg.codes import read_back
from cardprint_svg.reference import difference, whole_svg
from cardprint_svg.renderer import SvgRenderer
from support.svg_designs import keep, renderer

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 9
DESIGN = "id-card"
PEERS = {"resvg, whole SVG": "resvg_py", "pyvips, whole SVG": "pyvips", "CairoSVG, whole SVG": "cairosvg"}
NAMES = ("cardprint-svg", *PEERS)
TARGETS = (RenderTarget(sides=2), RenderTarget(width_px=2022, height_px=1276, dpi=600, sides=2))
FIELDS = {"name": "Nobody Sample", "birth_place": "Nowhere", "birth_date": "2000-01-01", "address": "1 No Street"}


def portrait() -> Image.Image:
    """Draw what compresses as a photo does."""
    picture = Image.effect_noise((600, 800), 60).convert("RGB").filter(ImageFilter.GaussianBlur(3))
    ImageDraw.Draw(picture).ellipse((150, 120, 450, 520), fill="#c9a488")
    return picture


def somebody(folder: Path) -> CardRequest:
    photo = keep(folder, portrait(), "JPEG", quality=88)
    return CardRequest(request_id="R-0000001", subject_id="9901014101000001", fields=FIELDS, photo=photo)


# A peer is imported where it draws: what a process never uses shall not count as its memory.


def by_resvg(svg: bytes, files: list[str]) -> Image.Image:
    import resvg_py

    data = resvg_py.svg_to_bytes(
        svg_string=svg.decode(),
        skip_system_fonts=True,
        font_files=files,
        font_family="Noto Sans",
        sans_serif_family="Noto Sans",
    )
    return Image.open(io.BytesIO(bytes(data))).convert("RGB")


def by_pyvips(svg: bytes) -> Image.Image:
    import pyvips

    picture = pyvips.Image.svgload_buffer(svg).flatten(background=255)
    return Image.frombytes("RGB", (picture.width, picture.height), picture.write_to_memory())


def by_cairosvg(svg: bytes) -> Image.Image:
    import cairosvg

    return Image.open(io.BytesIO(cairosvg.svg2png(bytestring=svg))).convert("RGB")


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return (time.perf_counter() - begun) * 1000


def compared(made: SvgRenderer, request: CardRequest, target: RenderTarget) -> None:
    svg = whole_svg(made, 0, request, target, photos=made.person(request).photos)
    files = list(made.fonts.files)
    reference = by_resvg(svg, files)
    runs: dict[str, Callable[[], Image.Image]] = {
        "cardprint-svg": lambda: made.side(0, request, target),
        "resvg, whole SVG": lambda: by_resvg(svg, files),
        "pyvips, whole SVG": lambda: by_pyvips(svg),
        "CairoSVG, whole SVG": lambda: by_cairosvg(svg),
    }
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(ROUNDS):
        for name, run in runs.items():
            taken[name].append(timed(run))
    medians = {name: statistics.median(each) for name, each in taken.items()}
    ours = medians["cardprint-svg"]
    print(f"\na side at {target.dpi} dpi, steady, code read back included by ours ({ROUNDS} rounds)")
    for name, run in runs.items():
        apart = difference(run(), reference)
        ratio = f"ours is {ours / medians[name]:5.2f} of it" if name != "cardprint-svg" else ""
        print(f"{name:<24}{medians[name]:>9.1f} ms   {apart:5.2f} of 255 from resvg   {ratio}")


def panels(made: SvgRenderer, request: CardRequest, target: RenderTarget) -> None:
    """RGB, the K mask and its packed bits, beside the bare channel-or over a face that is there."""
    face, puts = made._side(0, made.person(request), target)

    def ours() -> bytes:
        return made._black(0, puts, target).tobytes()

    def bare() -> bytes:
        red, green, blue = face.split()
        brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        return brightest.point([0] * 32 + [255] * 224, "1").tobytes()

    ours(), bare()
    pairs = [(timed(ours), timed(bare)) for _ in range(3 * ROUNDS)]
    mine, peer = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = f"{mine / peer:.2f} of the bare channel-or ({peer:.2f})"
    print(f"\nK panel as packed bits at {target.dpi} dpi: {mine:.2f} ms, {ratio}")
    box = next(put.box for put in puts if put.field.type == "qr")
    value = next(put.value for put in puts if put.field.type == "qr")
    reading = statistics.median(timed(lambda: read_back(face, box, "qr", value, field="code")) for _ in range(ROUNDS))
    print(f"reading the code back: {reading:.2f} ms")


def first(which: str, folder: Path) -> None:
    """Draw one card in this process and say how long and how much."""
    svg, photo = (folder / "whole.svg").read_bytes(), (folder / "photo").read_text()
    files = (folder / "fonts").read_text().splitlines()
    request = CardRequest(request_id="R-1", subject_id="9901014101000001", fields=FIELDS, photo=photo)
    if which in PEERS:
        importlib.import_module(PEERS[which])
    begun = time.perf_counter()
    runs: dict[str, Callable[[], object]] = {
        "cardprint-svg": lambda: renderer(folder, DESIGN).side(0, request, TARGETS[0]),
        "resvg, whole SVG": lambda: by_resvg(svg, files),
        "pyvips, whole SVG": lambda: by_pyvips(svg),
        "CairoSVG, whole SVG": lambda: by_cairosvg(svg),
    }
    runs[which]()
    taken = (time.perf_counter() - begun) * 1000
    # Not ru_maxrss, which a process inherits from the one that started it.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    own = which == "cardprint-svg"
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 if own else 0
    sys.stdout.write(json.dumps([taken, peak, child]))


def firsts(folder: Path) -> None:
    seen: dict[str, list[list[float]]] = {name: [] for name in NAMES}
    for _ in range(3):
        for name in NAMES:
            command = [sys.executable, __file__, "--first", name, str(folder)]
            seen[name].append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    whole = statistics.median(each[0] for each in seen["resvg, whole SVG"])
    print("\nthe first card of a process, 300 dpi")
    for name, each in seen.items():
        taken, peak, child = (statistics.median(column) for column in zip(*each, strict=True))
        aside = f", its child {child:.0f} MiB" if child else ""
        print(f"{name:<24}{taken:>9.1f} ms   {taken / whole:5.2f} of whole resvg   peak {peak:.0f} MiB{aside}")


def main() -> None:
    if "--first" in sys.argv:
        first(sys.argv[2], Path(sys.argv[3]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made, request = renderer(folder, DESIGN), somebody(folder)
        (folder / "photo").write_text(request.photo)
        (folder / "fonts").write_text("\n".join(made.fonts.files))
        (folder / "whole.svg").write_bytes(whole_svg(made, 0, request, TARGETS[0], photos=folder))
        for target in TARGETS:
            compared(made, request, target)
            panels(made, request, target)
        firsts(folder)


if __name__ == "__main__":
    main()
