"""The command ``cardprint-osia``: keys for bundles, and the centre's desk."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from cardprint.errors import CardprintError, InputError
from cardprint_osia.desk import Desk
from cardprint_osia.envelope import HEAD_BYTES, read_head
from cardprint_osia.keys import Keys, make_keys, read_public
from cardprint_osia.keys import trust as trust_key

__all__ = ["main"]

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_DESK = click.option(
    "--desk", default="desk.toml", show_default=True, type=click.Path(dir_okay=False, path_type=Path), help="The desk."
)


class _Clock:
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except CardprintError as error:
        click.echo(f"cardprint-osia: {error.message}", err=True)
        if error.cure:
            click.echo(error.cure, err=True)
        sys.exit(1)


@click.group()
def main() -> None:
    """Make keys for bundles, make bundles at the centre, and take in those of offices."""


@main.group()
def keys() -> None:
    """Make keys, show fingerprints, and say whose keys are trusted."""


@keys.command()
@_FOLDER
@click.argument("name")
@click.option("--renew", is_flag=True, help="Make new ones; the old one opens bundles that are on their way.")
@click.option("--replace", is_flag=True, help="Make new ones and drop the old, as after a theft.")
def make(folder: Path, name: str, *, renew: bool, replace: bool) -> None:
    """Make the keys of office or centre NAME in FOLDER. Example: cardprint-osia keys make keys office-7."""
    with _refusing():
        public = make_keys(folder, name, renew=renew, replace=replace)
        click.echo(f"Give {folder / 'own.pub'} to the other side, and read aloud:\n{public.fingerprint}")


@keys.command()
@_FILE
def show(file: Path) -> None:
    """Show name and fingerprint of a public key FILE. Example: cardprint-osia keys show office-7.pub."""
    with _refusing():
        public = read_public(file)
        click.echo(f"{public.name}\n{public.fingerprint}")


@keys.command()
@_FOLDER
@_FILE
@click.option("--fingerprint", required=True, metavar="DIGITS", help="As the other side has read it aloud.")
def trust(folder: Path, file: Path, fingerprint: str) -> None:
    """Trust the public key FILE, if it has the fingerprint that was read aloud.

    Example: cardprint-osia keys trust keys centre.pub --fingerprint "01234 56789 ..."
    """
    with _refusing():
        public = trust_key(folder, file, fingerprint)
        click.echo(f"Bundles of {public.name} are taken from now on.")


@keys.command("list")
@_FOLDER
def list_(folder: Path) -> None:
    """List the keys in FOLDER, our own first. Example: cardprint-osia keys list keys."""
    with _refusing():
        held = Keys.load(folder)
        for key in (held.public, *held.trusted):
            click.echo(f"{key.name}\t{key.fingerprint}")


@keys.command()
@_FOLDER
@click.argument("fingerprint")
def drop(folder: Path, fingerprint: str) -> None:
    """Trust a key no more, by its fingerprint. Example: cardprint-osia keys drop keys "01234 56789 ..."."""
    with _refusing():
        said = "".join(filter(str.isdigit, fingerprint))
        found = [
            path
            for path in (folder / "trusted").glob("*.pub")
            if said == read_public(path).fingerprint.replace(" ", "")
        ]
        if not found:
            raise InputError("No key with this fingerprint is trusted.", cure=f"See: cardprint-osia keys list {folder}")
        for path in found:
            path.unlink()
        click.echo("Bundles that it signs are taken no more.")


@main.command()
@click.argument("office")
@_FILE
@click.option("--follow", type=click.IntRange(min=0), help="The last bundle that the office has; later ones are lost.")
@_DESK
def bundle(office: str, file: Path, follow: int | None, desk: Path) -> None:
    """Write what is new for OFFICE into FILE. Example: cardprint-osia bundle office-7 /media/stick/office-7.bundle."""
    with _refusing(), contextlib.closing(Desk(desk, _Clock())) as opened:
        envelope = opened.bundle(office, file, follow=follow)
        click.echo(f"{file}: bundle {envelope.sequence} for {office}, until {envelope.expires}.")


@main.command()
@_FILE
@_DESK
def take(file: Path, desk: Path) -> None:
    """Tell the centre the outcomes of an office in FILE. Example: cardprint-osia take outcomes.bundle."""
    with _refusing(), contextlib.closing(Desk(desk, _Clock())) as opened:
        taken = opened.take(file)
        click.echo(f"{taken.office}: {taken.accepted} accepted, {taken.refused} refused; it has bundle {taken.bundle}.")
        click.echo(f"The receipts go with the next bundle: cardprint-osia bundle {taken.office} FILE")


@main.command("show")
@_FILE
def show_bundle(file: Path) -> None:
    """Show what the head of a bundle says; nothing is verified. Example: cardprint-osia show office-7.bundle."""
    with _refusing():
        try:
            with file.open("rb") as stream:
                envelope, _ = read_head(stream.read(HEAD_BYTES), file)
        except OSError as error:
            raise InputError(f"{file} cannot be read ({error.strerror}).", cure="Check its name.") from None
        for name in envelope.__struct_fields__:
            click.echo(f"{name}\t{getattr(envelope, name)}")
