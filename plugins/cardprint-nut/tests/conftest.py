from __future__ import annotations

import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.components import require
from support.waiting import wait_for

_UPS = r"""
[office]
driver = dummy-ups
port = office.dev
mode = dummy-once
pollinterval = 1
desc = "The \"big\" one"
"""


class PowerSupply:
    """Be a UPS of one's own: the real upsd and the real dummy driver, whose status is a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = {name: str(require(f"/lib/nut/{name}", "nut-server")) for name in ("dummy-ups", "upsd")}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._edits = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._write("ups.conf", _UPS)
        self._write("upsd.conf", f"LISTEN 127.0.0.1 {self.port}\n")
        self._write("upsd.users", '[station]\npassword = "made \\"up\\" \\\\ word"\nupsmon secondary\n')
        self._write("office.dev", "ups.status: OL\n")

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text, "utf-8")
        path.chmod(0o600)
        return path

    def start(self, name: str, *options: str) -> None:
        """Start ``upsd`` or ``dummy-ups`` where it does not run."""
        if name in self._running:
            return
        user = pwd.getpwuid(os.getuid()).pw_name
        places = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_PIDPATH"), str(self._folder))
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [self._programs[name], *options, "-u", user, "-F"],
                cwd=self._folder,
                env={**os.environ, **places},
                stdout=log,
                stderr=log,
            )

    def start_all(self) -> None:
        """Start both, and wait until they are of one mind."""
        self.start("dummy-ups", "-a", "office")
        self.start("upsd")
        wait_for(lambda: self.status() not in {"", "WAIT"})

    def kill(self, name: str) -> None:
        """Let a program die."""
        self._running[name].kill()
        self._running.pop(name).wait()

    def say(self, status: str) -> None:
        """Let the UPS say something else, and wait until upsd knows."""
        self._edits += 1
        path = self._write("office.dev", f"ups.status: {status}\n")
        # The driver looks at the time of the file, in whole seconds.
        os.utime(path, (self._edits, self._edits))
        self.start_all()
        wait_for(lambda: self.status() == status)

    def status(self) -> str:
        """Ask upsd as anybody does; empty where it does not say."""
        answer = self.ask("GET VAR office ups.status")
        return answer.split('"')[1] if answer.startswith("VAR") else ""

    def ask(self, question: str) -> str:
        """Ask upsd and give the first line of its answer; empty where there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
                connection.sendall(question.encode() + b"\n")
                return connection.makefile().readline().strip()
        except OSError:
            return ""

    def close(self) -> None:
        """End both."""
        for name in tuple(self._running):
            self.kill(name)


@pytest.fixture(scope="session")
def power_supply(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PowerSupply]:
    supply = PowerSupply(tmp_path_factory.mktemp("nut"))
    yield supply
    supply.close()


@pytest.fixture
def ups(power_supply: PowerSupply) -> PowerSupply:
    """Begin every test with mains power."""
    power_supply.say("OL")
    return power_supply
