"""The plugins that the guides show are plugins, and do what their guides say."""

from __future__ import annotations

import io
import re
import sqlite3
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from cardprint.cli.app import root
from cardprint.errors import EncodeError, RenderError, SourceError
from cardprint.model import CardRequest, New, OutcomeReport, Receipt, Rejected, RenderTarget
from cardprint.plugin import AllocationPolicy, CardRenderer, FeedQuestion
from cardprint.registry.plugins import take
from cardprint.testing.policies import AllocationPolicySuite
from cardprint.testing.renderers import CardRendererSuite
from cardprint.testing.surroundings import ForbiddenClock, plugin_context

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
ENTRIES = {
    "write-a-policy": "policy:longest-first",
    "write-a-renderer": "renderer:plain",
    "write-a-source": "source:table",
    "write-a-validator": "validator:number",
    "write-an-encoder": "encoder:tag",
    "write-an-interlock": "interlock:flag",
}
Guide = Callable[[str], Any]


@pytest.fixture
def guide() -> Iterator[Guide]:
    """Give the module that a guide shows; dataclasses want it to be known by its name while it is made."""
    made: list[str] = []

    def load(name: str) -> ModuleType:
        (code,) = re.findall(r"```python\n(.*?)```", (HOW_TO / f"{name}.md").read_text("utf-8"), re.DOTALL)
        module = ModuleType(re.findall(r'factory="(\w+):', code)[0])
        sys.modules[module.__name__] = module
        made.append(module.__name__)
        exec(compile(code, f"{name}.md", "exec"), vars(module))  # noqa: S102 - the page's own example
        return module

    yield load
    for name in made:
        del sys.modules[name]


def test_the_design_of_the_guide_is_sound(tmp_path: Path) -> None:
    page = (HOW_TO / "draw-a-card-design.md").read_text("utf-8")
    folder = tmp_path / "our-card"
    folder.mkdir()
    for name, language in (("front.svg", "xml"), ("design.toml", "toml")):
        (code,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
        (folder / name).write_text(textwrap.dedent(code), "utf-8")
    found = CliRunner().invoke(root, ["designs", "check", str(folder)])
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize("name", ENTRIES)
def test_the_plugin_of_a_guide_is_taken(guide: Guide, name: str) -> None:
    taken = take(guide(name), name="office")
    assert taken.view.entries == (ENTRIES[name],)
    for _, entry in taken.entries:
        for path in (entry.factory, entry.settings):
            module, _, attribute = path.partition(":")
            assert hasattr(sys.modules[module], attribute)


class TestPolicyOfTheGuide(AllocationPolicySuite):
    @pytest.fixture
    def make_policy(self, guide: Guide, tmp_path: Path) -> Callable[[], AllocationPolicy]:
        shown = guide("write-a-policy")
        context = plugin_context(tmp_path, clock=ForbiddenClock())
        return lambda: shown.LongestFirst(shown.LongestFirstSettings(), context)


class TestRendererOfTheGuide(CardRendererSuite):
    @pytest.fixture
    def make_renderer(self, guide: Guide, tmp_path: Path) -> Callable[[], CardRenderer]:
        shown = guide("write-a-renderer")
        context = plugin_context(tmp_path, clock=ForbiddenClock())
        return lambda: shown.PlainRenderer(shown.PlainSettings(), context)


def test_the_source_reads_page_by_page_and_takes_reports_once(guide: Guide, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "requests.db")) as table, table:
        table.execute("CREATE TABLE requests (number INTEGER PRIMARY KEY, request, subject, name)")
        table.execute("CREATE TABLE outcomes (key PRIMARY KEY, request, outcome)")
        rows = [(n, f"R-{n}", "" if n == 3 else f"S-{n}", "Orang Contoh") for n in range(1, 6)]
        table.executemany("INSERT INTO requests VALUES (?, ?, ?, ?)", rows)
    shown = guide("write-a-source")
    source = shown.TableSource(
        shown.TableSettings(path=Path("requests.db"), page_size=2), plugin_context(tmp_path, name="office")
    )
    pages = list(source.pull(None))
    items = [item for page in pages for item in page.items]
    assert [type(item) for item in items] == [New, New, Rejected, New, New]
    assert list(source.pull(pages[0].cursor)) == pages[1:]
    report = OutcomeReport(key="1", request_id="R-1", outcome="printed")
    assert source.acknowledge([report]) == source.acknowledge([report]) == [Receipt.ACCEPTED]
    with closing(sqlite3.connect(tmp_path / "requests.db")) as table:
        assert table.execute("SELECT * FROM outcomes").fetchall() == [("1", "R-1", "printed")]


