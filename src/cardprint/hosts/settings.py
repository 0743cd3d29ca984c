"""A driver's settings as plain values, and back, by the types that their class declares."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs
import cattrs

__all__ = ["crosses", "from_plain", "to_plain"]

T = TypeVar("T")
_EXACT: Final = (str, int, float, bool)
_UNIONS: Final = (typing.Union, types.UnionType)


def to_plain(settings: object) -> Any:  # noqa: ANN401 - plain values of any shape
    """Give settings as text, numbers, lists and tables."""
    return _CONVERTER.unstructure(settings)


def from_plain(plain: object, kind: type[T]) -> T:
    """Make settings of a class from what ``to_plain`` gave; raises what cattrs or the class raises."""
    return _CONVERTER.structure(plain, kind)


def crosses(settings: object, plain: object) -> bool:
    """Say whether settings come back from plain values as they were."""
    kind = type(settings)
    try:
        back = from_plain(plain, kind)
    except Exception:  # noqa: BLE001 - whatever a class's own checks raise
        return False
    return back == settings if kind.__eq__ is not object.__eq__ else bool(to_plain(back) == plain)


def _exactly(value: object, wanted: type) -> object:
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise TypeError(wanted.__name__)
    return value


def _path(value: object, _wanted: object) -> Path:
    if not isinstance(value, str):
        raise TypeError("path")
    return Path(value)


def _moment(value: object, wanted: Any) -> object:  # noqa: ANN401 - date, time or datetime
    if not isinstance(value, str):
        raise TypeError(wanted.__name__)
    return wanted.fromisoformat(value)


def _union(value: object, wanted: object) -> object:
    """Take the first type that fits, as the configuration's own conversion does."""
    if value is None and types.NoneType in typing.get_args(wanted):
        return None
    for kind in typing.get_args(wanted):
        if kind is types.NoneType:
            continue
        try:
            made: object = _CONVERTER.structure(value, kind)
        except Exception:  # noqa: BLE001, S112 - whatever a class's own checks raise: the next may fit
            continue
        return made
    raise TypeError("union")


def _attrs_value(settings: Any) -> dict[str, object]:  # noqa: ANN401 - an instance of any attrs class
    return {field.name: to_plain(getattr(settings, field.name)) for field in attrs.fields(type(settings)) if field.init}


def _attrs_made(value: Any, wanted: Any) -> object:  # noqa: ANN401 - a table, and a class
    fields = [field for field in attrs.fields(attrs.resolve_types(wanted)) if field.init]
    if not isinstance(value, dict) or value.keys() != {field.name for field in fields}:
        raise TypeError(wanted.__name__)
    made: object = wanted(
        **{field.alias or field.name: _CONVERTER.structure(value[field.name], field.type or Any) for field in fields},
    )
    return made


def _is_union(kind: Any) -> bool:  # noqa: ANN401 - a type form has no type yet (PEP 747)
    return typing.get_origin(kind) in _UNIONS


def _is_sequence(kind: Any) -> bool:  # noqa: ANN401 - the same
    return typing.get_origin(kind) is Sequence


def _is_attrs(kind: object) -> bool:
    return isinstance(kind, type) and attrs.has(kind)


def _made_converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    for kind in _EXACT:
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook(Path, _path)
    converter.register_unstructure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, Path), str)
    for moment in (date, time, datetime):
        converter.register_structure_hook(moment, _moment)
        converter.register_unstructure_hook(moment, lambda value: value.isoformat())
    converter.register_structure_hook_func(_is_attrs, _attrs_made)
    converter.register_unstructure_hook_func(_is_attrs, _attrs_value)
    converter.register_structure_hook_func(_is_union, _union)
    converter.register_structure_hook_func(
        _is_sequence,
        lambda value, kind: tuple(converter.structure(item, typing.get_args(kind)[0]) for item in value),
    )
    converter.register_unstructure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, AbstractSet),
        lambda value: sorted((converter.unstructure(item) for item in value), key=repr),
    )
    converter.register_unstructure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, tuple | list),
        lambda value: [converter.unstructure(item) for item in value],
    )
    converter.register_unstructure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, enum.Enum),
        lambda value: value.value,
    )
    return converter


_CONVERTER: Final = _made_converter()
