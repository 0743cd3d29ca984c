from __future__ import annotations

import logging
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import attrs
import pytest

from cardprint.builtin.policies import Fifo, FirstTimeFirst
from cardprint.errors import ConfigurationError, PluginError
from cardprint.model import CardRequest, Cursor, DeviceUri, JobId, JobState, JobView, Page, RequestType, SourceName
from cardprint.model.configuration import PluginRules, PluginUse
from cardprint.plugin import (
    DataSource,
    DriverEntry,
    FeedAnswer,
    FeedQuestion,
    Finding,
    Interlock,
    PluginContext,
    PolicyEntry,
    PrinterDriver,
    PrinterSession,
    RequestValidator,
    hookimpl,
)
from cardprint.registry import Kind, Registry

Install = Callable[..., Path]

JOB = JobView(
    job_id=JobId(7),
    source=SourceName("local"),
    request_id="r-1",
    issue=1,
    request_type=RequestType.RENEWAL,
    priority=0,
    state=JobState.PENDING,
    reasons=(),
    lane="renewal",
    waiting_since=None,
    attempts=0,
    spoiled=0,
)


class Press(PrinterDriver):
    def open(self, device: DeviceUri) -> PrinterSession:
        raise NotImplementedError


class Feed(DataSource):
    name = "centre"

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        return iter(())


class Strict(RequestValidator):
    def check(self, request: CardRequest) -> tuple[Finding, ...]:
        return ()


class Mains(Interlock):
    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        return FeedAnswer(feed=True)


class Listener:
    def __init__(self, *, broken: bool = False) -> None:
        self.heard: list[str] = []
        self.broken = broken

    @hookimpl
    def cardprint_job_changed(self, job: JobView, change: str) -> None:
        self.heard.append(change)
        if self.broken:
            raise ValueError("Siti Aminah, 3171010101900001")


@attrs.frozen(kw_only=True)
class PressSettings:
    speed: int
    password: str = attrs.field(default="", validator=attrs.validators.matches_re("[a-z]{0,8}"))


class MadePress(Press):
    def __init__(self, settings: PressSettings, context: PluginContext) -> None:
        self.settings = settings
        self.context = context


class RefusingPress(Press):
    def __init__(self, settings: None, context: PluginContext) -> None:
        raise OSError("no such port")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    here = types.ModuleType("press_module")
    vars(here).update(
        MadePress=MadePress, PressSettings=PressSettings, RefusingPress=RefusingPress, Strict=Strict, number=3
    )
    monkeypatch.setitem(__import__("sys").modules, "press_module", here)

    class Vendor:
        @hookimpl
        def cardprint_printer_drivers(self) -> tuple[DriverEntry, ...]:
            def entry(name: str, factory: str, settings: str = "") -> DriverEntry:
                return DriverEntry(name=name, factory=f"press_module:{factory}", summary="", settings=settings)

            return (
                entry("press", "MadePress", "press_module:PressSettings"),
                entry("refusing", "RefusingPress"),
                entry("wrong", "Strict"),
                entry("absent", "Absent"),
                entry("unset", "MadePress", "press_module:number"),
            )

    return Registry.load(PluginRules(safe_mode=True), [Vendor()], file="station.toml")


def test_a_part_is_made_with_converted_settings_and_its_context(registry: Registry, context: PluginContext) -> None:
    made = registry.printer_driver(PluginUse(plugin="press", settings={"speed": 3}), context)
    assert isinstance(made, MadePress)
    assert made.settings == PressSettings(speed=3)
    assert made.context is context


def test_the_built_in_policies_can_be_made(registry: Registry, context: PluginContext) -> None:
    assert isinstance(registry.allocation_policy(PluginUse(plugin="first-time-first"), context), FirstTimeFirst)
    assert isinstance(registry.allocation_policy(PluginUse(plugin="fifo"), context), Fifo)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sped": 3}, ["`sped`", "Did you mean `speed`?", "password, speed"]),
        ({"speed": "3"}, ["`speed`", "a whole number, not text", "password, speed"]),
        ({}, ["`speed`", "is missing"]),
        ({"speed": 1, "password": "opensesame"}, ["`password`"]),
    ],
)
def test_wrong_settings_are_told_by_file_table_and_key_without_any_other_value(
    registry: Registry, context: PluginContext, settings: dict[str, object], told: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        registry.make(Kind.DRIVER, PluginUse(plugin="press", settings=settings), context)
    text = str(caught.value)
    assert text.startswith("station.toml: [printers.P1.settings] ")
    assert all(part in text for part in told)
    assert "opensesame" not in text


def test_settings_of_a_part_that_takes_none_are_refused(registry: Registry, context: PluginContext) -> None:
    with pytest.raises(ConfigurationError, match=r"\[policy\] `order`: the allocation policy fifo takes no settings"):
        registry.allocation_policy(PluginUse(plugin="fifo", settings={"order": []}), context)


def test_an_unknown_name_brings_what_may_have_been_meant(registry: Registry) -> None:
    with pytest.raises(PluginError) as caught:
        registry.entry(Kind.DRIVER, "foldr")
    text = str(caught.value)
    assert "no printer driver called `foldr`" in text
    assert "Did you mean `folder`?" in text
    assert "press" in text


def test_an_unknown_name_brings_the_failure_of_the_plugin_that_may_ship_it(install: Install) -> None:
    install("cardprint-acme", "import a_library_nobody_has")
    registry = Registry.load(PluginRules())
    with pytest.raises(PluginError, match=r"cardprint-acme is failed \(.*a_library_nobody_has"):
        registry.entry(Kind.DRIVER, "acme")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wrong", "is no PrinterDriver"),
        ("absent", "there is no such class"),
        ("unset", "there is no such class"),
        ("refusing", "OSError: no such port"),
    ],
)
def test_a_part_that_cannot_be_made_is_a_plugin_error(
    registry: Registry, context: PluginContext, name: str, told: str
) -> None:
    with pytest.raises(PluginError, match=told):
        registry.printer_driver(PluginUse(plugin=name), context)


