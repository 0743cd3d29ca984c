"""Real printers and a real queue that speak IPP, each a process of its own in a folder of its own.

They listen on loopback, on free ports, and end with their fixture. The cards that they printed are files, named by the
job: they are counted there, and not in what anybody says.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.components import require
from support.waiting import wait_for

__all__ = ["CARD", "Bus", "CupsQueue", "EvePrinter", "IppServer", "PapplPrinter", "free_port"]

CARD = "om_card_54x86mm"
_EVE = f"""
ATTR keyword media-supported {CARD}
ATTR keyword media-default {CARD}
ATTR keyword media-ready {CARD}
ATTR keyword media-source-supported main
ATTR keyword media-type-supported stationery
ATTR mimeMediaType document-format-supported image/pwg-raster,application/pdf,image/jpeg
ATTR mimeMediaType document-format-default image/pwg-raster
ATTR collection media-size-supported {{
  MEMBER integer x-dimension 5398
  MEMBER integer y-dimension 8560
}}
ATTR integer copies-default 1
ATTR rangeOfInteger copies-supported 1-1
ATTR keyword sides-supported one-sided,two-sided-long-edge,two-sided-short-edge
ATTR keyword sides-default one-sided
ATTR resolution printer-resolution-supported 300dpi
ATTR resolution printer-resolution-default 300dpi
ATTR resolution pwg-raster-document-resolution-supported 300dpi
ATTR keyword pwg-raster-document-sheet-back rotated
ATTR keyword pwg-raster-document-type-supported srgb_8
ATTR boolean color-supported true
ATTR keyword print-color-mode-supported color
ATTR keyword print-color-mode-default color
ATTR octetString printer-input-tray "type=sheetFeedAutoRemovableTray;maxcapacity=250;level=250;status=0;name=main;"
ATTR octetString printer-supply "index=1;class=receptacleThatIsFilled;type=wasteToner;unit=percent;maxcapacity=100;level=0;colorantname=unknown;","index=2;class=supplyThatIsConsumed;type=ribbonWax;unit=impressions;maxcapacity=200;level=150;colorantname=black;"
ATTR textWithoutLanguage printer-supply-description "Waste","YMCKO ribbon"
"""  # noqa: E501 - a value is one line
_MEDIUM = """ATTR collection {name} {{
  MEMBER collection media-size {{
    MEMBER integer x-dimension 5398
    MEMBER integer y-dimension 8560
  }}
  MEMBER integer media-top-margin 0
  MEMBER integer media-bottom-margin 0
  MEMBER integer media-left-margin 0
  MEMBER integer media-right-margin 0
  MEMBER keyword media-source main
  MEMBER keyword media-type stationery
}}
"""
_MACHINE = """#!/bin/sh
# What the printer does with a document: after what it is told to say, a card comes out, whole or not.
cd '{folder}'
[ -e say ] && cat say >&2
touch "begun/$IPP_JOB_NAME.$$"
while [ -e hold ]; do sleep 0.02; done
[ -e fail ] && exit 1
cp "$1" "cards/.$$" && mv "cards/.$$" "cards/$IPP_JOB_NAME.$$"
[ -e recover ] && cat recover >&2
exit 0
"""
_CUPSD = """
Listen 127.0.0.1:{port}
Browsing Off
DefaultAuthType {auth}
WebInterface No
LogLevel info
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""
_CUPS_FILES = """
ServerRoot {root}
CacheDir {root}/cache
StateDir {root}/run
RequestRoot {root}/spool
TempDir {root}/spool/tmp
AccessLog {root}/access
ErrorLog {root}/error
PageLog {root}/page
Printcap
User lp
Group lp
SystemGroup root
"""


_ASK = """{
    OPERATION Get-Printer-Attributes
    GROUP operation-attributes-tag
    ATTR charset attributes-charset utf-8
    ATTR naturalLanguage attributes-natural-language en
    ATTR uri printer-uri $uri
}
"""


def free_port() -> int:
    """Give a port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Bus:
    """Be the message bus that these servers want even where they announce nothing."""

    def __init__(self) -> None:
        daemon = require("dbus-daemon", "dbus-daemon")
        self._process = subprocess.Popen(
            [daemon, "--session", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class IppServer:
    """Be a server's power switch, and the hand that stands before it."""

    def __init__(self, folder: Path, bus: Bus) -> None:
        self.folder = folder
        self.port = free_port()
        self._bus = bus
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("cards", "begun", "spool"):
            (folder / name).mkdir(parents=True)

    @property
    def uri(self) -> str:
        return f"ipp://localhost:{self.port}/ipp/print"

    def command(self) -> Sequence[str | Path]:
        raise NotImplementedError

    def start(self) -> None:
        """Switch it on, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._answers)

    def environment(self) -> Mapping[str, str]:
        return {"DBUS_SYSTEM_BUS_ADDRESS": self._bus.address, "TMPDIR": str(self.folder)}

    def kill(self) -> None:
        """Cut its power: all of its processes, at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGCONT)

    def put(self, name: str, text: str = "") -> None:
        """Leave it a note: hold, fail, say, reasons."""
        (self.folder / f".{name}").write_text(text, "utf-8")
        (self.folder / f".{name}").rename(self.folder / name)

    def take(self, name: str) -> None:
        """Take the note away."""
        (self.folder / name).unlink()

    def cards(self) -> list[str]:
        """Name the cards that came out, each as often as it did."""
        return sorted(each.name.partition(".")[0] for each in (self.folder / "cards").glob("[!.]*"))

    def begun(self) -> int:
        """Count the cards that were begun."""
        return len(list((self.folder / "begun").iterdir()))

    def card(self, name: str) -> bytes:
        """Give what is on a card."""
        (found,) = (self.folder / "cards").glob(f"{name}.*")
        return found.read_bytes()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text("utf-8")
        try:
            with socket.create_connection(("localhost", self.port), 5):
                return True
        except OSError:
            return False


