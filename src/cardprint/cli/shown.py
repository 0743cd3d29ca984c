"""How a command opens its station and shows its result: to people, to a file, to a program."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import click
from click.core import ParameterSource

from cardprint.cli.refusal import STATION, exact, refusing
from cardprint.errors import ConfigurationError
from cardprint.station import Station

__all__ = ["Listing", "Shown", "by_option", "command", "counted", "json_option", "listing", "plain", "witness_option"]

by_option = click.option("--by", required=True, metavar="NAME", help="Who does this.")
witness_option = click.option("--witness", default="", metavar="NAME", help="The second person.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON value for machines.")

_SELDOM = 20


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


def counted(counts: Iterable[tuple[object, int]]) -> str:
    """Say counts in one line, without those that are none."""
    return ", ".join(f"{count} {name}" for name, count in counts if count) or "none"


@attrs.frozen
class Listing:
    """Hold rows of text below their titles."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def show(self) -> None:
        """Print a table that fits a terminal, else plain columns."""
        if sys.stdout.isatty():
            self._draw()
            return
        widths = [max(map(len, column)) for column in zip(self.titles, *self.rows, strict=True)]
        for row in (self.titles, *self.rows):
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _draw(self) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for title in self.titles:
            table.add_column(title, overflow="fold")
        for row in self.rows:
            table.add_row(*map(Text, row))
        Console().print(table)


def listing(titles: str, rows: Iterable[Sequence[object]]) -> Listing:
    """Set rows in columns below their titles, which are given as ``first, second``."""
    cells = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Listing(tuple(titles.split(", ")), cells)


class Shown:
    """Show one result: sentences for people, or one JSON value for machines."""

    def __init__(self, station: Path | None = None, *, as_json: bool) -> None:
        self.as_json = as_json
        self._station = station or Path("station.toml")

    @contextmanager
    def station(self) -> Iterator[Station]:
        """Open the station of ``--station``."""
        path = self._station / "station.toml" if self._station.is_dir() else self._station
        if not path.exists():
            raise ConfigurationError(
                f"there is no station at {path}.",
                cure="Make one: cardprint init FOLDER, or name one: cardprint --station PATH ...",
            )
        with Station.open(path) as station:
            yield station

    def result(self, value: object, *parts: str | Listing) -> None:
        """Show a command's result."""
        if self.as_json:
            click.echo(json.dumps(plain(value)))
            return
        for part in parts:
            if isinstance(part, Listing):
                part.show()
            else:
                click.echo(exact(part))

    @property
    def on_terminal(self) -> bool:
        """Say whether somebody looks on."""
        return sys.stderr.isatty() and not self.as_json

    def progress(self, line: str) -> None:
        """Tell people how far it is; machines are told the result alone."""
        if not self.as_json:
            click.echo(line, err=sys.stderr.isatty())

    @contextmanager
    def working(self, first: str) -> Iterator[Callable[[str], None]]:
        """Give a function that tells how far it is: a line that moves on a terminal, else one now and then."""
        if not self.on_terminal:
            calls = itertools.count(1)
            yield lambda line: None if next(calls) % _SELDOM else self.progress(line)
            return
        from rich.console import Console
        from rich.text import Text

        with Console(stderr=True).status(Text(first)) as status:
            yield lambda line: status.update(Text(line))


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--station`` and ``--json``, a ``Shown`` as first argument, and one way to refuse."""

    @click.option(
        "--station",
        type=click.Path(path_type=Path),
        help="The station's configuration, or its folder; else the one named before the command.",
    )
    @json_option
    @click.pass_context
    @functools.wraps(function)
    def wrapped(ctx: click.Context, /, station: Path | None, *, as_json: bool, **arguments: object) -> None:
        root = ctx.find_root()
        named = station or root.params.get("station")
        if station or root.get_parameter_source("station") is ParameterSource.COMMANDLINE:
            ctx.meta[STATION] = named
        with refusing(as_json=as_json):
            function(Shown(Path(named) if named else None, as_json=as_json), **arguments)

    return wrapped
