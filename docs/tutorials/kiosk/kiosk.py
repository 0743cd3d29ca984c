"""Serve a page for a counter: the queue and the blanks, live; a request taken in; whether a card is ready.

Run it with: python kiosk.py station.toml --port 8080
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import html
import json
import secrets
import signal
import sys
import textwrap
import threading
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import ClassVar
from urllib.parse import parse_qsl

from cardprint import CardRequest, Station
from cardprint.errors import CardprintError, StateError
from cardprint.model import JobState
from cardprint.model.views import Change, StationStatus

__all__ = ["Counter", "Kiosk", "Live", "answer", "figures", "main", "request_of", "take_in"]

_HERE = Path(__file__).parent
_FORM_BYTES = 4096
_HEARTBEAT = 15.0
_PATIENCE = 5.0

# What a browser may do with the page: load its own style and script, talk to this server, and nothing else.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


# -- figures
def figures(status: StationStatus) -> dict[str, object]:
    """Give what the page shows to everybody: counts and names of things, nothing of a person."""
    return {
        "numbers": {
            "waiting": sum(status.lanes.values()),
            "making": status.jobs.get("processing", 0),
            "doubt": status.in_doubt,
            "printed": status.today.printed,
            "vault": status.accounts.get("vault", 0),
        },
        "lanes": dict(status.lanes),
        "hoppers": {printer.name: printer.hopper for printer in status.printers},
    }


# -- live
class Live:
    """Tell every open page when the station has changed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._seq = 0
        self._ended = False

    def tell(self, change: Change) -> None:
        """Wake who waits; called by the station after each commit, so it does nothing else."""
        with self._changed:
            self._seq = change.seq
            self._changed.notify_all()

    def after(self, seen: int) -> int | None:
        """Wait for a change after ``seen``, or for a heartbeat; give the latest one, None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._seq > seen, _HEARTBEAT)
            return None if self._ended else self._seq

    def end(self) -> None:
        """Let every page's stream end."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()


# -- requests
def request_of(form: Mapping[str, str]) -> CardRequest:
    """Make a request of a form; ValueError, with what to tell the clerk, where a field is missing or no date.

    The id is a digest of the form, its own random ``form`` among the fields: one that is sent twice is one request.
    """
    name, number = form.get("name", "").strip(), form.get("number", "").strip()
    if not (name and number and form.get("form")):
        raise ValueError("Name and number are needed.")
    try:
        born = date.fromisoformat(form.get("birth_date", ""))
    except ValueError:
        raise ValueError("The date of birth is no date.") from None
    digest = base64.b32encode(hashlib.sha256(json.dumps(sorted(form.items())).encode()).digest()[:10]).decode()
    return CardRequest(
        request_id="-".join(["K", *textwrap.wrap(digest, 4)]),
        subject_id=number,
        fields={"name": name, "birth_date": born.isoformat()},
    )


def take_in(station: Station, form: Mapping[str, str]) -> str:
    """Let a request in, and say what became of it."""
    try:
        request = request_of(form)
    except ValueError as error:
        return f"Not taken in. {error}"
    report = station.requests.submit(request, source="kiosk")
    if not report.ok:
        return "Not taken in. The station refuses the number, or a letter of the name."
    why = station.jobs.why(station.jobs.find(request.request_id))
    return f"Taken in for {request.fields['name']}: request {request.request_id}. {why.sentence}"


# -- answers
def answer(station: Station, asked: str) -> str:
    """Say whether a card is ready, asked by the id of its request or by the person's number."""
    try:
        found = station.jobs.find(asked.strip())
    except StateError:
        return "No request has that id, and nobody that number."
    detail = station.jobs.show(found)
    match detail.job.state:
        case JobState.COMPLETED:
            gone = any(attempt.handed_over for attempt in detail.attempts)
            said = "It was handed over." if gone else "Yes, the card is ready."
        case JobState.CANCELED | JobState.ABORTED:
            said = "No card will be made for this request."
        case JobState.PROCESSING:
            said = "Not yet: it is being made."
        case _:
            said = f"Not yet. {station.jobs.why(found).sentence}"
    return f"Request {detail.job.request_id}: {said}"


