"""Real processes that share one access token through a table."""

import json
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import boto3.session
import pytest
from moto.server import ThreadedMotoServer

from tests.support import template

pytestmark = [pytest.mark.aws, pytest.mark.enable_socket]


@pytest.fixture(name="processes", scope="module")
def _processes(*, full: bool) -> int:
    return 50 if full else 15


class Platform:
    """
    A platform that takes half a second, and gives out another token each time.

    Attributes:
        refuses: the code with which it refuses, or empty.
        requests: how many there were.

    """

    def __init__(self) -> None:
        self.refuses = ""
        self.requests = 0
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"platform": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/token"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self) -> dict[str, str]:
        """Answer one request."""
        with self._lock:
            self.requests += 1
            number = self.requests
        time.sleep(0.5)
        return {"code": self.refuses} if self.refuses else {"token": f"token-{number}"}


class _Handler(BaseHTTPRequestHandler):
    platform: Platform

    def do_GET(self) -> None:
        """Answer one request."""
        body = json.dumps(self.platform.answer()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(name="platform")
def _platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@dataclass(frozen=True)
class Aws:
    """An imitation of AWS on this machine, and a table in it."""

    url: str
    table: str


@pytest.fixture(name="aws")
def _aws() -> Iterator[Aws]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        dynamodb = boto3.session.Session().client("dynamodb", endpoint_url=url)
        table = f"channels-{uuid.uuid4().hex}"  # moto keeps its tables when its server is gone
        template.make_table(dynamodb, "ChannelsTable", table)
        yield Aws(url, table)
    finally:
        server.stop()


def ask(processes: int, aws: Aws, platform: Platform) -> list[str]:
    """Let as many *processes* ask at once, and return what each got."""
    module = "tests.support.token_processes"
    done = subprocess.run(
        [sys.executable, "-m", module, str(processes), aws.url, aws.table, platform.url],
        capture_output=True,
        text=True,
        check=False,
        cwd=template.ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_many_processes_make_one_request(processes: int, aws: Aws, platform: Platform) -> None:
    """All of them get the token of that request, and so does whoever comes later."""
    assert ask(processes, aws, platform) == ["token-1"] * processes
    assert ask(processes, aws, platform) == ["token-1"] * processes
    assert platform.requests == 1


def test_many_processes_hear_of_a_refusal_and_do_not_rush(
    processes: int, aws: Aws, platform: Platform
) -> None:
    """Each gets the platform's code within seconds; the platform gets a few requests at most."""
    platform.refuses = "bad_secret"
    started = time.monotonic()

    assert ask(processes, aws, platform) == ["bad_secret"] * processes
    assert platform.requests <= 3
    assert time.monotonic() - started < 15
