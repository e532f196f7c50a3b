"""A platform's API in this process, behind a server that other processes can call."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cococat.core.errors import PlatformUnreachable
from cococat.core.http_client import HttpClient, HttpRequest

SECONDS = 10


@contextmanager
def served(platform: HttpClient) -> Iterator[str]:
    """Serve *platform* on a free port of 127.0.0.1 for the time of the body, at the URL given."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        vars(server)["platform"] = platform
        vars(server)["lock"] = threading.Lock()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = f"http://{headers['host']}{self.path}"
        request = HttpRequest(method=self.command, url=url, headers=headers, body=body)
        try:
            with vars(self.server)["lock"]:
                answer = vars(self.server)["platform"].send(request, SECONDS)
        except PlatformUnreachable:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

    def log_message(self, *_args: object) -> None:
        pass
