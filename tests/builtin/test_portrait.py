"""The built-in card: what it shows, and what it refuses before a blank is touched."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import attrs
import pytest
import zxingcpp
from PIL import Image

from cardprint.builtin.portrait import PortraitRenderer, PortraitSettings, fonts
from cardprint.errors import ConfigurationError, RenderError
from cardprint.hosts import SystemClock
from cardprint.model import CardRequest, RenderTarget
from cardprint.plugin import PluginContext
from cardprint.simulation.portraits import draw_portrait


@pytest.fixture
def context(tmp_path: Path) -> PluginContext:
    (tmp_path / "photos").mkdir()
    return PluginContext(name="renderer", clock=SystemClock(), folder=tmp_path, photos=tmp_path / "photos")


@pytest.fixture
def renderer(context: PluginContext) -> PortraitRenderer:
    return PortraitRenderer(None, context)


def keep(context: PluginContext, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    (context.photos / name).write_bytes(data)
    return name


@pytest.fixture
def request_(context: PluginContext) -> CardRequest:
    photo = keep(context, draw_portrait("1", woman=True))
    fields = {"name": "Orsih Dantorika", "birth_date": "1983-09-28", "address": "Jl. Batu Bata 29, Kota Randu"}
    return CardRequest(request_id="PRR-1", subject_id="9917136809830004", photo=photo, fields=fields)


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_card_without_a_name_is_not_made(name: str | None, renderer: PortraitRenderer, request_: CardRequest) -> None:
    fields = {key: value for key, value in request_.fields.items() if key != "name"}
    nameless = attrs.evolve(request_, fields=fields | ({} if name is None else {"name": name}))
    with pytest.raises(RenderError) as caught:
        renderer.render(nameless, RenderTarget(width_px=1011, height_px=638))
    assert (caught.value.rule, caught.value.field) == ("x-field-missing", "name")


def test_what_a_card_needs_is_a_setting(context: PluginContext, request_: CardRequest) -> None:
    free = PortraitRenderer(PortraitSettings(required=()), context)
    assert free.render(attrs.evolve(request_, fields={}), RenderTarget(width_px=1011, height_px=638)).sides
    strict = PortraitRenderer(PortraitSettings(required=("name", "sex")), context)
    with pytest.raises(RenderError, match="no field sex"):
        strict.render(request_, RenderTarget(width_px=1011, height_px=638))


@pytest.mark.parametrize(
    ("width", "height", "sides"), [(1011, 638, 1), (1011, 638, 2), (1013, 638, 2), (2022, 1276, 1)]
)
def test_faces_have_exactly_the_targets_size(
    width: int,
    height: int,
    sides: int,
    renderer: PortraitRenderer,
    request_: CardRequest,
) -> None:
    faces = renderer.render(request_, RenderTarget(width_px=width, height_px=height, sides=sides))
    assert [picture(side).size for side in faces.sides] == [(width, height)] * sides
    assert {picture(side).mode for side in faces.sides} == {"RGB"}


def test_the_same_request_gives_the_same_bytes(renderer: PortraitRenderer, request_: CardRequest) -> None:
    assert renderer.render(request_, RenderTarget()) == renderer.render(request_, RenderTarget())


def test_the_code_names_the_request_and_tells_nothing_of_the_person(
    renderer: PortraitRenderer,
    request_: CardRequest,
) -> None:
    front, back = renderer.render(request_, RenderTarget(sides=2)).sides
    expected = "CP1:" + hashlib.sha256(b"PRR-1").hexdigest()[:24].upper()
    assert [code.text for code in zxingcpp.read_barcodes(picture(front))] == [expected]
    assert [code.text for code in zxingcpp.read_barcodes(picture(back))] == [expected]


def test_every_field_changes_the_front(renderer: PortraitRenderer, request_: CardRequest) -> None:
    front = renderer.render(request_, RenderTarget()).sides[0]
    for name in request_.fields:
        other = attrs.evolve(request_, fields={**request_.fields, name: "Else"})
        assert renderer.render(other, RenderTarget()).sides[0] != front


def test_a_setting_changes_the_digest(context: PluginContext) -> None:
    digests = {
        PortraitRenderer(settings, context).digest
        for settings in (None, PortraitSettings(office="North"), PortraitSettings(photo=False))
    }
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Or\x07sih", "x-control-character"),
        ("Or\ue000sih", "x-glyph-missing"),
        ("O" * 400, "x-text-does-not-fit"),
        ("word " * 60, "x-text-does-not-fit"),
    ],
)
def test_a_text_that_cannot_be_printed_is_refused_without_repeating_it(
    name: str,
    rule: str,
    renderer: PortraitRenderer,
    request_: CardRequest,
) -> None:
    with pytest.raises(RenderError) as caught:
        renderer.render(attrs.evolve(request_, fields={"name": name}), RenderTarget())
    assert (caught.value.rule, caught.value.field) == (rule, "name")
    assert name not in str(caught.value)
    assert "no blank was touched" in str(caught.value)


def test_without_raqm_plain_latin_is_printed_and_said_and_the_rest_is_refused(
    renderer: PortraitRenderer,
    request_: CardRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("fonts", "text", "renderer"):
        monkeypatch.setattr(f"cardprint.builtin.portrait.{module}.has_raqm", lambda: False)
    assert renderer.render(request_, RenderTarget()).warnings == ("x-plain-latin",)
    with pytest.raises(RenderError, match="needs shaping"):
        renderer.render(attrs.evolve(request_, fields={"name": "\ua98f\ua9ae"}), RenderTarget())


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"no picture at all", draw_portrait("1", woman=False)[:400], b"\xff\xd8\xff", b"", bomb()],
    ids=["text", "cut", "head only", "empty", "too many pixels"],
)
def test_a_photo_that_is_no_picture_is_refused(
    data: bytes,
    renderer: PortraitRenderer,
    request_: CardRequest,
    context: PluginContext,
) -> None:
    with pytest.raises(RenderError) as caught:
        renderer.render(attrs.evolve(request_, photo=keep(context, data)), RenderTarget())
    assert (caught.value.rule, caught.value.field) == ("x-photo-unreadable", "photo")


@pytest.mark.parametrize("photo", ["", "0" * 64])
def test_a_missing_photo_is_refused(photo: str, renderer: PortraitRenderer, request_: CardRequest) -> None:
    with pytest.raises(RenderError) as caught:
        renderer.render(attrs.evolve(request_, photo=photo), RenderTarget())
    assert caught.value.rule == "x-photo-missing"


def test_a_font_that_is_not_there_is_refused_with_the_package_to_install(context: PluginContext) -> None:
    with pytest.raises(ConfigurationError, match="apt-get install fonts-noto-core"):
        PortraitRenderer(PortraitSettings(font="/nowhere.ttf"), context)


def test_pillows_own_font_serves_where_the_system_has_none(
    context: PluginContext,
    request_: CardRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    assert PortraitRenderer(None, context).render(request_, RenderTarget()).sides


def test_the_sample_can_be_drawn(context: PluginContext) -> None:
    renderer = PortraitRenderer(PortraitSettings(photo=False), context)
    assert renderer.render(renderer.sample(), RenderTarget()).sides
