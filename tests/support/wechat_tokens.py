"""WeChat's endpoint for access tokens, on a server of this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/cgi-bin/stable_token"


@dataclass
class TokenEndpoint:
    """
    The platform as far as tokens go.

    Attributes:
        url: what an entry names as its `api_base`.
        app_secret: the only one that it takes.
        asked: how often it was asked.

    """

    url: str
    app_secret: str
    asked: int = 0

    def answer(self, question: dict[str, object]) -> dict[str, object]:
        """Return what WeChat says; source: WeChat developer documentation, stable_token."""
        self.asked += 1
        if question["secret"] != self.app_secret:
            return {"errcode": 40125, "errmsg": "invalid appsecret, rid: 0"}
        return {"access_token": "token-of-the-platform", "expires_in": 7200}


@contextmanager
def token_endpoint(app_secret: str) -> Iterator[TokenEndpoint]:
    """Run it on a free port of 127.0.0.1 for the time of the body."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        endpoint = TokenEndpoint(f"http://127.0.0.1:{server.server_port}", app_secret)
        vars(server)["endpoint"] = endpoint
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        endpoint: TokenEndpoint = vars(self.server)["endpoint"]
        question = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = json.dumps(endpoint.answer(question)).encode("ascii")
        self.send_response(200 if self.path == PATH else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_args: object) -> None:
        pass