VENDOR = """
from cardprint.plugin import DriverEntry, hookimpl
CARDPRINT_API = 1

@hookimpl
def cardprint_printer_drivers():
    return [DriverEntry(name="acme", factory="{factory}", summary="")]
"""


@pytest.mark.parametrize(
    ("requires", "cure"),
    [
        ((), "pip install acme_sdk"),
        (("acme-sdk>=2",), "pip install 'acme-sdk'"),
        (("acme-sdk>=2 ; extra == 'usb'",), r"pip install 'cardprint-acme\[usb\]'"),
    ],
)
def test_a_missing_package_brings_the_command_that_installs_it(
    install: Install, context: PluginContext, requires: tuple[str, ...], cure: str
) -> None:
    site = install("cardprint-acme", VENDOR.format(factory="acme_driver:Driver"), requires=requires)
    (site / "acme_driver.py").write_text("import acme_sdk.usb\n", encoding="utf-8")
    registry = Registry.load(PluginRules())
    assert registry.entry(Kind.DRIVER, "acme").name == "acme"
    with pytest.raises(PluginError, match=rf"needs the package acme_sdk.*{cure}$"):
        registry.printer_driver(PluginUse(plugin="acme"), context)


def test_a_factory_whose_import_ends_the_process_is_a_plugin_error(install: Install, context: PluginContext) -> None:
    site = install("cardprint-acme", VENDOR.format(factory="acme_exits:Driver"))
    (site / "acme_exits.py").write_text("raise SystemExit(4)\n", encoding="utf-8")
    with pytest.raises(PluginError, match="SystemExit: 4"):
        Registry.load(PluginRules()).printer_driver(PluginUse(plugin="acme"), context)


def test_instances_handed_in_replace_or_join_the_configured_parts(context: PluginContext) -> None:
    policy, press, feed, strict, mains = Fifo(), Press(), Feed(), Strict(), Mains()
    registry = Registry.load(PluginRules(safe_mode=True), [policy, press, feed, strict, mains])
    assert registry.allocation_policy(PluginUse(plugin="first-time-first"), context) is policy
    assert registry.printer_driver(PluginUse(plugin="press"), context) is press
    assert registry.data_source(PluginUse(plugin="centre"), context) is feed
    assert registry.instances.validators == (strict,)
    assert registry.instances.interlocks == (mains,)
    assert "press" in registry.names(Kind.DRIVER)


def test_a_ready_made_part_takes_no_settings(context: PluginContext) -> None:
    registry = Registry.load(PluginRules(safe_mode=True), [Press()])
    with pytest.raises(ConfigurationError, match="`speed`: press was handed in ready-made"):
        registry.printer_driver(PluginUse(plugin="press", settings={"speed": 1}), context)


class Misspelt:
    @hookimpl
    def cardprint_job_chnged(self) -> None: ...


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        ([Fifo], r"plugins=\[Fifo\(\)\]"),
        ([Fifo(), FirstTimeFirst()], "More than one allocation policy"),
        ([Press(), Press()], "Two objects called press"),
        ([object()], "implements no hook"),
        ([Misspelt()], "cardprint_job_chnged"),
    ],
)
def test_an_unfit_object_is_refused_at_once(objects: list[object], told: str) -> None:
    with pytest.raises(PluginError, match=told):
        Registry.load(PluginRules(safe_mode=True), objects)


def test_a_policy_may_listen_to_changes_as_well() -> None:
    class Watching(Fifo, Listener):
        def __init__(self) -> None:
            Listener.__init__(self)

    watching = Watching()
    registry = Registry.load(PluginRules(safe_mode=True), [watching])
    registry.job_changed(JOB, "card-printed")
    assert watching.heard == ["card-printed"]
    assert registry.instances.policy is watching


def test_looking_at_an_object_does_not_run_its_properties() -> None:
    class Lazy(Listener):
        @property
        def device(self) -> str:
            raise OSError("opened too early")

    lazy = Lazy()
    Registry.load(PluginRules(safe_mode=True), [lazy]).job_changed(JOB, "job-added")
    assert lazy.heard == ["job-added"]


def test_a_listener_that_fails_stops_no_other_and_nothing_of_the_person_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, broken, last = Listener(), Listener(broken=True), Listener()
    registry = Registry.load(PluginRules(safe_mode=True), [first, broken, last])
    with caplog.at_level(logging.ERROR):
        registry.job_changed(JOB, "card-printed")
    assert [each.heard for each in (first, broken, last)] == [["card-printed"]] * 3
    assert "job 7" in caplog.text
    assert "ValueError" in caplog.text
    assert "Siti" not in caplog.text
    assert "3171" not in caplog.text


def test_every_kind_has_a_hook_that_exists() -> None:
    from cardprint.plugin import hookspecs

    announced = {name for name in dir(hookspecs) if name.startswith("cardprint_")} - {"cardprint_job_changed"}
    assert {kind.hook for kind in Kind} == announced


def test_an_entry_tells_what_it_is(registry: Registry) -> None:
    entry = cast("PolicyEntry", registry.entry(Kind.POLICY, "fifo"))
    assert isinstance(entry, PolicyEntry)
    assert entry.summary
