"""
How the process is, over HTTP on a port of its own: for the container's engine.

    GET /healthz  200 while the keeper goes round, else 503
    GET /readyz   200 once the wishes are read and the tokens are checked, until it is told to stop
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

PORT = 8086
STALE = 60.0
"""Seconds without a round after which the process counts as dead."""


class Health:
    """
    What is told.

    Args:
        monotonic: the process's clock.

    Attributes:
        is_ready: whether it listens.
        held: how many tokens it holds.

    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._round_at = monotonic()
        self.is_ready = False
        self.held = 0

    def went_round(self) -> None:
        """Take note of a round of the keeper."""
        self._round_at = self._monotonic()

    def answer(self, path: str) -> tuple[int, dict[str, object]]:
        """Return the status and the body for *path*."""
        is_alive = self._monotonic() - self._round_at < STALE
        checks = {"/healthz": is_alive, "/readyz": is_alive and self.is_ready}
        if path not in checks:
            return 404, {"status": "not found"}
        is_good = checks[path]
        return 200 if is_good else 503, {"status": "ok" if is_good else "no", "held": self.held}


class HealthServer:
    """
    Serves *health* in the body of a `with`.

    Args:
        health: what is told.
        host: the address to listen at.
        port: the port; 0 for any that is free.

    """

    def __init__(self, health: Health, host: str, port: int) -> None:
        handler = type("Handler", (_Handler,), {"health": health})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False

    @property
    def port(self) -> int:
        """Return where it listens."""
        return self._server.server_port

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="health", daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    health: Health
    timeout = 5

    def do_GET(self) -> None:
        """Answer."""
        status, body = self.health.answer(self.path.partition("?")[0])
        content = json.dumps(body).encode("ascii")
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class
        """Say nothing."""
