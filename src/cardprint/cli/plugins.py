"""Plugins: list them, try them, make one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cardprint.cli.shown import Shown, command
from cardprint.station.told import of_plugins, of_trials, plain

__all__ = ["plugins"]


@click.group(invoke_without_command=True)
@command
def plugins(shown: Shown) -> None:
    """List plugins, what they ship, and why one is not loaded.

    Where there is no station, as if any might load. With --json also the line for `[plugins] allow`.
    Example: cardprint plugins
    """
    if click.get_current_context().invoked_subcommand is None:
        from cardprint.station.plugins import installed

        found = installed(shown.configuration())
        shown.result(found, *of_plugins(found))


@plugins.command()
@click.argument("name", metavar="[NAME]", default="")
@command
def check(shown: Shown, name: str) -> None:
    """Load each plugin, or the one named, in a process of its own; exit code 1 where something is wrong with one.

    Its parts are what they have to be, its files as they were installed. One that a station died of may load again
    once it does so here. Example: cardprint plugins check acme
    """
    from cardprint.station.plugins import checked

    trials = checked(shown.configuration(), name)
    shown.result([{"ok": trial.ok, **plain(trial)} for trial in trials], *of_trials(trials))
    if not all(trial.ok for trial in trials):
        sys.exit(1)


@plugins.command()
@click.argument("kind", type=click.Choice(["driver", "source", "policy", "renderer", "encoder"]))
@click.argument("name")
@click.option("--defaults", is_flag=True, help="Ask nothing.")
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Its folder; else cardprint-NAME.")
@click.option("--again", is_flag=True, help="Write over what the template made before, with the same answers.")
@click.option("--template", default="", metavar="SOURCE", help="Another template: a folder or a Git repository.")
@command
def new(shown: Shown, kind: str, name: str, *, defaults: bool, output: Path | None, again: bool, template: str) -> None:
    """Make a plugin's package that installs, is found and passes its own tests; KIND says what it ships.

    Example: cardprint plugins new driver acme --defaults
    """
    from cardprint.station.scaffold import made

    ask = not (defaults or again or shown.as_json)
    folder = made(kind, name, output or Path(f"cardprint-{name}"), ask=ask, again=again, template=template)
    shown.done({"folder": folder}, "Made {folder}.", "Next: pip install --editable {folder} && cardprint plugins")
