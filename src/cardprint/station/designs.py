"""How cards look, before one is made."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

from cardprint.builtin.folder.paper import card_document
from cardprint.engine.faces import rendered
from cardprint.engine.parts import Parts
from cardprint.engine.testcards import sample_of
from cardprint.errors import InputError, StateError
from cardprint.language import Sentence
from cardprint.model.cards import CardFaces, RenderTarget
from cardprint.model.requests import CardRequest
from cardprint.store import jobs, requests

__all__ = ["Designs", "drawn"]

_DPI = 300
_WIDTH, _HEIGHT = 1011, 638
"""A card (ISO/IEC 7810, ID-1) at 300 dpi, in pixels."""
_GAP = 40
_TABLE = (120, 124, 128)
"""The colour on which a preview's sides lie."""


class Designs:
    """Look at cards that are not made: nothing is printed, reserved or written into the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def check(self) -> Sequence[str]:
        """Say what is wrong with the design, one sentence each, the sample's card included; none where all is well."""
        problems = [str(problem) for problem in self._parts.renderer.check()]
        try:
            self.preview()
        except StateError as error:
            return [*problems, error.message]
        except Exception as error:  # noqa: BLE001 - a renderer may raise anything
            return [*problems, Sentence("the sample cannot be drawn: {error}", error=error)]
        return problems

    def preview(self, job: int | None = None, *, dpi: int = _DPI, sides: int = 2) -> CardFaces:
        """Make the faces of a job's card as it would look now, or of the design's made-up person.

        Faces are PNG files' bytes of a whole card at ``dpi`` (300: 1011 x 638 pixels), front first. Raises RenderError
        where a card would be held for the same reason, StateError where the station's cards have no faces.
        """
        if not self._parts.renderer.makes_faces:
            raise StateError(
                Sentence("the cards of this station have no faces: there is nothing to look at."),
                cure=Sentence("Name a renderer in [renderer] of station.toml, for example portrait."),
            )
        width, height = (round(length * dpi / _DPI) for length in (_WIDTH, _HEIGHT))
        target = RenderTarget(width_px=width, height_px=height, dpi=dpi, sides=sides)
        return rendered(self._parts.renderer, self._request(job), target)

    def _request(self, job: int | None) -> CardRequest:
        if job is None:
            return sample_of(self._parts)
        with self._parts.database.reading() as reading:
            request, _ = requests.load(reading, jobs.row_of(reading, job).request)
        return request


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
    data = card_document(faces.sides) if ending == ".pdf" else _picture(faces.sides)
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
