"""The page of the command line names what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from cardprint.cli.app import COMMANDS, root

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text("utf-8")


def commands(name: str = "cardprint", command: click.Command = root) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            assert found is not None
            yield from commands(f"{name} {each}", found)
    else:
        yield name, command


def sections() -> dict[str, str]:
    parts = re.split(r"^#+ `(cardprint [^`]+)`$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_its_section_and_no_other_has() -> None:
    documented = {name for name in sections() if name.removeprefix("cardprint ") not in _groups()}
    assert documented == {name for name, _ in commands()}


def _groups() -> set[str]:
    context = click.Context(root)
    return {name for name in COMMANDS if isinstance(root.get_command(context, name), click.Group)}


def test_every_section_names_exactly_the_commands_options() -> None:
    for name, command in commands():
        wanted = {
            option
            for each in command.params
            if isinstance(each, click.Option)
            for option in (*each.opts, *each.secondary_opts)
            if option.startswith("--")
        }
        named = set(re.findall(r"`(--[a-z-]+)`", sections()[name]))
        assert named == wanted, name


def test_there_are_few_commands() -> None:
    assert len(COMMANDS) <= 16


def test_every_command_shows_an_example_in_its_help() -> None:
    for name, command in commands():
        assert f"Example: {name}" in " ".join((command.help or "").split()), name
