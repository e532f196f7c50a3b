"""The README's own agents do what the README says."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cococat import agents
from cococat.agents import http
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import AgentError
from cococat.core.messages import Reply
from tests.support import readme, samples
from tests.support.progress import unheard

SECRET = "secret-of-the-readme"


@pytest.fixture(name="url")
def _url() -> Iterator[str]:
    """Run the example of an agent over HTTP, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    source = readme.python("http_agent.py")
    assert "8000" in source
    process = subprocess.Popen(
        [sys.executable, "-c", source.replace("8000", str(port))],
        env=os.environ | {"AGENT_SECRET": SECRET},
        stderr=subprocess.DEVNULL,
    )
    http._session.cache_clear()
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()
        http._session.cache_clear()


def _wait(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionError:
            time.sleep(0.01)
        else:
            return


def answer(url: str, secret: str) -> Reply | None:
    """Ask the agent at *url*."""
    spec = AgentSpec(name="a", kind="http", options={"url": url}, secrets={"secret": secret})
    return agents.load(spec).answer(samples.mailbox_message("hello"), 10, unheard)


@pytest.mark.enable_socket
def test_the_one_over_http_answers_us_and_nobody_else(url: str) -> None:
    """It checks the signature."""
    assert answer(url, SECRET) == Reply(text="You said: hello")
    with pytest.raises(AgentError, match="status_403"):
        answer(url, "another-secret-of-somebody")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("my_agent.py", "You said: hello"),
        ("partner_agent.py", "That was message 1 of yours: hello"),
    ],
)
def test_the_functions_answer(
    name: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a heartbeat calls them."""
    (tmp_path / name).write_text(readme.python(name), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    handler = f"{name.removesuffix('.py')}:answer"
    agent = agents.load(AgentSpec(name="a", kind="python", options={"handler": handler}))

    assert agent.answer(samples.mailbox_message("hello"), 5, unheard) == Reply(text=expected)