class EvePrinter(IppServer):
    """Be ippeveprinter, with cards in its hopper."""

    def __init__(self, folder: Path, bus: Bus, *options: str, attributes: str = "") -> None:
        super().__init__(folder, bus)
        self._program = require("ippeveprinter", "cups-ipp-utils")
        self._options = options
        media = "".join(_MEDIUM.format(name=name) for name in ("media-col-default", "media-col-ready"))
        (folder / "attributes").write_text(attributes + _EVE + media, "utf-8")
        machine = folder / "machine"
        machine.write_text(_MACHINE.format(folder=folder), "utf-8")
        machine.chmod(0o700)

    def command(self) -> Sequence[str | Path]:
        own = ["-r", "off", "-n", "localhost", "-p", str(self.port), "-a", "attributes", "-d", "spool"]
        return [self._program, *own, "-c", self.folder / "machine", *self._options, "Card"]

    def set_hopper(self, *, empty: bool) -> None:
        """Take the cards out, or put them in, by the printer's own page."""
        self._get(f"/media?size0={CARD}&type0=stationery&level0={0 if empty else 250}")

    def set_ribbon(self, per_cent: int) -> None:
        """Use the ribbon up, or put in a new one."""
        self._get(f"/supplies?supply0=0&supply1={per_cent}")

    def _get(self, path: str) -> None:
        with socket.create_connection(("localhost", self.port), 10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            assert b"200 OK" in connection.recv(4096)


class PapplPrinter(IppServer):
    """Be a printer on PAPPL, which decodes what it prints to dots."""

    def __init__(self, folder: Path, bus: Bus, program: Path) -> None:
        super().__init__(folder, bus)
        self._program = program

    def command(self) -> Sequence[str | Path]:
        return [self._program, self.folder, str(self.port)]

    def tell(self, operation: str) -> None:
        """Have it do something, such as Pause-Printer, by a client that is not ours."""
        ipptool(self.uri, _ASK.replace("Get-Printer-Attributes", operation), self.folder)

    def show(self, reasons: str) -> None:
        """Let it have reasons, and wait until it says so: it looks at its machine once a second."""
        self.put("reasons", reasons)
        wait_for(lambda: reasons in ipptool(self.uri, _ASK, self.folder))

    @staticmethod
    def build(source: Path, folder: Path) -> Path:
        """Compile it."""
        compiler = require("gcc", "gcc")
        require("/usr/include/pappl/pappl.h", "libpappl-dev")
        program = folder / "card_printer"
        subprocess.run([compiler, "-O1", source, "-o", program, "-lpappl", "-lcups"], check=True)
        return program


class CupsQueue(IppServer):
    """Be a scheduler of one's own, with one queue before another printer.

    Its folder must be open to the user that it runs filters as.
    """

    def __init__(self, folder: Path, bus: Bus, *, auth: str = "None") -> None:
        super().__init__(folder, bus)
        self._program = require("cupsd", "cups-daemon")
        for name in ("cache/rss", "run/certs", "spool/tmp", "ppd"):
            (folder / "root" / name).mkdir(parents=True)
        (folder / "cupsd.conf").write_text(_CUPSD.format(port=self.port, auth=auth), "utf-8")
        (folder / "cups-files.conf").write_text(_CUPS_FILES.format(root=folder / "root"), "utf-8")

    @property
    def uri(self) -> str:
        return f"ipp://localhost:{self.port}/printers/card"

    def command(self) -> Sequence[str | Path]:
        return [self._program, "-f", "-c", self.folder / "cupsd.conf", "-s", self.folder / "cups-files.conf"]

    def add_queue(self, device: str) -> None:
        """Make the queue, as an office does."""
        lpadmin = require("lpadmin", "cups-client")
        server = f"localhost:{self.port}"
        subprocess.run([lpadmin, "-h", server, "-p", "card", "-v", device, "-m", "everywhere", "-E"], check=True)
        # The scheduler asks the printer what it can do after it has answered.
        wait_for(lambda: "pwg-raster-document-type-supported" in ipptool(self.uri, _ASK, self.folder))


def ipptool(uri: str, request: str, folder: Path) -> str:
    """Send a request that is written in ipptool's language; give what it shows."""
    file = folder / "request.test"
    file.write_text(request, "utf-8")
    done = subprocess.run(
        [require("ipptool", "cups-ipp-utils"), "-tv", uri, file], capture_output=True, text=True, check=True
    )
    return done.stdout
