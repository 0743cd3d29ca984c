"""The reference pages say what the code says, no less and no more."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from cardprint.builtin.policies import FirstTimeFirstSettings
from cardprint.builtin.portrait.settings import PortraitSettings
from cardprint.builtin.quota import Floor, QuotaSettings, Rule, Stage
from cardprint.model.configuration import DutyLimits, PluginRules, PluginUse, PrinterConfig, StationConfig
from cardprint.model.retry import RetryLimits
from cardprint.plugin import hookspecs
from cardprint.registry import Kind, read_configuration
from cardprint.registry.settings import Where, convert

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
CONFIGURATION = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
HOOKS = (REFERENCE / "hooks.md").read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## `(.+)`$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(section: str) -> dict[str, str]:
    """Give default by key."""
    cells = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[2] for row in cells}


TABLES = sections(CONFIGURATION)
NOT_SET = {"no limit", "not known", "any installed", "required", "empty", '`"."`'}
"""Defaults that are no value of TOML, or are written otherwise than kept."""


def fields(cls: type, *leave_out: str) -> Mapping[str, object]:
    return {field.name: field.default for field in attrs.fields(cls) if field.name not in leave_out}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "[station]",
            fields(
                StationConfig,
                "policy",
                "renderer",
                "printers",
                "encoders",
                "sources",
                "validators",
                "interlocks",
                "plugins",
                "retry",
            ),
        ),
        ("[printers.NAME]", {**fields(PrinterConfig, "name", "duty"), **fields(DutyLimits)}),
        ("[plugins]", fields(PluginRules)),
        ("[retry]", fields(RetryLimits)),
        ("[policy]", {"plugin": "first-time-first", "order": attrs.fields(FirstTimeFirstSettings).order.default}),
        ("[renderer]", {"plugin": "portrait", **attrs.asdict(PortraitSettings())}),
        ("[encoders.NAME]", {"plugin": attrs.NOTHING, "fields": attrs.NOTHING}),
        ("[sources.NAME]", {"plugin": attrs.NOTHING}),
        ("[validators.NAME]", {"plugin": attrs.NOTHING}),
        ("[interlocks.NAME]", {"plugin": attrs.NOTHING}),
    ],
)
def test_a_table_of_the_configuration_has_its_keys_and_their_defaults(
    table: str, expected: Mapping[str, object]
) -> None:
    documented = rows(TABLES[table])
    assert documented.keys() == expected.keys()
    for key, default in expected.items():
        if documented[key] not in NOT_SET:
            value = tomllib.loads(f"value = {documented[key].strip('`')}")["value"]
            assert value == (list(default) if isinstance(default, tuple) else default), key
        else:
            assert default in {None, attrs.NOTHING} or isinstance(default, attrs.Factory), key  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "cls"),
    [("`[policy]`", QuotaSettings), ("A rule", Rule), ("A stage", Stage), ("A floor", Floor)],
)
def test_the_page_of_the_quota_policy_has_its_keys(title: str, cls: type) -> None:
    page = (REFERENCE / "quota-policy.md").read_text(encoding="utf-8")
    section = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert list(rows(section)) == [field.name for field in attrs.fields(cls)]


def test_the_example_of_the_quota_policy_is_a_configuration(tmp_path: Path) -> None:
    page = (REFERENCE / "quota-policy.md").read_text(encoding="utf-8")
    tmp_path.chmod(0o700)
    file = tmp_path / "station.toml"
    file.write_text(page.partition("```toml\n")[2].partition("```")[0])
    settings = convert(read_configuration(file).policy.settings, QuotaSettings, Where())
    assert settings.lanes == ("streets", "first-holders", "victims", "lost", "others")


def test_every_field_of_the_configuration_is_on_the_page() -> None:
    for cls in (StationConfig, PrinterConfig, DutyLimits, PluginRules, RetryLimits):
        for field in attrs.fields(cls):
            assert f"`{field.name}`" in CONFIGURATION, f"{cls.__name__}.{field.name}"


def test_no_table_is_documented_that_does_not_exist(tmp_path: Path) -> None:
    tables = {re.sub(r"\.NAME", "", name.strip("[]")) for name in TABLES}
    folder = tmp_path / "office"
    folder.mkdir(mode=0o700)
    file = folder / "station.toml"
    file.write_text("".join(f"[{name}]\n" for name in sorted(tables)))
    read_configuration(file)
    assert tables - {"station"} == {
        field.name
        for field in attrs.fields(attrs.resolve_types(StationConfig))
        if field.type in {PluginUse, PluginRules, RetryLimits}
        or "Mapping" in str(field.type)
        or "Printer" in str(field.type)
    }


HOOK_SPECIFICATIONS = {
    name: function
    for name, function in inspect.getmembers(hookspecs, inspect.isfunction)
    if hasattr(function, "cardprint_spec")
}


def test_each_hook_and_nothing_else_is_documented() -> None:
    assert list(sections(HOOKS)) == sorted(HOOK_SPECIFICATIONS, key=list(vars(hookspecs)).index)


@pytest.mark.parametrize("name", HOOK_SPECIFICATIONS)
def test_a_hook_says_when_it_is_called_what_it_returns_and_what_if_it_raises(name: str) -> None:
    section = sections(HOOKS)[name]
    for label in ("Called", "Returns", "If it raises", "Since"):
        assert re.search(rf"^- {label}: \S", section, re.MULTILINE), label
    for argument in inspect.signature(HOOK_SPECIFICATIONS[name]).parameters:
        assert f"`{argument}`" in section
    for kind in Kind:
        if kind.hook == name:
            assert f"`{kind.entry.__name__}`" in section
            assert f"`{kind.contract.__name__}`" in section


@pytest.mark.parametrize("name", HOOK_SPECIFICATIONS)
def test_the_page_and_the_docstring_agree_since_when_a_hook_is_there(name: str) -> None:
    since = re.compile(r"Since:? (API \d+\.\d+)\.")
    on_page = since.search(sections(HOOKS)[name])
    in_code = since.search(inspect.getdoc(HOOK_SPECIFICATIONS[name]) or "")
    assert on_page
    assert in_code
    assert on_page[1] == in_code[1]


def test_the_example_of_a_plugin_works() -> None:
    from cardprint.registry.plugins import take

    code = re.search(r"```python\n(.*?)```", HOOKS, re.DOTALL)
    assert code
    namespace = type("Example", (), {})()
    exec(code[1], vars(namespace))  # noqa: S102  # the page's own example
    assert take(namespace, name="acme").view.entries == ("driver:acme",)
