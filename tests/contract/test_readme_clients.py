"""The README's own clients of the Web API get their answers, as they are printed."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import esprima
import pytest

from tests.support import samples
from tests.support.api import Api
from tests.support.wsgi import to_wsgi

README = Path(__file__).parents[2] / "README.md"
pytestmark = pytest.mark.enable_socket


def example(language: str, beginning: str) -> str:
    """Return the README's example in *language* that begins with *beginning*."""
    text = README.read_text("utf-8")
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(beginning)]
    return found


CURL = 'curl -sS "$BASE/api/channel/web"'
PYTHON, JAVASCRIPT = "# ask.py", "// ask.js"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def entry(*, after: float) -> Iterator[str]:
    """Run an entry whose agent answers *after* so many seconds of virtual time; yield its URL."""
    api = Api()

    def work() -> None:
        for body in api.mailbox.bodies():
            record = api.record(json.loads(body)["id"])
            if record.answered_at is None and api.clock.now() > (record.received_at or 0) + after:
                api.answer(record.id, "您好")

    api.clock.while_asleep = work
    with make_server("127.0.0.1", 0, to_wsgi(api.door.handle), handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def run(command: list[str], *, after: float) -> str:
    """Run a client and return what it says."""
    with entry(after=after) as base:
        environment = os.environ | {"BASE": base, "KEY": samples.API_KEY, "no_proxy": "*"}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=20, check=True
        )
    return done.stdout.strip()


@pytest.mark.parametrize("after", [1, 30])
def test_the_one_in_python_gets_its_answer(after: float) -> None:
    """At once, or when it fetches it."""
    assert run([sys.executable, "-c", example("python", PYTHON)], after=after) == "您好"


def test_the_one_in_curl_gets_its_answer() -> None:
    """In the same response."""
    answer = json.loads(run(["/bin/sh", "-c", example("sh", CURL)], after=1))

    assert (answer["state"], answer["reply"]) == ("answered", "您好")


@pytest.mark.parametrize("after", [1, 30])
def test_the_one_in_javascript_gets_its_answer(after: float, tmp_path: Path) -> None:
    """In node; a machine that has none still learns that it is JavaScript."""
    source = example("js", JAVASCRIPT)
    body = esprima.parseScript(source).body
    functions = [each.id.name for each in body if each.type == "FunctionDeclaration"]
    assert functions == ["call", "ask"]
    node = shutil.which("node")
    if node is not None:
        (tmp_path / "ask.js").write_text(source, "utf-8")
        assert run([node, str(tmp_path / "ask.js")], after=after) == "您好"


@pytest.mark.parametrize(
    ("language", "beginning"), [("python", PYTHON), ("js", JAVASCRIPT), ("sh", CURL)]
)
def test_each_is_short(language: str, beginning: str) -> None:
    """Twenty lines or so."""
    assert len(example(language, beginning).splitlines()) <= 21
