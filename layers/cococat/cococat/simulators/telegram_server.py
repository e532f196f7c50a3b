"""The simulated Bot API behind a port of this machine."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from cococat.core.http_client import HttpRequest
from cococat.simulators import telegram_people
from cococat.simulators.telegram import SimulatedTelegram

MAX_BODY = 64 * 1024 * 1024


class TelegramServer:
    """
    A server that runs in the body of a `with`.

    Args:
        telegram: what answers.
        port: where to listen at 127.0.0.1; 0 for any that is free.
        tls: what it speaks TLS with; None for plain HTTP.

    """

    def __init__(
        self, telegram: SimulatedTelegram, port: int = 0, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.telegram = telegram
        handler = type("Handler", (_Handler,), {"telegram": telegram})
        self._server = _Server(("127.0.0.1", port), handler)
        self._scheme = "http" if tls is None else "https"
        if tls is not None:  # each connection's thread shakes hands, not the one that accepts
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def url(self) -> str:
        """Return its address, for `api_base`."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    telegram: SimulatedTelegram
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a call without a body."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer a call with one."""
        length = int(self.headers.get("content-length") or 0)
        self._answer(self.rfile.read(min(length, MAX_BODY)))

    def _answer(self, body: bytes) -> None:
        request = HttpRequest(
            method=self.command,
            url=f"http://telegram{self.path}",
            headers=dict(self.headers.items()),
            body=body,
        )
        if self.path.startswith(telegram_people.PREFIX):
            answer = telegram_people.answer(self.telegram, self.path, body)
        else:
            answer = self.telegram.send(request, 0)
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class
        """Say nothing: the path holds a token."""
