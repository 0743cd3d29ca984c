"""A good card renderer, and a bad one for each rule of the suite."""

from __future__ import annotations

import io
import itertools
import socket
import threading
from collections.abc import Mapping, Sequence

from PIL import Image

from cardprint.errors import RenderError
from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer, PluginContext

__all__ = ["BAD_RENDERERS", "ToyRenderer"]

_numbers = itertools.count()
_LONGEST = 40


def png(mode: str, size: tuple[int, int], colour: int | str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG", compress_level=1)
    return out.getvalue()


class ToyRenderer(CardRenderer):
    """Make cards of one colour, which is that of the name's length."""

    def __init__(self, settings: None, context: PluginContext) -> None:
        self.context = context

    @property
    def digest(self) -> str:
        return "toy 1"

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        name = request.fields.get("name", "")
        if not name or len(name) > _LONGEST:
            raise RenderError(self.told(name), rule=self.rule, field="name")
        return self.faces(f"#{len(name + request.request_id) % 256:02x}8080", target)

    rule = "x-text-does-not-fit"

    def told(self, name: str) -> str:
        return "a name is missing or does not fit."

    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        size = (target.width_px, target.height_px)
        black = (png("1", size, 1),) * target.sides if "K" in target.panels else ()
        return CardFaces(sides=(png("RGB", size, colour),) * target.sides, black=black)

    def sample(self) -> CardRequest:
        return CardRequest(request_id="sample", subject_id="1", fields={"name": "Nobody"})


class _Small(ToyRenderer):
    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        return CardFaces(sides=(png("RGB", (1011, 638), colour),))


class _Grey(ToyRenderer):
    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        return CardFaces(sides=(png("L", (target.width_px, target.height_px), 9),))


class _Faceless(ToyRenderer):
    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        return CardFaces(sides=())


class _Counting(ToyRenderer):
    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        return super().faces(f"#{next(_numbers) % 256:02x}0000", target)


class _Restless(ToyRenderer):
    @property
    def digest(self) -> str:
        return str(next(_numbers))


class _Unsound(ToyRenderer):
    def check(self) -> Sequence[str]:
        return ("something is wrong.",)


class _Sampleless(ToyRenderer):
    def sample(self) -> CardRequest:
        return CardRequest(request_id="sample", subject_id="1")


class _Raising(ToyRenderer):
    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        if "name" not in request.fields:
            raise KeyError("name")
        return super().render(request, target)


class _Wordy(ToyRenderer):
    rule = "Does not fit!"


class _Telling(ToyRenderer):
    def told(self, name: str) -> str:
        return f"{name} does not fit."


class _Thick(ToyRenderer):
    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        size = (target.width_px, target.height_px)
        return CardFaces(sides=super().faces(colour, target).sides, black=(png("L", size, 0),) * target.sides)


class _Asking(ToyRenderer):
    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        with socket.socket() as line:
            line.connect_ex(("127.0.0.1", 9))
        return super().faces(colour, target)


class _Sharing(ToyRenderer):
    def faces(self, colour: str, target: RenderTarget) -> CardFaces:
        # What another thread writes meanwhile is what this one reads.
        self.colour = colour if threading.current_thread() is threading.main_thread() else "#000000"
        return super().faces(self.colour, target)


BAD_RENDERERS: Mapping[str, tuple[type[ToyRenderer], ...]] = {
    "R1": (_Small, _Grey, _Faceless),
    "R2": (_Counting,),
    "R3": (_Restless,),
    "R4": (_Unsound, _Sampleless),
    "R5": (_Raising, _Wordy),
    "R6": (_Telling,),
    "R7": (_Thick,),
    "R8": (_Asking,),
    "R9": (_Sharing,),
}
"""Renderers that break a rule, by its number."""
