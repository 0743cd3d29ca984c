"""The commands by name; each is imported when it is asked for, so that ``--version`` stays quick."""

from __future__ import annotations

import sys
from importlib import import_module

import click

__all__ = ["COMMANDS", "main", "root"]

COMMANDS = {
    "init": ("day:init", "Write a commented station.toml."),
    "import": ("day:import_", "Take in a file of requests."),
    "run": ("day:run", "Print until nothing more can be done."),
    "stop": ("day:stop", "Ask the running station to stop."),
    "status": ("day:status", "Show the station at a glance."),
    "check": ("day:check", "Inspect the whole store, or back it up."),
    "jobs": ("jobs:jobs", "List, explain and decide about jobs and their cards."),
    "stock": ("stock:stock", "Receive, load, count and report blanks."),
    "printers": ("printers:printers", "List, find, pause, test and see to printers."),
    "journal": ("journal:journal", "Show, export and prove the journal."),
    "sources": ("sources:sources", "Pull from sources, tell them of outcomes."),
    "sync": ("sources:sync", "Tell sources of outcomes and take in what they have."),
    "designs": ("designs:designs", "See how cards look, before one is made."),
    "plugins": ("plugins:plugins", "List, check and make plugins."),
    "demo": ("play:demo", "Work a small office's day on made-up people."),
    "simulate": ("play:simulate", "Work an office off in virtual time."),
}
"""Name to (module and command, line of help)."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"cardprint.cli.{module}"), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click calls so
    if value:
        from importlib.metadata import version

        click.echo(f"cardprint {version('cardprint')}")
        ctx.exit()


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
def root() -> None:
    """Print identity cards, and account for every blank.

    A first day: cardprint init office; cd office; cardprint import people.zip; cardprint stock receive 100 --by NAME;
    cardprint stock load P1 100 --by NAME --witness NAME; cardprint run; cardprint status.
    """


def main() -> None:
    """Run the command line and exit: 0 done, 1 refused or failed, 2 usage."""
    try:
        root(prog_name="cardprint", standalone_mode=True)
    except BrokenPipeError:
        # Whoever read the output has gone; there is nobody to tell.
        sys.stderr.close()
        sys.exit(1)
