"""A proxy before the local AWS that records every call, and can refuse, hold or kill."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import psutil

LEGAL_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}", re.ASCII)
"""Amazon SQS API Reference, SendMessage: MessageDeduplicationId, MessageGroupId."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One AWS call at the wire, with the access key of the function that makes it."""

    action: str
    body: str
    key: str

    @property
    def values(self) -> dict[str, Any]:
        """Return the call's parameters."""
        parsed: dict[str, Any] = json.loads(self.body or "{}")
        return parsed


@dataclass(slots=True, kw_only=True)
class Fault:
    """
    What is to happen to the calls that match, as often as `times` says.

    `kind`: refuse (500), hang (no answer), kill-before or kill-after (the caller's process).
    """

    kind: str
    matches: Callable[[Call], bool]
    times: int = 1
    hits: int = 0


@dataclass(slots=True)
class Recorder:
    """What the proxy has seen and what it is to do."""

    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    illegal: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)

    def take_fault(self, call: Call) -> Fault | None:
        """Return the fault that is due for *call*, and count it."""
        with self.lock:
            self.calls.append(call)
            for fault in self.faults:
                if fault.hits < fault.times and fault.matches(call):
                    fault.hits += 1
                    return fault
        return None

    def since(self, start: int, text: str = "") -> list[Call]:
        """Return the calls after the first *start* whose body holds *text*."""
        with self.lock:
            return [call for call in self.calls[start:] if text in call.body]


class Proxy:
    """
    The proxy, serving on a free port of this machine until it is stopped.

    Args:
        upstream: the local AWS.

    """

    def __init__(self, upstream: str) -> None:
        self.recorder = Recorder()
        handler = type("Handler", (_Handler,), {"recorder": self.recorder, "upstream": upstream})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self.recorder.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    recorder: Recorder
    upstream: str
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Kill whoever asks for it: an agent in the middle of its work."""
        if self.path == "/kill-me":
            self._kill()
        else:
            self.do_POST()

    def do_PUT(self) -> None:
        """Pass one call on; see `do_POST`."""
        self.do_POST()

    def do_DELETE(self) -> None:
        """Pass one call on; see `do_POST`."""
        self.do_POST()

    def do_POST(self) -> None:
        """Record one call and pass it on, unless a fault is due."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        call = Call(
            action=self.headers.get("X-Amz-Target", "").rpartition(".")[2],
            body=body.decode("utf-8"),
            key=self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0],
        )
        fault = self.recorder.take_fault(call)
        if self._is_illegal(call) or (fault and fault.kind == "refuse"):
            self._answer(500, b'{"__type": "InternalFailure"}', "application/x-amz-json-1.0")
        elif fault and fault.kind == "hang":
            self.recorder.released.wait(30)
            self.close_connection = True
        elif fault and fault.kind == "kill-before":
            self._kill()
        else:
            self._forward(body, kill=fault is not None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _is_illegal(self, call: Call) -> bool:
        if call.action != "SendMessage":
            return False
        ids = [call.values.get(f"Message{kind}Id", "") for kind in ("Group", "Deduplication")]
        wrong = [each for each in ids if not LEGAL_ID.fullmatch(each)]
        self.recorder.illegal += wrong
        return bool(wrong)

    def _forward(self, body: bytes, *, kill: bool) -> None:
        host = urlsplit(self.upstream)
        connection = HTTPConnection(host.hostname or "", host.port or 0, timeout=30)
        connection.request(self.command, self.path, body, dict(self.headers.items()))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if kill:
            self._kill()
            return
        self._answer(answer.status, content, answer.headers.get("Content-Type", ""))

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True

    def _kill(self) -> None:
        """End the process at the other end of this connection as `kill -9` does."""
        self.close_connection = True
        for process in psutil.Process().children(recursive=True):
            try:
                ports = [each.laddr.port for each in process.net_connections("tcp")]
            except psutil.NoSuchProcess:
                continue
            if self.client_address[1] in ports:
                process.kill()
                return
