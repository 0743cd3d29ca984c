"""How cards look, before one is made."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from cardprint.builtin.folder.paper import card_document
from cardprint.engine.faces import rendered
from cardprint.engine.parts import Parts
from cardprint.engine.testcards import sample_of
from cardprint.errors import ConfigurationError, InputError, StateError
from cardprint.hosts import SystemClock
from cardprint.language import Sentence
from cardprint.model.cards import CardFaces, RenderTarget
from cardprint.model.configuration import StationConfig
from cardprint.model.requests import CardRequest
from cardprint.plugin import CardRenderer, PluginContext
from cardprint.registry import Registry, read_configuration
from cardprint.station.drafts import made
from cardprint.store import jobs, requests

__all__ = ["Designs", "checked", "drawn", "kept", "looked_at"]

_DPI = 300
_WIDTH, _HEIGHT = 1011, 638
"""A card (ISO/IEC 7810, ID-1) at 300 dpi, in pixels."""
_GAP = 40
_TABLE = (120, 124, 128)
"""The colour on which a preview's sides lie."""


class Designs:
    """Look at cards that are not made: nothing is printed, reserved or written into the store."""

    def __init__(
        self,
        renderer: CardRenderer,
        *,
        request: Callable[[int], CardRequest],
        other: Callable[[str], CardRenderer],
    ) -> None:
        """Use ``Station.designs`` or ``looked_at``; ``request`` loads a job's, ``other`` makes a design's renderer."""
        self._renderer = renderer
        self._request_of = request
        self._other = other

    @classmethod
    def of_station(cls, parts: Parts, registry: Registry, context: PluginContext) -> Self:
        """Look at a station's cards."""

        def request(job: int) -> CardRequest:
            with parts.database.reading() as reading:
                return requests.load(reading, jobs.row_of(reading, job).request)[0]

        use = parts.config.renderer
        return cls(parts.renderer, request=request, other=lambda name: made(registry, use, context, name))

    def of(self, design: str) -> Designs:
        """Look at another design than the station's: the name of one that comes with a renderer, or a folder."""
        return Designs(self._other(design), request=self._request_of, other=self._other)

    def check(self) -> Sequence[str]:
        """Say what is wrong with the design, one sentence each, the sample's card included; none where all is well."""
        problems = [str(problem) for problem in self._renderer.check()]
        try:
            self.preview()
        except StateError as error:
            return [*problems, error.message]
        except Exception as error:  # noqa: BLE001 - a renderer may raise anything
            return [*problems, Sentence("the sample cannot be drawn: {error}", error=error)]
        return problems

    def checked(self, sheet: Path | None = None) -> tuple[Sequence[str], Path | None]:
        """Say what is wrong with the design, and draw its sheet into a file, if one is named; give that."""
        problems = self.check()
        if sheet is not None:
            kept(self.sheet(), sheet)
        return problems, sheet

    def preview(self, job: int | None = None, *, dpi: int = _DPI, sides: int = 2) -> CardFaces:
        """Make the faces of a job's card as it would look now, or of the design's made-up person.

        Faces are PNG files' bytes of a whole card at ``dpi`` (300: 1011 x 638 pixels), front first. Raises RenderError
        where a card would be held for the same reason, StateError where the station's cards have no faces.
        """
        if not self._renderer.makes_faces:
            raise StateError(
                Sentence("the cards of this station have no faces: there is nothing to look at."),
                cure=Sentence("Name a renderer in [renderer] of station.toml, for example portrait."),
            )
        width, height = (round(length * dpi / _DPI) for length in (_WIDTH, _HEIGHT))
        target = RenderTarget(width_px=width, height_px=height, dpi=dpi, sides=sides)
        return rendered(self._renderer, self._request(job), target)

    def sheet(self) -> bytes:
        """Draw the design's made-up requests on one picture, PNG: longest texts, missing fields, each of its scripts.

        A card that is refused shows why. The sides of a card lie beside one another.
        """
        from cardprint.station.sheets import sheet_of  # noqa: PLC0415 - only who looks needs Pillow

        return sheet_of(self._renderer)

    def _request(self, job: int | None) -> CardRequest:
        return sample_of(self._renderer) if job is None else self._request_of(job)


def checked(config: Path | None, design: str, sheet: Path | None = None) -> tuple[Sequence[str], Path | None]:
    """Say what is wrong with a design, a name or a folder, as ``Designs.checked`` does; one that is none is wrong."""
    try:
        designs = looked_at(config, design)
    except ConfigurationError as error:
        return error.message.splitlines(), None
    return designs.checked(sheet)


def looked_at(config: Path | None, design: str) -> Designs:
    """Look at a design by its name or folder, without a station or beside one."""
    value = read_configuration(config) if config is not None else StationConfig(folder=Path.cwd())
    registry = Registry.load(value.plugins, folder=value.folder if config is not None else None)
    context = PluginContext(name="renderer", clock=SystemClock(), folder=value.folder, photos=value.folder / "photos")

    def nobodys(_: int) -> CardRequest:
        raise StateError(Sentence("there is no station here whose jobs could be drawn."))

    def other(name: str) -> CardRenderer:
        return made(registry, value.renderer, context, name)

    return Designs(other(design), request=nobodys, other=other)


def drawn(faces: CardFaces, path: Path | str) -> None:
    """Write faces as a picture (.png), its sides below one another, or as a document (.pdf) of exactly a card's size.

    The file can be read by its owner alone. Raises InputError for another ending, and where it cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in {".png", ".pdf"}:
        raise InputError(
            Sentence("{target} is neither a picture nor a document; nothing was written.", target=target),
            cure=Sentence("Let its name end in .png or .pdf."),
        )
    kept(card_document(faces.sides) if ending == ".pdf" else _picture(faces.sides), target)


def kept(data: bytes, target: Path) -> None:
    """Write a picture that its owner alone can read; raises InputError where it cannot be written."""
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise InputError(
            Sentence("{target} cannot be written: {strerror}.", target=target, strerror=error.strerror),
            cure=Sentence("Name a file you may write to."),
        ) from error


def _picture(sides: Sequence[bytes]) -> bytes:
    from PIL import Image  # noqa: PLC0415 - only who looks needs it

    pictures = [Image.open(io.BytesIO(side)).convert("RGB") for side in sides]
    width, dpi = max(picture.width for picture in pictures), pictures[0].width / _WIDTH * _DPI
    height = sum(picture.height for picture in pictures) + _GAP * (len(pictures) + 1)
    table = Image.new("RGB", (width + 2 * _GAP, height), _TABLE)
    top = _GAP
    for picture in pictures:
        table.paste(picture, (_GAP, top))
        top += picture.height + _GAP
    out = io.BytesIO()
    table.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
