"""A server of the small JSON contract of cardprint-http, on a port of this machine."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import attrs

__all__ = ["Centre", "Served", "as_json"]

Reply = tuple[int, Mapping[str, str], bytes]


@attrs.define
class Centre:
    """A server of the contract: a log of what happened, photos by SHA-256, reports by key."""

    log: list[dict[str, object]] = attrs.field(factory=list)
    photos: dict[str, bytes] = attrs.field(factory=dict)
    reports: dict[str, dict[str, str]] = attrs.field(factory=dict)
    seen: list[tuple[str, str, Mapping[str, str]]] = attrs.field(factory=list)
    instead: Callable[[str], Reply | None] = lambda _: None
    """A test's own answer to a path, None for the contract's."""

    def reply(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        self.seen.append((method, target, headers))
        url = urlsplit(target)
        own = self.instead(url.path)
        if own is not None:
            return own
        if method == "GET" and url.path == "/v1/requests":
            return self._requests(parse_qs(url.query))
        if method == "GET" and url.path.startswith("/v1/photos/"):
            content = self.photos.get(url.path.rpartition("/")[2])
            return (404, {}, b"") if content is None else (200, {}, content)
        if method == "POST" and url.path == "/v1/outcomes":
            return self._outcomes(json.loads(body)["reports"])
        return 404, {}, b""

    def _requests(self, query: Mapping[str, list[str]]) -> Reply:
        start = int(query.get("after", ["0"])[0])
        end = min(start + int(query["limit"][0]), len(self.log))
        return as_json({"items": self.log[start:end], "cursor": str(end), "more": end < len(self.log)})

    def _outcomes(self, reports: list[dict[str, str]]) -> Reply:
        for item in reports:
            self.reports.setdefault(item["key"], item)
        return as_json({"receipts": ["accepted"] * len(reports)})


def as_json(value: object) -> Reply:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    centre: Centre

    def do_GET(self) -> None:
        self._reply("GET")

    def do_POST(self) -> None:
        self._reply("POST")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def _reply(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        status, headers, content = self.centre.reply(method, self.path, dict(self.headers), body)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class Served:
    """A centre on a port of this machine, in a thread of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.centre = Centre()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Exchange,), {"centre": self.centre}))
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
