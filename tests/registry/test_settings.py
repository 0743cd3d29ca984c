from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.errors import ConfigurationError, PluginError
from cardprint.registry.settings import Where, convert

WHERE = Where(file="station.toml", table="sources.centre")


class Side(enum.Enum):
    FRONT = "front"
    BACK = "back"


@attrs.frozen(kw_only=True)
class Field:
    x: int
    text: str = ""


@attrs.frozen(kw_only=True)
class Settings:
    count: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    text: str = "a"
    number: float = 1.0
    flag: bool = False
    names: tuple[str, ...] = ()
    pair: tuple[int, str] = (1, "a")
    headers: Mapping[str, str] = attrs.field(factory=dict)
    path: Path = Path("a")
    limit: int | None = None
    mixed: int | str = 1
    side: Side = Side.FRONT
    mode: Literal["fast", "fine"] = "fast"
    field: Field | None = None
    fields: tuple[Field, ...] = ()
    since: date | None = None
    anything: Any = None
    computed: int = attrs.field(init=False, default=7)


def test_every_kind_of_setting_is_converted() -> None:
    table = {
        "count": 3,
        "number": 2,
        "flag": True,
        "names": ["a", "b"],
        "pair": [2, "b"],
        "headers": {"a": "b"},
        "path": "x/y",
        "limit": 4,
        "mixed": "x",
        "side": "back",
        "mode": "fine",
        "field": {"x": 1},
        "fields": [{"x": 2, "text": "t"}],
        "since": date(2026, 1, 5),
        "anything": [1, {"a": 2}],
    }
    assert convert(table, Settings, WHERE) == Settings(
        count=3,
        number=2.0,
        flag=True,
        names=("a", "b"),
        pair=(2, "b"),
        headers={"a": "b"},
        path=Path("x/y"),
        limit=4,
        mixed="x",
        side=Side.BACK,
        mode="fine",
        field=Field(x=1),
        fields=(Field(x=2, text="t"),),
        since=date(2026, 1, 5),
        anything=[1, {"a": 2}],
    )


@pytest.mark.parametrize(
    ("table", "key", "told"),
    [
        ({"cuont": 1}, "cuont", "there is no such key. Did you mean `count`?"),
        ({"computed": 1}, "computed", "there is no such key"),
        ({"count": 0}, "count", "must be >= 1"),
        ({"count": True}, "count", "needs a whole number, not true or false"),
        ({"count": 1.0}, "count", "needs a whole number, not a number"),
        ({"flag": 1}, "flag", "needs true or false, not a whole number"),
        ({"number": "x"}, "number", "needs a number, not text"),
        ({"names": "abc"}, "names", "needs a list, not text"),
        ({"names": ["a", 1]}, "names[1]", "needs text, not a whole number"),
        ({"pair": [1]}, "pair", "needs a list of 2, not of 1"),
        ({"pair": ["a", "b"]}, "pair[0]", "needs a whole number, not text"),
        ({"headers": {"a": 1}}, "headers.a", "needs text, not a whole number"),
        ({"headers": []}, "headers", "needs a table, not a list"),
        ({"path": ""}, "path", "needs a path as text, not empty text"),
        ({"path": "a\0"}, "path", "needs a path as text"),
        ({"limit": "x"}, "limit", "needs a whole number, not text"),
        ({"mixed": []}, "mixed", "needs a whole number or text, not a list"),
        ({"side": "edge"}, "side", "needs one of front, back"),
        ({"mode": "slow"}, "mode", "needs one of fast, fine"),
        ({"field": 1}, "field", "needs a table, not a whole number"),
        ({"field": {}}, "field.x", "is missing"),
        ({"fields": [{"x": 1}, {"x": 1, "y": 1}]}, "fields[1].y", "there is no such key"),
        ({"since": "2026-01-05"}, "since", "needs a date, not text"),
    ],
)
def test_what_is_wrong_is_told_by_key(table: Mapping[str, object], key: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        convert(table, Settings, WHERE)
    message = str(caught.value)
    assert message.startswith(f"station.toml: [sources.centre] `{key}`: ")
    assert told in message
    assert "Known: " in message


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just("SECRET") | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "text"]), inner, max_size=2),
    max_leaves=5,
)


@given(table=st.dictionaries(st.sampled_from([field.name for field in attrs.fields(Settings)]), values, max_size=4))
def test_whatever_is_handed_in_gives_settings_or_one_clear_error_without_the_values(table: dict[str, object]) -> None:
    told = ""
    try:
        convert(table, Settings, WHERE)
    except ConfigurationError as error:
        told = str(error)
    assert "SECRET" not in told


@attrs.frozen(kw_only=True)
class Unfillable:
    what: object = None
    socket: pytest.Config | None = None


@attrs.frozen(kw_only=True)
class Unresolved:
    what: Nowhere = 1  # type: ignore[name-defined]  # noqa: F821  # the point of it


class Plain:
    pass


@pytest.mark.parametrize(
    ("settings", "table"),
    [(Unfillable, {"socket": "x"}), (Unresolved, {}), (Plain, {})],
)
def test_a_settings_class_that_no_table_can_fill_is_the_plugins_fault(
    settings: type, table: Mapping[str, object]
) -> None:
    with pytest.raises(PluginError):
        convert(table, settings, WHERE)
