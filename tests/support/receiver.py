"""A web server on this machine that keeps what it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """
    What was received.

    Attributes:
        url: where to send to.
        got: each request: method, headers by lower-case name, body.

    """

    url: str
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a server on a free port of 127.0.0.1 for the time of the body."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        received = Receiver(f"http://127.0.0.1:{server.server_port}/answer?signature=x")
        vars(server)["receiver"] = received
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        vars(self.server)["receiver"].got.append((self.command, headers, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass
