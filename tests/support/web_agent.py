"""An agent over HTTP, on a server of this machine that does what a test tells it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cococat.core.mailbox import MailboxMessage, parse

Step = Callable[["Exchange"], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its headers by lower-case name, its body, and the client's port."""

    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def message(self) -> MailboxMessage:
        """Return the message that was asked."""
        return parse(self.body.decode("utf-8"))


@dataclass
class WebAgent:
    """
    What was asked, and what is to be done.

    Attributes:
        url: where it is asked.
        asked: the requests so far.
        steps: what to do with the next ones, in order; the last one stays.
        over: set when the test is over, so that no step hangs any longer.

    """

    url: str
    asked: list[Asked] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class Exchange:
    """One request that waits for its answer."""

    def __init__(self, handler: BaseHTTPRequestHandler, agent: WebAgent) -> None:
        self._handler = handler
        self._agent = agent

    def respond(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer at once; an underscore in a header's name stands for a hyphen."""
        self.begin(status, content_length=str(len(body)), **headers)
        self.write(body)

    def begin(self, status: int, **headers: str) -> None:
        """Send status and headers."""
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def chunk(self, data: bytes) -> None:
        """Send a chunk of a body in chunks; an empty one ends it."""
        self.write(b"%x\r\n%s\r\n" % (len(data), data))

    def write(self, raw: bytes) -> None:
        """Send raw bytes."""
        self._handler.wfile.write(raw)
        self._handler.wfile.flush()

    def hang(self, seconds: float = 30) -> None:
        """Do nothing for a while."""
        self._agent.over.wait(seconds)

    def cut(self) -> None:
        """Close the connection."""
        self._handler.close_connection = True


@contextmanager
def web_agent() -> Iterator[WebAgent]:
    """Run an agent on a free port of 127.0.0.1 for the time of the body."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        agent = WebAgent(f"http://127.0.0.1:{server.server_port}/answer?version=1")
        vars(server)["agent"] = agent
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield agent
        finally:
            agent.over.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        agent: WebAgent = vars(self.server)["agent"]
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        agent.asked.append(Asked(headers, body, self.client_address[1]))
        step = agent.steps[0] if len(agent.steps) == 1 else agent.steps.pop(0)
        try:
            step(Exchange(self, agent))
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_args: object) -> None:
        pass
