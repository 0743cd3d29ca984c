"""How a command refuses: what happened, whether a blank was touched, and the exact next command."""

from __future__ import annotations

import errno
import json
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cardprint.errors import CardprintError, ConfigurationError

__all__ = ["STATION", "exact", "refusing", "unexpected"]

STATION = "cardprint.station"
"""Under this name a command's context keeps the station that was named on the command line."""

_COMMAND = re.compile(r"\bcardprint (?=(?:import|run|stop|status|check|jobs|stock|printers|sources|plugins)\b)")


def exact(text: str) -> str:
    """Name the station in every command of a text, where it was named to this command and not by the environment."""
    context = click.get_current_context(silent=True)
    station = context.meta.get(STATION) if context else None
    if not station:
        return text
    named = f"cardprint --station {shlex.quote(str(station))} "
    return _COMMAND.sub(lambda _: named, text)


def unexpected(error: BaseException, command: str, *, blank_touched: bool = False) -> CardprintError:
    """State a fault of the program; of the error only type and place, since its text may hold somebody's data."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f" in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return CardprintError(
        f"an unexpected {type(error).__name__}{place}: a fault of cardprint or of a plugin.",
        cure=f"See all of it with --debug in front: cardprint --debug {command.removeprefix('cardprint ')} ...",
        blank_touched=blank_touched,
    )


@contextmanager
def refusing(*, as_json: bool) -> Iterator[None]:
    """Turn a refusal into what to do next, and into exit code 1."""
    context = click.get_current_context()
    try:
        yield
    except CardprintError as error:
        _refuse(error, context, as_json=as_json)
    except KeyboardInterrupt:
        _refuse(
            CardprintError("interrupted; what was stored stays.", cure="The same command again goes on."),
            context,
            as_json=as_json,
        )
    except (click.exceptions.Exit, click.Abort, click.ClickException):
        raise
    except Exception as error:
        if context.find_root().params.get("debug") or (isinstance(error, OSError) and error.errno == errno.EPIPE):
            raise
        # Of all commands only one moves cards.
        touched = context.info_name == "run"
        _refuse(unexpected(error, context.command_path, blank_touched=touched), context, as_json=as_json)


def _refuse(error: CardprintError, context: click.Context, *, as_json: bool) -> None:
    cure = exact(_with_command(error, context.command_path))
    if as_json:
        click.echo(json.dumps({"error": error.message, "cure": cure, "blank_touched": error.blank_touched}))
    else:
        click.echo(f"cardprint: {error.message}", err=True)
        if error.blank_touched:
            click.echo("A blank may have moved.", err=True)
        click.echo(cure, err=True)
    sys.exit(1)


def _with_command(error: CardprintError, command: str) -> str:
    """Let a cure end with a command also where it names none."""
    if re.search(r"\bcardprint [a-z-]", error.cure):
        return error.cure
    following = "Then: cardprint check" if isinstance(error, ConfigurationError) else f"More: {command} --help"
    return f"{error.cure} {following}".lstrip()
