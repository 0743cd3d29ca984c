"""The suite of card renderers: rules R1 to R9."""

from __future__ import annotations

import copy
import io
import re
import threading
from collections.abc import Callable, Sequence

import attrs
import pytest
from PIL import Image

from cardprint.errors import RenderError
from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer
from cardprint.testing.rules import RuleBrokenError, expect, rule
from cardprint.testing.strategies import for_all, requests
from cardprint.testing.suite import Suite
from cardprint.testing.watch import touched

__all__ = ["CardRendererSuite"]

_TARGETS = (
    RenderTarget(sides=2),
    RenderTarget(sides=1, panels="YMC"),
    RenderTarget(width_px=2022, height_px=1276, dpi=600, sides=2),
)
_KEYWORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VALUE = "Qwxzjvk"
"""What stands in no sentence by chance."""
_OUTSIDE = ("socket.", "subprocess.", "urllib.", "os.system", "os.exec", "os.posix_spawn")
_THREADS = 4


class CardRendererSuite(Suite):
    """Prove a card renderer; subclass it and give the fixture ``make_renderer``."""

    @pytest.fixture
    def make_renderer(self) -> Callable[[], CardRenderer]:
        """Give a function that makes the renderer, with a ForbiddenClock in its context."""
        raise NotImplementedError

    @pytest.fixture
    def person(self, make_renderer: Callable[[], CardRenderer]) -> CardRequest:
        """Give a request whose card can be made; the renderer's own sample unless it is overridden."""
        return make_renderer().sample()

    @rule(
        "R1",
        why="A driver sends a face to the head as it is: another size is a card printed askew, or no card.",
        example="`Image.new('RGB', (target.width_px, target.height_px))`, saved as PNG.",
    )
    def test_a_face_is_a_png_of_the_targets_size(
        self, make_renderer: Callable[[], CardRenderer], person: CardRequest
    ) -> None:
        """Faces are PNG, RGB, of exactly the target's pixels: one at least, and no more than its sides."""
        renderer = make_renderer()
        for target in _TARGETS:
            faces = renderer.render(person, target)
            expect(1 <= len(faces.sides) <= target.sides, f"{len(faces.sides)} sides where {target.sides} are wanted")
            _pictures(faces.sides, target, "RGB", "a face")

    @rule(
        "R2",
        why="The digest of each face is kept with the attempt; who doubts a card makes it again and compares.",
        example="No clock, no chance, no counter, and PNG without a date.",
    )
    def test_the_same_request_gives_the_same_bytes(
        self, make_renderer: Callable[[], CardRenderer], person: CardRequest
    ) -> None:
        """`render` gives the same bytes for the same request and target, each time and by each instance."""
        one, other = make_renderer(), make_renderer()
        for target in _TARGETS[:2]:
            faces = one.render(person, target)
            for request in one.trials()[:3]:
                _made_or_refused(one, request, target)
            expect(one.render(person, target) == faces, "the second card is another one")
            expect(other.render(person, target) == faces, "another instance makes another card")

    @rule(
        "R3",
        why="Faces made ahead are kept by it; one that is made anew at each start throws all of them away.",
        example="A hash of the design's files, its settings, and the versions of what draws.",
    )
    def test_the_digest_is_that_of_the_design(self, make_renderer: Callable[[], CardRenderer]) -> None:
        """`digest` is a text that is not empty, and the same for each instance and after each card."""
        one = make_renderer()
        before: object = one.digest
        expect(isinstance(before, str) and before, "it is no text, or an empty one")
        _made_or_refused(one, one.sample(), _TARGETS[0])
        expect(one.digest == before, "it changed with a card")
        expect(make_renderer().digest == before, "another instance has another one")

    @rule(
        "R4",
        why="A test card, the preview and the sheet of worst cases are made of them.",
        example="`CardRequest(request_id='sample', subject_id='sample', fields={'name': 'Orang Contoh'})`.",
    )
    def test_the_sample_can_be_made(self, make_renderer: Callable[[], CardRenderer]) -> None:
        """The design is sound, and the sample is made of it, under an id of its own as well."""
        renderer = make_renderer()
        problems = list(renderer.check())
        expect(not problems, f"check says: {'; '.join(problems)}")
        for sample in (renderer.sample(), attrs.evolve(renderer.sample(), request_id="x-test-card-1")):
            expect(renderer.render(sample, _TARGETS[0]).sides, "it has no face")
        expect(renderer.trials(), "there are no trials, not even the sample")

    @rule(
        "R5",
        why="A job whose card cannot be made is held for a person under this keyword; any other error says nothing.",
        example="`raise RenderError('...', rule='x-text-does-not-fit', field='name')`.",
    )
    def test_whatever_a_request_holds_is_a_card_or_a_refusal(self, make_renderer: Callable[[], CardRenderer]) -> None:
        """Every request is made into a card or raises RenderError with a keyword as its rule, and stays as it is."""
        renderer = make_renderer()
        fields = renderer.sample().fields

        @for_all(requests())
        def _check(request: CardRequest) -> None:
            # The design's own fields, filled with whatever the request has.
            values = [*request.fields.values(), "\u202e", "\x00", "\ud800", "<b>&"]
            filled = {name: values[number % len(values)] for number, name in enumerate(fields)}
            for each in (request, attrs.evolve(request, fields={**request.fields, **filled})):
                before = copy.deepcopy(each)
                _made_or_refused(renderer, each, _TARGETS[0])
                expect(each == before, "render changed the request")

    @rule(
        "R6",
        why="Refusals stand in logs, in the journal and on screens.",
        example="`f'the field {name!r} does not fit'`, without what stands in it.",
    )
    def test_a_refusal_tells_nothing_of_the_person(self, make_renderer: Callable[[], CardRenderer]) -> None:
        """A refusal names rule and field, and never a value."""
        renderer = make_renderer()
        sample = renderer.sample()
        for value in (_VALUE * 2000, f"{_VALUE} \x07", f"{_VALUE} \U0010fffd"):
            for name in (*sample.fields, "subject_id", "request_id"):
                try:
                    renderer.render(_with(sample, name, value), _TARGETS[0])
                except RenderError as error:
                    expect(_VALUE not in f"{error} {error.rule} {error.field}", "it tells the value")

    @rule(
        "R7",
        why="A driver sends the K panel and the overlay as bits; a mask for a panel that the ribbon lacks is an error.",
        example="`CardFaces(black=...)` only where `'K' in target.panels`.",
        exceptions="None: a renderer that leaves both to the printer makes none.",
    )
    def test_a_mask_is_of_one_bit_and_only_for_a_panel_that_there_is(
        self, make_renderer: Callable[[], CardRenderer], person: CardRequest
    ) -> None:
        """K panel and overlay are PNG of one bit, one for each side, and none for a ribbon without that panel."""
        renderer = make_renderer()
        for target in _TARGETS[:2]:
            faces = renderer.render(person, target)
            for masks, panel in ((faces.black, "K"), (faces.overlay, "O")):
                expect(len(masks) in {0, len(faces.sides)}, f"{len(masks)} masks for {len(faces.sides)} sides")
                expect(panel in target.panels or not masks, f"a mask for {panel}, which the ribbon lacks")
                _pictures(masks, target, "1", f"a mask for {panel}")

    @rule(
        "R8",
        why="A printer that waits for a server, or for a program to start, stands still with people before it.",
        example="What is the same on all cards is made once; what a card needs is in its request or on the disk.",
    )
    def test_a_card_needs_nothing_beyond_the_disk(
        self, make_renderer: Callable[[], CardRenderer], person: CardRequest
    ) -> None:
        """Once the first card is made, a card uses no network and starts no process."""
        renderer = make_renderer()
        renderer.render(person, _TARGETS[0])
        with touched() as heard:
            renderer.render(attrs.evolve(person, request_id=f"{person.request_id}2"), _TARGETS[0])
        outside = sorted({event for event in heard if event.startswith(_OUTSIDE)})
        expect(not outside, f"it did: {', '.join(outside)}")

    @rule(
        "R9",
        why="Each printer has a thread that looks ahead, and all of them have one renderer.",
        example="What is kept between cards is kept under a lock, and copied before it is drawn on.",
    )
    def test_several_threads_make_the_same_cards(
        self, make_renderer: Callable[[], CardRenderer], person: CardRequest
    ) -> None:
        """Cards made by several threads at once are those made one after the other."""
        renderer = make_renderer()
        people = [attrs.evolve(person, request_id=f"{person.request_id}{number}") for number in range(_THREADS)]
        wanted = [make_renderer().render(each, _TARGETS[0]) for each in people]
        made: list[CardFaces | Exception] = [RuntimeError("it did not end")] * _THREADS

        def _make(number: int) -> None:
            try:
                made[number] = renderer.render(people[number], _TARGETS[0])
            except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
                made[number] = error

        threads = [threading.Thread(target=_make, args=(number,)) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expect(made == wanted, "a card made beside others is another one")


def _with(request: CardRequest, name: str, value: str) -> CardRequest:
    if name == "subject_id":
        return attrs.evolve(request, subject_id=value)
    if name == "request_id":
        return attrs.evolve(request, request_id=value)
    return attrs.evolve(request, fields={**request.fields, name: value})


def _pictures(files: Sequence[bytes], target: RenderTarget, mode: str, what: str) -> None:
    for data in files:
        try:
            picture = Image.open(io.BytesIO(data))
        except OSError as error:
            raise RuleBrokenError(f"{what} is no picture") from error
        expect((picture.format, picture.mode) == ("PNG", mode), f"{what} is {picture.format}, {picture.mode}")
        wanted = (target.width_px, target.height_px)
        expect(picture.size == wanted, f"{what} has {picture.size} pixels, and not {wanted}")


def _made_or_refused(renderer: CardRenderer, request: CardRequest, target: RenderTarget) -> None:
    try:
        renderer.render(request, target)
    except RenderError as error:
        expect(_KEYWORD.fullmatch(error.rule), f"{error.rule!r} is no keyword")
    except Exception as error:
        raise RuleBrokenError(f"{type(error).__name__} escaped") from error
