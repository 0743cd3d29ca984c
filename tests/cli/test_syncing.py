"""Sources as a person at the command line sees them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cardprint.cli.app import root

STATION = """
[station]
people = 1

[renderer]
plugin = "none"

[printers.P1]
driver = "folder"
device = "folder:cards"

[sources.centre]
plugin = "http"
url = "http://127.0.0.1:{port}"
"""


class Centre(ThreadingHTTPServer):
    """Speak the HTTP source's contract: two requests, and an answer to each report."""

    daemon_threads = True
    receipt = "accepted"
    busy = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)


class _Answers(BaseHTTPRequestHandler):
    server: Centre

    def do_GET(self) -> None:
        people = [{"request_id": f"r{number}", "subject_id": f"s{number}"} for number in range(2)]
        items = [] if "after=" in self.path else [{"kind": "new", "request": each} for each in people]
        self._give({"items": items, "cursor": "2", "more": False})

    def do_POST(self) -> None:
        reports = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["reports"]
        self._give({"receipts": [self.server.receipt] * len(reports)})

    def _give(self, value: Any) -> None:  # noqa: ANN401 - JSON
        body = json.dumps(value).encode()
        self.send_response(503 if self.server.busy else 200)
        self.send_header("Retry-After", "120")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def centre() -> Iterator[Centre]:
    with Centre() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def office(tmp_path: Path, centre: Centre) -> Path:
    folder = tmp_path / "office"
    folder.mkdir(mode=0o700)
    (folder / "station.toml").write_text(STATION.format(port=centre.server_port), "utf-8")
    return folder


def typed(office: Path, *words: str) -> Result:
    return CliRunner().invoke(root, [*words, "--station", str(office)])


def test_a_round_is_told_and_the_line_is_shown(office: Path, centre: Centre) -> None:
    assert typed(office, "sync").output == "centre: 2 new.\n"
    assert typed(office, "sync", "centre").output == "centre: nothing new.\n"
    seen = json.loads(typed(office, "status", "--json").output)["sources"]
    assert [(line["name"], line["cursor"], line["trouble"]) for line in seen] == [("centre", "2", "")]
    assert "  up  " in typed(office, "status").output
    centre.busy = True
    down = typed(office, "sync")
    assert down.exit_code == 1
    assert "503" in down.output
    assert "nothing new" not in down.output
    assert "  down  " in typed(office, "status").output


def test_a_refused_report_is_shown_and_sent_again(office: Path, centre: Centre) -> None:
    typed(office, "sync")
    typed(office, "stock", "receive", "2", "--by", "Sari")
    typed(office, "stock", "load", "P1", "2", "--by", "Sari")
    centre.receipt = "refused"
    assert typed(office, "run").exit_code == 0
    letters = json.loads(typed(office, "sources", "refused", "--json").output)
    assert [letter["request_id"] for letter in letters] == ["r0", "r1"]
    assert "cardprint sources resend KEY" in typed(office, "sources", "refused").output
    centre.receipt = "accepted"
    assert typed(office, "sources", "resend", "--by", "Sari").exit_code == 1
    sent = typed(office, "sources", "resend", letters[0]["key"], "--by", "Sari")
    assert sent.output == "1 reports are owed again: cardprint sync\n"
    assert "1 reports delivered" in typed(office, "sync").output
    assert typed(office, "sources", "resend", "--all", "--by", "Sari").output.startswith("1 reports")
    typed(office, "sync")
    assert typed(office, "sources", "refused").output == "No report was refused.\n"


def test_a_source_that_is_not_there_is_named(office: Path) -> None:
    refused = typed(office, "sync", "nowhere")
    assert refused.exit_code == 1
    assert "Configured: centre." in refused.output
