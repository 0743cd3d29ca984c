"""A centre on a port of this machine, in a thread: for tests and demonstrations."""

from __future__ import annotations

import secrets
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import date

import uvicorn

from cardprint_centre.app import make_app
from cardprint_centre.records import Records
from cardprint_centre.tokens import Tokens

__all__ = ["Served"]


class Served:
    """Serve records until closed, by TLS where it is given; ``url`` is where OSIA's paths begin.

    ``today`` is the day by which records are leased.
    """

    def __init__(
        self,
        records: Records | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.records = records or Records()
        self.tokens = Tokens(secrets.token_hex(32))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        app = make_app(self.records, self.tokens, today)
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        config.load()
        config.ssl = tls
        self._server = uvicorn.Server(config)
        # The socket listens already: who connects before the server is up waits in its queue.
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._socket.close()
        self.records.close()
