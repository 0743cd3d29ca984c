"""The golden images of the designs that come with cardprint-svg: ``python -m support.golden show FOLDER`` or ``write``.

``show`` draws each card that is not as it was: the old one, the new one and what differs, eight times as bright, below
one another. ``write`` makes what is drawn now the golden image, once somebody has looked at it.
"""

from __future__ import annotations

import io
import json
import sys
from importlib.metadata import version
from pathlib import Path

from PIL import Image

from cardprint.model import RenderTarget
from cardprint_svg.reference import difference, difference_picture
from support.svg_designs import renderer

__all__ = ["CARDS", "FOLDER", "drawn", "golden", "versions", "written_with"]

FOLDER = Path(__file__).parents[2] / "plugins" / "cardprint-svg" / "tests" / "golden"
CARDS = tuple(
    (design, request, side)
    for design, requests, sides in (
        ("plain", ("sample", "longest", "script-Arab"), 1),
        ("id-card", ("sample", "longest"), 2),
        ("staff-badge", ("sample", "script-Cyrl"), 1),
    )
    for request in requests
    for side in range(sides)
)
"""Design, made-up request and side of each image."""
_VERSIONS = FOLDER / "versions.json"


def drawn(design: str, request: str, side: int) -> dict[str, Image.Image]:
    """Draw a card as it is drawn now: its colours, and its K panel and overlay where it has them."""
    made = renderer(design=design, folder=FOLDER)
    whose = next(each for each in made.trials() if each.request_id == request)
    faces = made.render(whose, RenderTarget(sides=2))
    panels = {"colours": faces.sides, "black": faces.black, "overlay": faces.overlay}
    return {name: Image.open(io.BytesIO(data[side])) for name, data in panels.items() if data}


def golden(design: str, request: str, side: int, panel: str) -> Path:
    """Name a golden image."""
    return FOLDER / f"{design}-{request}-{side}-{panel}.png"


def versions() -> dict[str, str]:
    """Give the versions of what draws."""
    return {package: version(package) for package in ("pillow", "resvg-py", "zxing-cpp")}


def written_with() -> dict[str, str]:
    """Give the versions that drew the golden images."""
    found: dict[str, str] = json.loads(_VERSIONS.read_text())
    return found


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for card in CARDS:
        for panel, picture in drawn(*card).items():
            picture.save(golden(*card, panel), optimize=True)
    _VERSIONS.write_text(json.dumps(versions(), indent=2) + "\n")


def _show(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for card in CARDS:
        for panel, picture in drawn(*card).items():
            path = golden(*card, panel)
            now = picture.convert("RGB")
            before = Image.open(path).convert("RGB") if path.exists() else Image.new("RGB", now.size)
            if difference(before, now):
                difference_picture(before, now).save(folder / path.name)
                sys.stdout.write(f"{folder / path.name}: {difference(before, now):.3f} of 255\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write"]:
            _write()
        case ["show", where]:
            _show(Path(where))
        case _:
            raise SystemExit(__doc__)