def test_a_source_without_its_table_says_so(guide: Guide, tmp_path: Path) -> None:
    shown = guide("write-a-source")
    source = shown.TableSource(shown.TableSettings(path=Path("nowhere.db")), plugin_context(tmp_path))
    with pytest.raises(SourceError, match="cannot be opened"):
        list(source.pull(None))


def test_the_renderer_makes_a_face_of_the_targets_size(guide: Guide, tmp_path: Path) -> None:
    shown = guide("write-a-renderer")
    renderer = shown.PlainRenderer(shown.PlainSettings(), plugin_context(tmp_path))
    request = CardRequest(request_id="R-1", subject_id="S-1", fields={"name": "Orsih Dantorika"})
    faces = renderer.render(request, RenderTarget())
    assert faces == renderer.render(request, RenderTarget())
    assert Image.open(io.BytesIO(faces.sides[0])).size == (1011, 638)
    other = shown.PlainRenderer(shown.PlainSettings(size=20), plugin_context(tmp_path))
    assert other.digest != renderer.digest


@pytest.mark.parametrize(("name", "rule"), [("", "x-missing"), ("Orsih Dantorika " * 9, "x-text-does-not-fit")])
def test_the_renderer_refuses_what_it_cannot_make(guide: Guide, tmp_path: Path, name: str, rule: str) -> None:
    shown = guide("write-a-renderer")
    renderer = shown.PlainRenderer(shown.PlainSettings(), plugin_context(tmp_path))
    with pytest.raises(RenderError) as caught:
        renderer.render(CardRequest(request_id="R-1", subject_id="S-1", fields={"name": name}), RenderTarget())
    assert caught.value.rule == rule
    assert "Orsih" not in str(caught.value)


def test_the_interlock_keeps_printers_still_while_the_file_is_there(guide: Guide, tmp_path: Path) -> None:
    shown = guide("write-an-interlock")
    interlock = shown.FlagInterlock(shown.FlagSettings(), plugin_context(tmp_path))
    question = FeedQuestion(printer="P1", business_date=date(2026, 1, 5), fed_today=0, fed_this_hour=0)
    assert interlock.may_feed(question).feed
    (tmp_path / "on-battery").touch()
    assert (interlock.may_feed(question).feed, interlock.may_feed(question).reason) == (False, "x-on-battery")


class Tag:
    """A chip of one block, whose number the reader tells."""

    def __init__(self) -> None:
        self.block = bytes(64)

    def transmit(self, apdu: bytes) -> bytes:
        if apdu[0] == 0xFF:
            return bytes.fromhex("04A1B2C3") + b"\x90\x00"
        if apdu[1] == 0xD6:
            self.block = apdu[5:]
            return b"\x90\x00"
        return self.block + b"\x90\x00"


def test_the_encoder_writes_a_blank_chip_once(guide: Guide, tmp_path: Path) -> None:
    shown = guide("write-an-encoder")
    encoder, tag = shown.TagEncoder(shown.TagSettings(), plugin_context(tmp_path)), Tag()
    assert encoder.identify(tag) == "04A1B2C3"
    encoder.write({"subject_id": "9900000000000001"}, tag)
    assert tag.block.startswith(b"9900000000000001")
    with pytest.raises(EncodeError) as caught:
        encoder.write({"subject_id": "9900000000000002"}, tag)
    assert (caught.value.reason, caught.value.written) == ("x-chip-personalised", False)
    with pytest.raises(EncodeError):
        encoder.check({"subject_id": "9" * 65})


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("9900000000000001", []),
        ("1200000000000001", [("x-number-other-region", False)]),
        ("99", [("x-number-form", True)]),
        ("٩٩٠٠٠٠٠٠٠٠٠٠٠٠٠١", [("x-number-form", True)]),
    ],
)
def test_the_validator_finds_what_is_wrong_without_saying_the_value(
    guide: Guide, tmp_path: Path, number: str, found: list[tuple[str, bool]]
) -> None:
    shown = guide("write-a-validator")
    validator = shown.NumberValidator(shown.NumberSettings(), plugin_context(tmp_path))
    findings = validator.check(CardRequest(request_id="R-1", subject_id=number))
    assert [(finding.rule, finding.refuse) for finding in findings] == found
    assert number not in repr(findings)
