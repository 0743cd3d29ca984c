"""An office at its keyboard: two people, two printers that are folders."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from cardprint.cli.app import root
from support.stations import Bench, requests

__all__ = ["STATION", "Office", "doubtful_station", "small_office"]

STATION = """
[station]
people = 2

[renderer]
plugin = "none"

[printers.P1]
driver = "folder"
device = "folder:out1"

[printers.P2]
driver = "folder"
device = "folder:out2"
"""


class Office:
    """Type commands at a station and count them."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = environment
        self.commands = 0

    def try_typing(self, line: str, *, keys: str = "") -> Result:
        """Type a command, whatever comes of it."""
        self.commands += 1
        words = [*line.split()[1:], "--station", str(self.folder)]
        return CliRunner().invoke(root, words, input=keys, env=self.environment)

    def type(self, line: str, *, keys: str = "") -> str:
        """Type a command that is done, and give what it shows."""
        result = self.try_typing(line, keys=keys)
        assert result.exit_code == 0, result.output
        return result.output


def small_office(folder: Path, people: int, **environment: str) -> Office:
    """Open an office with a file of people to print."""
    folder.mkdir(mode=0o700)
    (folder / "station.toml").write_text(STATION, "utf-8")
    rows = "".join(f"r{number},{number}\n" for number in range(people))
    (folder / "people.csv").write_text(f"request_id,subject_id\n{rows}", "utf-8")
    return Office(folder, **environment)


def doubtful_station(folder: Path, **environment: str) -> Office:
    """Leave a station that died with a card in doubt, on a printer that proves nothing."""
    bench = Bench(folder, tier="T0")
    station = bench.open()
    station.requests.submit(requests(1))
    bench.stock(station, 3)
    bench.work(station, steps=5)
    bench.crash(station)
    with bench.open() as again:
        again.step()
    (folder / "station.toml").write_text(STATION, "utf-8")
    return Office(folder, **environment)
