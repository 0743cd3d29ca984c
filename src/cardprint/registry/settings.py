"""Turn tables of a configuration into typed values, with errors that name file, table and key."""

from __future__ import annotations

import difflib
import enum
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

import attrs
import cattrs
from cattrs.errors import StructureHandlerNotFoundError

from cardprint.errors import ConfigurationError, PluginError

__all__ = ["Where", "closest", "convert", "typed_values"]

T = TypeVar("T")

_COLLECTIONS: Final[Mapping[object, type]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    Sequence: tuple,
    Iterable: tuple,
    AbstractSet: frozenset,
}
_MAPPINGS: Final = (dict, Mapping)
_UNIONS: Final = (typing.Union, types.UnionType)
_WORDS: Final[Mapping[object, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    Path: "a path as text",
    date: "a date",
    time: "a time",
    datetime: "a date with time",
}
_LONGEST: Final = 300


@attrs.frozen(kw_only=True)
class Where:
    """Name the place of a value, for error messages."""

    file: str = ""
    """The configuration file; empty where the configuration is a value of the program."""
    table: str = ""
    """The table, as in ``printers.P1``; empty for the top level."""

    def error(self, key: str, problem: str, *, cure: str = "") -> ConfigurationError:
        """Make the error that tells of ``problem`` at ``key``; an empty key means the table itself."""
        at = " ".join(part for part in (self.table and f"[{self.table}]", key and f"`{key}`") if part)
        place = ": ".join(part for part in (self.file or "configuration", at) if part)
        return ConfigurationError(f"{place}: {problem}.", cure=cure)


class _WrongError(ValueError):
    """Carry what is wrong with one value, and the way to it inside its key."""

    def __init__(self, problem: str, *, path: str = "", cure: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.cure = cure

    def below(self, step: str) -> _WrongError:
        return _WrongError(self.problem, path=f"{step}{self.path}", cure=self.cure)


def closest(name: str, known: Iterable[str]) -> str:
    """Suggest what may have been meant and list what there is, as two sentences."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    return f"{meant}Known: {', '.join(names)}." if names else "None are known here."


def convert(table: Mapping[str, object], settings: type[T], where: Where) -> T:
    """Make a value of the attrs class ``settings`` from a table.

    Raises ConfigurationError for what the table has wrong, and PluginError where the class itself cannot be
    filled from a table.
    """
    if not attrs.has(settings):
        raise PluginError(f"Settings class {_name(settings)} is no attrs class.", cure="Tell the plugin's author.")
    try:
        return cast("T", _attrs_value(table, settings))
    except _WrongError as wrong:
        cure = wrong.cure or closest("", [field.name for field in attrs.fields(settings)])
        raise where.error(wrong.path.lstrip("."), wrong.problem, cure=cure) from None


def typed_values(table: Mapping[str, object], known: Mapping[str, object], where: Where) -> dict[str, Any]:
    """Convert the values of a table to the types in ``known``; a key that is not among them is an error."""
    try:
        return _values(table, known)
    except _WrongError as wrong:
        raise where.error(wrong.path.lstrip("."), wrong.problem, cure=wrong.cure or closest("", known)) from None


def _values(table: Mapping[str, object], known: Mapping[str, object]) -> dict[str, Any]:
    for key in table:
        if key not in known:
            raise _WrongError("there is no such key", path=f".{_shorten(key)}", cure=closest(key, known))
    return {key: _item(value, known[key], f".{key}") for key, value in table.items()}


def _attrs_value(table: object, cls: type) -> object:
    if not isinstance(table, Mapping):
        raise _WrongError(f"needs a table, not {_kind(table)}")
    try:
        fields = [field for field in attrs.fields(attrs.resolve_types(cls)) if field.init]
    except NameError as error:
        raise PluginError(f"Settings class {_name(cls)} has a type that cannot be found: {error}.") from error
    values = _values(table, {field.name: field.type for field in fields})
    for field in fields:
        if field.default is attrs.NOTHING and field.name not in values:
            raise _WrongError("is missing", path=f".{field.name}")
    try:
        made: object = cls(
            **{field.alias or field.name: values[field.name] for field in fields if field.name in values}
        )
    except Exception as error:  # noqa: BLE001  # whatever a class's own validators raise
        raise _refusal(error, values) from None
    return made


def _refusal(error: Exception, values: Mapping[str, object]) -> _WrongError:
    # attrs' validators quote the field, and at the end the value, which may be a password.
    sentence = str(error.args[0]) if error.args else type(error).__name__
    for text in (value for value in values.values() if isinstance(value, str) and value):
        sentence = sentence.replace(repr(text), "...")
    named = next((part for part in sentence.split("'")[1::2] if part in values), "")
    return _WrongError(_shorten(sentence), path=f".{named}" if named else "")


def _wrong(error: Exception, wanted: object, value: object) -> _WrongError:
    # Own conversions say what is wrong; what cattrs raises may quote the value, which may be a secret.
    if isinstance(error, _WrongError):
        return error
    return _WrongError(f"needs {_describe(wanted)}, not {_kind(value)}")


def _exactly(value: object, wanted: type) -> object:
    # A program that takes "12" for 12 and true for 1 hides the slip until it matters.
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not wanted:
        raise _WrongError(f"needs {_describe(wanted)}, not {_kind(value)}")
    return value


def _path(value: object, _wanted: object) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _WrongError(f"needs a path as text, not {_kind(value)}")
    return Path(value)


def _enum(value: object, wanted: type[enum.Enum]) -> enum.Enum:
    for member in wanted:
        if member.value == value:
            return member
    raise _WrongError(f"needs {_describe(wanted)}")


def _literal(value: object, wanted: object) -> object:
    for allowed in typing.get_args(wanted):
        if type(allowed) is type(value) and allowed == value:
            return value
    raise _WrongError(f"needs {_describe(wanted)}")


def _collection(value: object, wanted: object) -> object:
    if not isinstance(value, list | tuple):
        raise _WrongError(f"needs a list, not {_kind(value)}")
    origin, arguments = _origin(wanted), typing.get_args(wanted)
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        if len(value) != len(arguments):
            raise _WrongError(f"needs a list of {len(arguments)}, not of {len(value)}")
        kinds = list(arguments)
    else:
        kinds = [arguments[0] if arguments else Any] * len(value)
    items = [_item(item, kind, f"[{number}]") for number, (item, kind) in enumerate(zip(value, kinds, strict=True))]
    made: object = _COLLECTIONS[origin](items)
    return made


def _mapping(value: object, wanted: object) -> object:
    if not isinstance(value, Mapping):
        raise _WrongError(f"needs a table, not {_kind(value)}")
    _, kind = typing.get_args(wanted) or (str, Any)
    return {key: _item(item, kind, f".{_shorten(str(key))}") for key, item in value.items()}


def _union(value: object, wanted: object) -> object:
    problems = []
    for kind in typing.get_args(wanted):
        if kind is types.NoneType:
            if value is None:
                return None
            continue
        try:
            return _item(value, kind, "")
        except _WrongError as wrong:
            problems.append(wrong)
    if len(problems) == 1:
        raise problems[0]
    raise _WrongError(f"needs {_describe(wanted)}, not {_kind(value)}")


def _item(value: object, kind: Any, step: str) -> object:  # noqa: ANN401  # a type form has no type yet (PEP 747)
    try:
        made: object = _CONVERTER.structure(value, kind)
    except StructureHandlerNotFoundError as error:
        raise PluginError(f"Setting {step.lstrip('.')} has a type that no table can fill: {error}.") from error
    except PluginError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a conversion raises
        raise _wrong(error, kind, value).below(step) from None
    return made


def _origin(kind: Any) -> Any:  # noqa: ANN401  # a type form has no type yet (PEP 747)
    return typing.get_origin(kind) or kind


def _is_attrs(kind: object) -> bool:
    return isinstance(kind, type) and attrs.has(kind)


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


def _describe(wanted: object) -> str:
    origin, arguments = _origin(wanted), typing.get_args(wanted)
    if origin in _UNIONS:
        return " or ".join(_describe(kind) for kind in arguments if kind is not types.NoneType)
    if origin is Literal:
        return "one of " + ", ".join(map(str, arguments))
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return "one of " + ", ".join(str(member.value) for member in wanted)
    if origin in _COLLECTIONS:
        return "a list"
    if origin in _MAPPINGS or _is_attrs(wanted):
        return "a table"
    return _WORDS.get(wanted, _name(wanted))


def _kind(value: object) -> str:
    if value == "":
        return "empty text"
    return _WORDS.get(type(value), type(value).__name__)


def _name(wanted: object) -> str:
    return getattr(wanted, "__qualname__", str(wanted))


def _shorten(text: str) -> str:
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _made_converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    for kind in (str, int, float, bool, date, time, datetime):
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook(Path, _path)
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _wanted: value)
    converter.register_structure_hook_func(_is_attrs, _attrs_value)
    converter.register_structure_hook_func(_is_enum, _enum)
    converter.register_structure_hook_func(lambda kind: _origin(kind) is Literal, _literal)
    converter.register_structure_hook_func(lambda kind: _origin(kind) in _MAPPINGS, _mapping)
    converter.register_structure_hook_func(lambda kind: _origin(kind) in _COLLECTIONS, _collection)
    converter.register_structure_hook_func(lambda kind: _origin(kind) in _UNIONS, _union)
    return converter


_CONVERTER: Final = _made_converter()
