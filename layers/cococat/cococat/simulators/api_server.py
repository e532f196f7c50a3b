"""A simulated platform's API behind a port of this machine, for other processes and libraries."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from cococat.core.errors import PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest

MAX_BODY = 64 * 1024 * 1024


class ApiServer[P: HttpClient]:
    """
    A server that runs in the body of a `with`.

    Args:
        platform: what answers, each request in a thread of its own.
        port: where to listen at 127.0.0.1; 0 for any that is free.
        tls: what it speaks TLS with; None for plain HTTP.

    Attributes:
        platform: what answers.

    """

    def __init__(self, platform: P, port: int = 0, *, tls: ssl.SSLContext | None = None) -> None:
        self.platform = platform
        handler = type("Handler", (_Handler,), {"platform": platform})
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


class OneAtATime:
    """
    A platform that answers one request after the other: most simulators want that.

    Args:
        platform: what answers.

    """

    def __init__(self, platform: HttpClient) -> None:
        self._platform = platform
        self._lock = threading.Lock()

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer *request*; see `HttpClient.send`."""
        with self._lock:
            return self._platform.send(request, seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    platform: HttpClient
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        request = HttpRequest(
            method=self.command,
            url=f"http://{self.headers.get('host', '127.0.0.1')}{self.path}",
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(min(length, MAX_BODY)),
        )
        try:
            self._say(self.platform.send(request, 0))
        except (OSError, PlatformUnreachable):  # the latter is a network that fails on purpose
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

    def _say(self, answer: HttpAnswer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class
        """Say nothing: the path may hold a token."""
