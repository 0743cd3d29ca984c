"""Read the configuration of a station from its TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from cardprint.errors import ConfigurationError
from cardprint.language import LANGUAGES
from cardprint.model.configuration import DutyLimits, EncoderUse, PluginRules, PluginUse, PrinterConfig, StationConfig
from cardprint.model.retry import RetryLimits
from cardprint.registry.permissions import writable_by_others
from cardprint.registry.settings import Where, closest, typed_values

__all__ = ["read_configuration"]

_TABLES: Final = (
    "encoders",
    "interlocks",
    "plugins",
    "policy",
    "printers",
    "renderer",
    "retry",
    "sources",
    "station",
    "validators",
)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_DEVICE: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\x00-\x1f\x7f]+")
_LARGEST: Final = 2**20
_MANY: Final = 1_000_000
_DAY: Final = 86_400
_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "people": (1, 100_000),
    "business_day_starts": (0, 23),
    # The clocks of the world lie between 12 hours behind UTC and 14 ahead of it.
    "utc_offset_minutes": (-720, 840),
    "threshold": (0, _MANY),
    "quarantine_after": (1, _MANY),
    "cards_per_ribbon": (1, _MANY),
    "ribbons": (0, _MANY),
    "per_day": (1, _MANY),
    "per_hour": (1, _MANY),
    "spoiled": (1, 100),
    "not_fed": (1, _MANY),
    "delay": (0, _DAY),
    "delay_max": (0, _DAY),
}
_DRIVER_PROCESSES: Final = ("process", "inline")


def read_configuration(path: Path) -> StationConfig:
    """Read ``station.toml``; a relative ``folder`` is taken from where the file lies.

    Raises ConfigurationError, which names file, table and key. Reads only: whether the plugins it names are there
    is for the registry.
    """
    file = str(path)
    data = _parse(path)
    where = Where(file=file)
    for name in data:
        if name not in _TABLES:
            raise where.error(name, "there is no such table", cure=closest(name, _TABLES))
    tables = {name: _table(data.get(name, {}), Where(file=file, table=name)) for name in _TABLES}
    station = _station(tables["station"], Where(file=file, table="station"))
    folder: Path = station.pop("folder", Path())
    encoders = _encoders(tables["encoders"], file)
    return StationConfig(
        folder=(path.absolute().parent / folder).resolve(),
        printers=_printers(tables["printers"], file, encoders),
        encoders=encoders,
        sources=_uses(tables["sources"], file, "sources"),
        policy=_use(tables["policy"], Where(file=file, table="policy"), default="first-time-first"),
        renderer=_use(tables["renderer"], Where(file=file, table="renderer"), default="portrait"),
        validators=_uses(tables["validators"], file, "validators"),
        interlocks=_uses(tables["interlocks"], file, "interlocks"),
        plugins=PluginRules(**_fields(tables["plugins"], PluginRules, Where(file=file, table="plugins"))),
        retry=_retry(tables["retry"], Where(file=file, table="retry")),
        **station,
    )


def _parse(path: Path) -> Mapping[str, object]:
    try:
        for place in (path, path.absolute().parent):
            if writable_by_others(place):
                raise ConfigurationError(
                    f"{path}: everybody on this computer may write to {place}, and so decide who gets a card.",
                    cure=f"chmod o-w '{place}'",
                )
        with path.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: there is no such file.", cure="Write one: cardprint init") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path can be like that"
        raise ConfigurationError(f"{path}: it cannot be read ({reason}).", cure="Look at its permissions.") from error
    if len(content) > _LARGEST:
        raise ConfigurationError(f"{path}: it is larger than {_LARGEST} bytes, and so no configuration of a station.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}: line {line} is not UTF-8.", cure="Save the file as UTF-8.") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: it is nested too deeply.") from error
    except ValueError as error:
        raise ConfigurationError(f"{path}: it is not TOML: {error}.") from error


def _table(value: object, where: Where) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise where.error("", "it is a single value and should be a table", cure=f"Write [{where.table}].")
    return value


def _fields(table: Mapping[str, object], cls: type, where: Where, *leave_out: str) -> dict[str, Any]:
    types = {field.name: field.type for field in attrs.fields(attrs.resolve_types(cls))}
    values = typed_values(table, {key: kind for key, kind in types.items() if key not in leave_out}, where)
    _check_ranges(values, where)
    return values


def _check_ranges(values: Mapping[str, Any], where: Where) -> None:
    for key, value in values.items():
        if key in _RANGES and value is not None:
            low, high = _RANGES[key]
            # Written so that TOML's nan is refused as well.
            if not low <= value <= high:
                raise where.error(key, f"{value} is not between {low} and {high}")


def _station(table: Mapping[str, object], where: Where) -> dict[str, Any]:
    values = _fields(table, StationConfig, where, *_TABLES)
    name = values.get("name", "station")
    if not name.strip() or not name.isprintable() or len(name) > 64:  # noqa: PLR2004  # fits a line of a report
        raise where.error("name", "it needs 1 to 64 characters that can be printed")
    language = values.get("language", "")
    if language and language not in LANGUAGES:
        raise where.error("language", "there is no such language", cure=closest(language, LANGUAGES))
    try:
        re.compile(values.get("subject_pattern", ""))
    except (re.error, OverflowError, RecursionError) as error:
        raise where.error("subject_pattern", f"it is no regular expression: {error}") from error
    return values


def _printers(tables: Mapping[str, object], file: str, encoders: Mapping[str, EncoderUse]) -> tuple[PrinterConfig, ...]:
    _check_names(tables, file, "printers")
    printers: list[PrinterConfig] = []
    for name, value in tables.items():
        where = Where(file=file, table=f"printers.{name}")
        printer = _printer(name, _table(value, where), where)
        if printer.encoder and printer.encoder not in encoders:
            raise where.error("encoder", "there is no such encoder", cure=closest(printer.encoder, encoders))
        for other in printers:
            if other.enabled and printer.enabled and other.device == printer.device:
                raise where.error("device", f"{other.name} has the same, and two would feed one printer")
        printers.append(printer)
    return tuple(printers)


def _printer(name: str, table: Mapping[str, object], where: Where) -> PrinterConfig:
    limits = {key: value for key, value in table.items() if key in {"per_day", "per_hour"}}
    known = attrs.fields_dict(attrs.resolve_types(PrinterConfig)).items()
    types = {key: field.type for key, field in known if key not in {"name", "duty"}}
    duty_types = {key: field.type for key, field in attrs.fields_dict(attrs.resolve_types(DutyLimits)).items()}
    values = typed_values(table, types | duty_types, where)
    _check_ranges(values, where)
    for key in ("driver", "device"):
        if not values.get(key):
            raise where.error(key, "is missing" if key not in values else "is empty")
    if not _DEVICE.fullmatch(values["device"]):
        raise where.error("device", "it is no device URI", cure='Write scheme and place, as in "folder:out".')
    if not _NAME.fullmatch(values.get("kind", "standard")):
        raise where.error("kind", f"it is not of the form {_NAME.pattern}")
    process = values.get("driver_process", _DRIVER_PROCESSES[0])
    if process not in _DRIVER_PROCESSES:
        raise where.error("driver_process", "there is no such place", cure=closest(process, _DRIVER_PROCESSES))
    duty = DutyLimits(**{key: values.pop(key) for key in limits})
    return PrinterConfig(name=name, duty=duty, **values)


def _retry(table: Mapping[str, object], where: Where) -> RetryLimits:
    limits = RetryLimits(**_fields(table, RetryLimits, where))
    if limits.delay > limits.delay_max:
        raise where.error("delay", f"{limits.delay} is more than `delay_max`, which is {limits.delay_max}")
    return limits


def _uses(tables: Mapping[str, object], file: str, group: str) -> dict[str, PluginUse]:
    _check_names(tables, file, group)
    places = {name: Where(file=file, table=f"{group}.{name}") for name in tables}
    return {name: _use(_table(value, places[name]), places[name]) for name, value in tables.items()}


def _use(table: Mapping[str, object], where: Where, *, default: str = "") -> PluginUse:
    plugin = table.get("plugin", default)
    if not isinstance(plugin, str):
        raise where.error("plugin", "needs text")
    if not plugin:
        raise where.error("plugin", "is empty" if "plugin" in table else "is missing")
    return PluginUse(plugin=plugin, settings={key: value for key, value in table.items() if key != "plugin"})


def _encoders(tables: Mapping[str, object], file: str) -> dict[str, EncoderUse]:
    uses = _uses(tables, file, "encoders")
    return {name: _encoder(use, Where(file=file, table=f"encoders.{name}")) for name, use in uses.items()}


def _encoder(use: PluginUse, where: Where) -> EncoderUse:
    given = {key: value for key, value in use.settings.items() if key == "fields"}
    fields = typed_values(given, {"fields": tuple[str, ...]}, where).get("fields", ())
    if not fields:
        raise where.error("fields", "it names no field that is to be on a chip")
    rest = {key: value for key, value in use.settings.items() if key != "fields"}
    return EncoderUse(plugin=use.plugin, fields=fields, settings=rest)


def _check_names(tables: Mapping[str, object], file: str, group: str) -> None:
    where = Where(file=file, table=group)
    seen: dict[str, str] = {}
    for name in tables:
        if not _NAME.fullmatch(name):
            raise where.error(
                _printable(name),
                "the name may hold 1 to 32 of A-Z, a-z, 0-9, _ and -, and begins with a letter or a digit",
            )
        # Names become folders, and some file systems do not tell P1 from p1.
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise where.error(name, f"the name differs from {other} in nothing but capitals")


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)[:64]
