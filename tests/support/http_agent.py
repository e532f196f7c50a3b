"""An agent of kind http, what it does when it is asked, and what comes of it."""

import json
from typing import Any

import pytest

from cococat import agents
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import AgentError
from cococat.core.messages import Reply
from tests.support import samples
from tests.support.progress import unheard
from tests.support.web_agent import Exchange, Step, WebAgent

MESSAGE = samples.mailbox_message("你好")
SECRET = "s" * 16 + "~!"
EVENTS, LINES = "text/event-stream; charset=utf-8", "application/x-ndjson"


def answer(agent: WebAgent, *steps: Step, seconds: float = 10, **options: Any) -> Reply | None:  # noqa: ANN401 - JSON
    """Let *agent* do *steps* and return what comes of it."""
    agent.steps = list(steps)
    spec = AgentSpec(
        name="support",
        kind="http",
        options={"url": agent.url} | options,
        secrets={"secret": SECRET},
    )
    return agents.load(spec).answer(MESSAGE, seconds, unheard)


def failure(agent: WebAgent, *steps: Step, seconds: float = 10, **options: Any) -> AgentError:  # noqa: ANN401 - JSON
    """Return how an agent fails that does *steps*."""
    with pytest.raises(AgentError) as raised:
        answer(agent, *steps, seconds=seconds, **options)
    assert "你好" not in repr(raised.value)
    return raised.value


def says(reply: str | None) -> Step:
    """Answer in the plainest form."""
    body = json.dumps({"reply": reply}).encode()
    return lambda exchange: exchange.respond(200, body, content_type="application/json")


def refuses(status: int, **headers: str) -> Step:
    """Answer with *status*, and a body that nobody may see."""
    body = b'{"reply": "canary"}'
    return lambda exchange: exchange.respond(
        status, body, content_type="application/json", **headers
    )


def streams(content_type: str, *chunks: bytes, end: bool = True) -> Step:
    """Answer in *chunks*, and break the connection off where there is no *end*."""

    def step(exchange: Exchange) -> None:
        exchange.begin(200, content_type=content_type, transfer_encoding="chunked")
        for each in chunks:
            exchange.chunk(each)
        if end:
            exchange.chunk(b"")
        else:
            exchange.cut()

    return step


def hangs(exchange: Exchange) -> None:
    """Take longer than anybody waits."""
    exchange.hang()


def cuts(exchange: Exchange) -> None:
    """Close the connection without a word."""
    exchange.cut()
