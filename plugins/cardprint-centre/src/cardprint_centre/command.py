"""The command ``cardprint-centre``."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import uvicorn

from cardprint_centre.app import make_app
from cardprint_centre.records import Records, Refused
from cardprint_centre.tokens import ALL_SCOPES, Tokens

__all__ = ["main"]

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_KNOWN_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def main() -> None:
    """Run a small centre for tests and training; made-up people only."""


@main.command()
@_FILE
@click.option("--port", default=8600, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Others serve other computers, unencrypted.")
def serve(file: Path, host: str, port: int) -> None:
    """Serve the records of FILE on this computer, until interrupted."""
    click.echo(f"http://{host}:{port}")
    uvicorn.run(make_app(Records(str(file)), _tokens(file)), host=host, port=port, log_level="warning")


@main.command()
@_FILE
@click.argument("station")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(ALL_SCOPES), help="Only this; may come again.")
def token(file: Path, station: str, scopes: tuple[str, ...]) -> None:
    """Show the token of STATION, or of a desk, for all that the centre does; put it alone into a file of mode 0600."""
    click.echo(_tokens(file).issue(station, scopes or ALL_SCOPES))


@main.command()
@_FILE
@click.argument("station")
def secret(file: Path, station: str) -> None:
    """Show the secret with which STATION asks for tokens at /token; put it alone into a file of mode 0600."""
    click.echo(_tokens(file).client_secret(station))


@main.command()
@_FILE
@click.argument("count", type=click.IntRange(1, 100_000))
def people(file: Path, count: int) -> None:
    """Put COUNT print-ready records of made-up people into FILE."""
    records = Records(str(file))
    start = datetime.now(UTC).date()
    for number in range(count):
        data = {
            "priority": number % 10,
            "credentialProfileId": "standard",
            "requestType": "FIRST_ISSUANCE",
            "others": {"waitingSince": (start - timedelta(days=number % 90)).isoformat()},
        }
        body = {"personId": f"S-{secrets.token_hex(8)}", "biographicData": {"name": f"Orang Contoh {number}"}}
        records.create(f"R-{secrets.token_hex(6)}", {**body, "requestData": data}, "print-ready")
    records.close()


@main.command()
@_KNOWN_FILE
def verify(file: Path) -> None:
    """Verify every captured request for correctness and uniqueness; a duplicate is never printed."""
    records = Records(str(file))
    found = Counter(records.verify(request_id) for request_id in records.unverified())
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in sorted(found.items())) or "Nothing waits.")


@main.command()
@_KNOWN_FILE
def overdue(file: Path) -> None:
    """List leases that are past their date; only a person frees them (reclaim)."""
    for request_id, station in Records(str(file)).overdue(date.today()):  # noqa: DTZ011 - the centre's own day
        click.echo(f"{request_id}\t{station}")


@main.command()
@_KNOWN_FILE
@click.argument("station")
@click.argument("request_id")
@click.option("--sure", is_flag=True, help="The station has said, or it is proven, that the card is not printed.")
def reclaim(file: Path, station: str, request_id: str, *, sure: bool) -> None:
    """Take a record back from STATION, so that another may print it."""
    if not sure:
        raise click.UsageError("Ask the station first whether the card is printed; then add --sure.")
    if not Records(str(file)).release([request_id], station):
        raise click.ClickException("The station does not hold this record.")
    click.echo("It waits at the centre again; the station is told when it asks next.")


@main.command()
@_KNOWN_FILE
@click.argument("request_id")
def revoke(file: Path, request_id: str) -> None:
    """Revoke a request of which there is no card yet."""
    try:
        Records(str(file)).cancel(request_id)
    except Refused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo("It is revoked; the station that holds it is told when it asks next.")


@main.command()
@_KNOWN_FILE
def outcomes(file: Path) -> None:
    """Show every outcome that has arrived, as lines of JSON."""
    for each in Records(str(file)).outcomes():
        click.echo(json.dumps(each))


@main.command()
@_KNOWN_FILE
def credentials(file: Path) -> None:
    """Show every credential, whether it holds, and if not, why not, as lines of JSON."""
    for each in Records(str(file)).credentials.every():
        click.echo(json.dumps(each))


def _tokens(file: Path) -> Tokens:
    path = file.with_name(file.name + ".secret")
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(32))
    return Tokens(hashlib.sha256(path.read_bytes()).hexdigest())
