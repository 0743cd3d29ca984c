"""How a command opens its station, shows its result, and refuses."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import click

from cardprint.errors import CardprintError, ConfigurationError
from cardprint.station import Station

__all__ = ["Shown", "by_option", "command", "listing", "plain", "refusing", "witness_option"]

by_option = click.option("--by", required=True, metavar="NAME", help="Who does this.")
witness_option = click.option("--witness", default="", metavar="NAME", help="The second person.")


def plain(value: object) -> Any:  # noqa: ANN401 - JSON has no other type
    """Give a value as JSON has it."""
    fields: tuple[attrs.Attribute[object], ...] = getattr(type(value), "__attrs_attrs__", ())
    if fields:
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.date | Path):
        return str(value)
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def listing(rows: Sequence[Sequence[object]], *titles: str) -> list[str]:
    """Set rows in columns below their titles."""
    table = [list(titles)] + [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(titles))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


class Shown:
    """Show one result: sentences for people, or one JSON value for machines."""

    def __init__(self, station: Path, *, as_json: bool) -> None:
        self.as_json = as_json
        self._station = station

    @contextmanager
    def station(self) -> Iterator[Station]:
        """Open the station of ``--station``."""
        path = self._station / "station.toml" if self._station.is_dir() else self._station
        if not path.exists():
            raise ConfigurationError(
                f"there is no station at {path}.",
                cure="Make one: cardprint init FOLDER, or name one: --station PATH",
            )
        with Station.open(path) as station:
            yield station

    def result(self, value: object, *lines: str) -> None:
        """Show a command's result."""
        if self.as_json:
            click.echo(json.dumps(plain(value)))
        else:
            for line in lines:
                click.echo(line)

    def progress(self, line: str) -> None:
        """Tell people how far it is; machines are told the result alone."""
        if not self.as_json:
            click.echo(line, err=sys.stderr.isatty())


@contextmanager
def refusing(*, as_json: bool) -> Iterator[None]:
    """Turn a refusal into what to do next, and into exit code 1."""
    try:
        yield
    except CardprintError as error:
        if as_json:
            refusal = {"error": error.message, "cure": error.cure, "blank_touched": error.blank_touched}
            click.echo(json.dumps(refusal))
        else:
            click.echo(f"cardprint: {error.message}", err=True)
            if error.blank_touched:
                click.echo("A blank may have moved.", err=True)
            if error.cure:
                click.echo(error.cure, err=True)
        sys.exit(1)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--station`` and ``--json``, a ``Shown`` as first argument, and one way to refuse."""

    @click.option(
        "--station",
        type=click.Path(path_type=Path),
        default="station.toml",
        envvar="CARDPRINT_STATION",
        show_default=True,
        show_envvar=True,
        help="The station's configuration, or its folder.",
    )
    @click.option("--json", "as_json", is_flag=True, help="One JSON value for machines.")
    @functools.wraps(function)
    def wrapped(station: Path, *, as_json: bool, **arguments: object) -> None:
        with refusing(as_json=as_json):
            function(Shown(station, as_json=as_json), **arguments)

    return wrapped
