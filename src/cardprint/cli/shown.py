"""How a command opens its station, shows its result, and refuses."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cardprint.errors import CardprintError, ConfigurationError
from cardprint.language import Sentence, language_of, translated
from cardprint.language import Sentence as _
from cardprint.station import Station
from cardprint.station.told import Table, plain

__all__ = ["Shown", "by_option", "command", "refusing", "together", "witness_option"]

by_option = click.option("--by", required=True, metavar="NAME", help="Who does this.")
witness_option = click.option("--witness", default="", metavar="NAME", help="The second person.")


class Shown:
    """Show one result: sentences for people in their language, or one JSON value for machines."""

    def __init__(self, station: Path, *, as_json: bool) -> None:
        self.as_json = as_json
        self._station = station
        self._language = language_of(os.environ)

    def configuration(self, *, needed: bool = False) -> Path | None:
        """Give the path of the ``station.toml`` of ``--station``; None where nothing was named and none is here."""
        path = self._station / "station.toml" if self._station.is_dir() else self._station
        if path.exists():
            return path
        if needed or path != Path("station.toml"):
            raise ConfigurationError(
                _("there is no station at {path}.", path=path),
                cure=_("Make one: cardprint init FOLDER, or name one: --station PATH"),
            )
        return None

    @contextmanager
    def station(self) -> Iterator[Station]:
        """Open the station of ``--station``."""
        with Station.open(self.configuration(needed=True) or self._station) as station:
            self._language = language_of(os.environ, station.config.language)
            yield station

    def text(self, text: object) -> str:
        """Give a text in the language of whoever reads it."""
        return translated(text, self._language)

    def result(self, value: object, *told: str | Table) -> None:
        """Show a command's result."""
        if self.as_json:
            click.echo(json.dumps(plain(value)))
            return
        for each in told:
            for line in each.lines(self.text) if isinstance(each, Table) else [self.text(each).rstrip()]:
                click.echo(line)

    def done(self, value: object, *templates: str) -> None:
        """Show what was done, in sentences whose values are the result's own, or ``seen``, the result as a whole."""
        values = dict(value) if isinstance(value, Mapping) else {}
        self.result(value, *(Sentence(each, seen=value, **values) for each in templates))

    def progress(self, line: str) -> None:
        """Tell people how far it is; machines are told the result alone."""
        if not self.as_json:
            click.echo(self.text(line), err=sys.stderr.isatty())


@contextmanager
def refusing(shown: Shown) -> Iterator[None]:
    """Turn a refusal into what to do next, and into exit code 1."""
    try:
        yield
    except CardprintError as error:
        if shown.as_json:
            refusal = {"error": error.message, "cure": error.cure, "blank_touched": error.blank_touched}
            click.echo(json.dumps(refusal))
        else:
            click.echo(f"cardprint: {shown.text(error.message)}", err=True)
            if error.blank_touched:
                click.echo(shown.text(_("A blank may have moved.")), err=True)
            if error.cure:
                click.echo(shown.text(error.cure), err=True)
        sys.exit(1)


def together(*decorators: Callable[..., Any]) -> Callable[..., Any]:
    """Put decorators together to one, the first outermost."""
    return lambda function: functools.reduce(lambda made, decorate: decorate(made), reversed(decorators), function)


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
        shown = Shown(station, as_json=as_json)
        with refusing(shown):
            function(shown, **arguments)

    return wrapped