# -- server
class Kiosk(ThreadingHTTPServer):
    """Serve one station's page, a thread for each connection."""

    daemon_threads = False  # so that closing waits for answers under way, while the station is still open

    def __init__(self, station: Station, host: str, port: int) -> None:
        """Listen; port 0 is any free one."""
        super().__init__((host, port), Counter)
        self.station = station
        self.live = Live()
        self.host = f"{host}:{self.server_port}"
        self.page = Template((_HERE / "page.html").read_text("utf-8"))

    def handle_error(self, request: object, client_address: object) -> None:
        """Name the kind of an error alone: its text might be somebody's name. A page that was closed is no error."""
        error = sys.exception()
        if not isinstance(error, OSError):
            print(f"kiosk: a request failed: {type(error).__name__}", file=sys.stderr)


# -- doors
class Counter(BaseHTTPRequestHandler):
    """Answer one connection."""

    server: Kiosk
    timeout = _PATIENCE
    files: ClassVar = {"/page.css": "text/css", "/page.js": "text/javascript"}

    def do_GET(self) -> None:
        """Give the page, its files, or its stream of figures."""
        if not self._is_ours():
            return
        if self.path == "/":
            self._page("")
        elif self.path == "/live":
            self._stream()
        elif self.path in self.files:
            self._reply(HTTPStatus.OK, self.files[self.path], (_HERE / self.path[1:]).read_text("utf-8"))
        else:
            self._reply(HTTPStatus.NOT_FOUND, "text/plain", "There is nothing here.")

    def do_POST(self) -> None:
        """Take what a form of our own page sends."""
        try:
            form = self._form()
        except ValueError:
            self._reply(HTTPStatus.BAD_REQUEST, "text/plain", "This is no form.")
            return
        if not self._is_ours():
            return
        if self.headers.get("Origin") != f"http://{self.server.host}":
            self._reply(HTTPStatus.FORBIDDEN, "text/plain", "This form is not from this page.")
            return
        try:
            if self.path == "/requests":
                self._page(take_in(self.server.station, form))
            elif self.path == "/answers":
                self._page(answer(self.server.station, form.get("asked", "")))
            else:
                self._reply(HTTPStatus.NOT_FOUND, "text/plain", "There is nothing here.")
        except CardprintError as error:
            self._page(f"{error.message} {error.cure}", HTTPStatus.SERVICE_UNAVAILABLE)

    def _is_ours(self) -> bool:
        """Refuse another name than the one we gave: a foreign site may let its own name point here."""
        if self.headers.get("Host") == self.server.host:
            return True
        self._reply(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", f"Open http://{self.server.host}/ instead.")
        return False

    def _form(self) -> dict[str, str]:
        length = int(self.headers.get("Content-Length", ""))
        if not 0 <= length <= _FORM_BYTES:
            raise ValueError("too long")
        text = self.rfile.read(length).decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=8))

    # -- stream
    def _stream(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        seen = -1
        while (latest := self.server.live.after(seen)) is not None:
            seen = latest
            data = json.dumps(figures(self.server.station.status()))
            self.wfile.write(f"data: {data}\n\n".encode())

    # -- page
    def _page(self, said: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        values = {"station": self.server.station.config.name, "said": said, "form": secrets.token_hex(8)}
        escaped = {name: html.escape(value) for name, value in values.items()}
        self._reply(status, "text/html", self.server.page.substitute(escaped))

    def _reply(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: who came to the counter, and when, is nobody's business."""


# -- main
def main() -> int:
    """Print in the background and serve the page until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(description="A page for the counter of a station.")
    parser.add_argument("station", type=Path, help="the station.toml")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at, and the page's name")
    parser.add_argument("--port", type=int, default=8080, help="0: any free one")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Station.open(given.station) as station, Kiosk(station, given.host, given.port) as kiosk:
            station.subscribe(kiosk.live.tell)
            station.start()
            print(f"http://{kiosk.host}/", flush=True)
            try:
                kiosk.serve_forever()
            except KeyboardInterrupt:
                station.stop()
            finally:
                kiosk.live.end()
    except CardprintError as error:
        print(f"kiosk: {error.message} {error.cure}", file=sys.stderr)
        return 1
    return 0


# -- end
if __name__ == "__main__":
    sys.exit(main())
