"""What the vendor surface promises over its versions, and that each hook has its typed call."""

from __future__ import annotations

import inspect
import sys
import types
import typing
import warnings

import pytest

from cardprint import plugin
from cardprint.plugin import API_VERSION, hookspecs
from cardprint.plugin.deprecation import Replaced, replaced_names
from cardprint.registry.calls import Calls
from cardprint.registry.plugins import NotLoadedError, built_for


@pytest.fixture
def surface(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the vendor surface be at 2.3."""
    monkeypatch.setattr("cardprint.registry.plugins.API_VERSION", "2.3")


def stating(version: object) -> types.SimpleNamespace:
    return types.SimpleNamespace(CARDPRINT_API=version)


@pytest.mark.usefixtures("surface")
@pytest.mark.parametrize(("stated", "version"), [("2.3", "2.3"), ("2.0", "2.0"), (2, "2.0")])
def test_the_same_major_and_an_older_minor_fit(stated: object, version: str) -> None:
    assert built_for(stating(stated), packaged=True) == version


@pytest.mark.usefixtures("surface")
@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("2.4", "version 2.4 of the vendor surface, and this is version 2.3: upgrade cardprint"),
        ("2.10", "upgrade cardprint"),
        ("3.0", "upgrade cardprint"),
        ("1.9", "upgrade the plugin"),
        (1, "version 1.0"),
        ("2", "no version such as '2.3'"),
        ("2.03", "no version such as"),
        (2.3, "no version such as"),
        (True, "no version such as"),
        (None, "does not state CARDPRINT_API"),
    ],
)
def test_a_newer_minor_and_another_major_are_refused_with_what_to_do(stated: object, told: str) -> None:
    with pytest.raises(NotLoadedError, match=told) as caught:
        built_for(stating(stated), packaged=True)
    assert caught.value.state == "refused"


def test_this_surface_has_a_version() -> None:
    assert built_for(stating(API_VERSION), packaged=True) == API_VERSION


# Old names.


def test_an_old_name_works_and_says_what_to_write_and_until_when(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("acme_surface")
    old = {"CardDriver": Replaced(replacement="cardprint.plugin:PrinterDriver", removal="2.0")}
    vars(module)["__getattr__"] = replaced_names("acme_surface", old)
    monkeypatch.setitem(sys.modules, "acme_surface", module)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        from acme_surface import CardDriver  # type: ignore[import-not-found]  # made above
    assert CardDriver is plugin.PrinterDriver
    assert {str(each.message) for each in heard} == {
        "acme_surface.CardDriver is gone in version 2.0 of the vendor surface; use cardprint.plugin.PrinterDriver"
    }
    assert {(each.category, each.filename) for each in heard} == {(DeprecationWarning, __file__)}


def test_a_name_that_never_was_is_no_old_name() -> None:
    assert not hasattr(plugin, "CardDriver")


def test_old_names_give_something_and_go_with_a_later_major() -> None:
    major = int(API_VERSION.partition(".")[0])
    for name, old in plugin.REPLACED.items():
        assert name not in vars(plugin)
        module, _, attribute = old.replacement.partition(":")
        assert hasattr(sys.modules[module], attribute)
        assert int(old.removal.partition(".")[0]) > major


# Calls.


def test_each_hook_has_a_call_with_its_arguments_and_its_entries() -> None:
    specifications = {name: each for name, each in vars(hookspecs).items() if hasattr(each, "cardprint_spec")}
    for name, specification in specifications.items():
        call = inspect.signature(getattr(Calls, name.removeprefix("cardprint_")), eval_str=True)
        asked = inspect.signature(specification, eval_str=True)
        arguments = list(call.parameters.values())[1:]
        assert [(each.name, each.annotation) for each in arguments] == [
            (each.name, each.annotation) for each in asked.parameters.values()
        ]
        if asked.return_annotation is None:
            assert call.return_annotation is None
        else:
            (entry,) = typing.get_args(asked.return_annotation)
            assert typing.get_args(call.return_annotation) == (entry, ...)
