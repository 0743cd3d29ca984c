"""A request's fields, drawn into their places."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
from PIL import Image, ImageOps

from cardprint.errors import RenderError
from cardprint.model import CardRequest
from cardprint_svg.codes import draw_code
from cardprint_svg.design import CODES, Design, Field
from cardprint_svg.fonts import Fonts
from cardprint_svg.markup import Placeholder
from cardprint_svg.photo import open_photo, silhouette
from cardprint_svg.text import Writing, set_text

__all__ = ["Person", "Put", "put_into"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_Box = tuple[int, int, int, int]


@attrs.frozen(kw_only=True)
class Person:
    """State whose card is made."""

    request: CardRequest
    """What the source sent."""
    photos: Path
    """The station's folder of photos."""
    nobody: bool
    """Whether it is a sample, whose photo is drawn and whose signature is left out."""


@attrs.frozen(kw_only=True)
class Put:
    """Hold what was drawn into a place."""

    name: str
    field: Field
    box: _Box
    """In pixels."""
    value: str
    picture: Image.Image | None = None
    """A photo, a signature or a code, as it was put there."""
    mask: Image.Image | None = None
    """What of the place has ink, where that is not all ("L")."""
    writing: Writing | None = None
    """A text."""


def put_into(side: Image.Image, design: Design, number: int, person: Person, fonts: Fonts) -> tuple[Put, ...]:
    """Draw a person's fields onto a side, RGB, and tell what was put where; RenderError names rule and field."""
    drawing = design.sides[number]
    puts = []
    for place in drawing.places:
        name, field = place.field, design.fields[place.field]
        if field.request_types and person.request.request_type.name not in field.request_types:
            continue
        if person.nobody and field.type == "signature":
            continue
        value = _value(person, field, name)
        if not value:
            continue
        put = _made(name, field, _box(place, side.size), value, person, fonts, side.width / drawing.unit)
        if put.picture is not None and put.mask is None:
            side.paste(put.picture, put.box)
        else:
            side.paste("white" if field.type == "blank" else field.colour, put.box, put.mask)
        if put.field.type in CODES and put.picture is not None:
            put = attrs.evolve(put, mask=ImageOps.invert(put.picture))
        puts.append(put)
    return tuple(puts)


def _made(name: str, field: Field, box: _Box, value: str, person: Person, fonts: Fonts, unit: float) -> Put:
    size = (box[2] - box[0], box[3] - box[1])
    put = Put(name=name, field=field, box=box, value=value)
    if field.type == "blank":
        return put
    if field.type == "photo":
        nobody = person.nobody
        photo = silhouette(size) if nobody else open_photo(person.photos / _named(value, name), size, field=name)
        return attrs.evolve(put, picture=photo)
    if field.type in CODES:
        code = draw_code(field.type, value, size, field=name)
        left, top = box[0] + (size[0] - code.width) // 2, box[1] + (size[1] - code.height) // 2
        return attrs.evolve(put, picture=code, box=(left, top, left + code.width, top + code.height))
    if field.type == "signature":
        picture = open_photo(person.photos / _named(value, name), size, field=name, whole=True)
        return attrs.evolve(put, picture=picture, mask=ImageOps.invert(picture.convert("L")))
    writing = set_text(value, field, fonts, size, unit, name=name)
    return attrs.evolve(put, writing=writing, mask=writing.mask(size))


def _value(person: Person, field: Field, name: str) -> str:
    if field.type == "blank" or (person.nobody and field.type == "photo"):
        return "-"
    request = person.request
    source = field.source or name
    own = {"subject_id": request.subject_id, "request_id": request.request_id, "photo": request.photo}
    value = (own[source] if source in own else request.fields.get(source, "")).strip()
    if value or not field.required:
        return value
    photo = field.type in {"photo", "signature"}
    raise RenderError(
        f"the request has no {name}; no blank was touched.",
        rule="x-photo-missing" if photo else "x-field-missing",
        field=name,
        cure="Import it again with it, or say required = false in the design.",
    )


def _named(value: str, name: str) -> str:
    """Let nothing but a digest be a file's name: a request's data never become a path."""
    if _SHA256.fullmatch(value):
        return value
    raise RenderError(
        f"the photo {name!r} is not named by its SHA-256; no blank was touched.", rule="x-photo-missing", field=name
    )


def _box(place: Placeholder, size: tuple[int, int]) -> _Box:
    left, top = round(place.x * size[0]), round(place.y * size[1])
    right, bottom = round((place.x + place.width) * size[0]), round((place.y + place.height) * size[1])
    return left, top, max(right, left + 1), max(bottom, top + 1)
