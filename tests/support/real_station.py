"""A real station on a real command line, over a printer that is a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

__all__ = ["command", "done", "prepare", "status"]

_STATION = """
[station]
people = 1

[renderer]
plugin = "none"

[printers.P1]
driver = "simulator"
device = "{uri}"
"""
_ENCODER = """encoder = "chips"

[encoders.chips]
plugin = "simulator"
fields = ["subject_id", "name"]
"""


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "cardprint.cli", *words, "--station", str(folder / "station.toml")]


def done(folder: Path, *words: str) -> str:
    return subprocess.run(command(folder, *words), check=True, capture_output=True, text=True).stdout


def status(folder: Path) -> dict[str, dict[str, int]]:
    value: dict[str, dict[str, int]] = json.loads(done(folder, "status", "--json"))
    return value


def prepare(
    folder: Path, address: tuple[str, int], *, cards: int, blanks: int = 20, chips: bool = False, encoder: bool = False
) -> None:
    """Configure a station for a printer at this address, with requests and blanks where it has none yet.

    ``chips``: the requests need a chip. ``encoder``: the printer has the simulator's encoder.
    """
    host, port = address
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "station.toml").write_text(_STATION.format(uri=f"sim://{host}:{port}") + _ENCODER * encoder, "utf-8")
    if not (folder / "station.db").exists():
        people = folder / "people.csv"
        needs = "contact-chip" if chips else ""
        rows = "".join(f"r{n},s{n},Orang Contoh {n},{needs}\n" for n in range(cards))
        people.write_text(f"request_id,subject_id,name,needs\n{rows}", "utf-8")
        done(folder, "import", str(people))
        done(folder, "stock", "receive", str(blanks), "--by", "a")
        done(folder, "stock", "load", "P1", str(blanks), "--by", "a")
