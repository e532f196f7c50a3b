"""Agents of kind http, asked over a real connection."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cococat import agents
from cococat.agents import http
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import AgentError, AgentTimeout
from cococat.core.messages import Reply
from tests.support import samples
from tests.support.progress import unheard
from tests.support.web_agent import Exchange, Step, WebAgent, web_agent

pytestmark = pytest.mark.enable_socket

MESSAGE = samples.mailbox_message("你好")
SECRET = "s" * 16 + "~!"
EVENTS, LINES = "text/event-stream; charset=utf-8", "application/x-ndjson"


@pytest.fixture(name="agent")
def _agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebAgent]:
    monkeypatch.setattr(http, "PAUSE", 0.05)
    http._session.cache_clear()
    with web_agent() as agent:
        yield agent
    http._session.cache_clear()


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


class TestTheRequest:
    """What the agent gets."""

    def test_is_the_message_as_the_mailbox_has_it(self, agent: WebAgent) -> None:
        """JSON in UTF-8, with a content type that says so."""
        assert answer(agent, says("您好")) == Reply(text="您好")

        (asked,) = agent.asked
        assert asked.message == MESSAGE
        assert asked.headers["content-type"] == "application/json; charset=utf-8"
        assert asked.headers["user-agent"] == "CocoCat"

    def test_is_signed(self, agent: WebAgent) -> None:
        """Whoever has the secret recomputes the signature from timestamp and body."""
        answer(agent, says("a"))

        (asked,) = agent.asked
        timestamp = asked.headers["x-cococat-timestamp"]
        digest = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + asked.body, hashlib.sha256)
        assert asked.headers["x-cococat-signature"] == f"sha256={digest.hexdigest()}"
        assert abs(time.time() - int(timestamp)) < 5
        assert SECRET not in str(asked)

    def test_comes_over_a_connection_that_is_kept(self, agent: WebAgent) -> None:
        """A second message needs no new one, after an answer at once or in pieces."""
        for step in (says("a"), streams(LINES, b'{"delta": "a"}'), says("b")):
            answer(agent, step)

        assert len({asked.port for asked in agent.asked}) == 1

    def test_carries_nothing_from_elsewhere(
        self, agent: WebAgent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither an earlier answer's cookies nor a proxy of the environment."""
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
        answer(
            agent,
            lambda exchange: exchange.respond(204, set_cookie="session=canary; Path=/"),
        )
        answer(agent, says("a"))

        assert "cookie" not in agent.asked[1].headers


class TestAnswers:
    """What it may answer."""

    def test_no_content_is_no_answer(self, agent: WebAgent) -> None:
        """Nor is null."""
        assert answer(agent, lambda exchange: exchange.respond(204)) is None
        assert answer(agent, says(None)) is None

    def test_plain_text(self, agent: WebAgent) -> None:
        """The text is the answer."""
        text = "您好".encode()

        assert answer(
            agent, lambda exchange: exchange.respond(200, text, content_type="text/plain")
        ) == Reply(text="您好")

    def test_events(self, agent: WebAgent) -> None:
        """A stream that stays open after its end is not waited for."""

        def step(exchange: Exchange) -> None:
            exchange.begin(200, content_type=EVENTS)
            for data in (b'{"delta": "a"}', b'{"delta": "b"}', b"[DONE]"):
                exchange.write(b"data: %s\n\n" % data)
                exchange.hang(0.05)
            exchange.hang()

        started = time.monotonic()
        assert answer(agent, step) == Reply(text="ab")
        assert time.monotonic() - started < 3

    def test_lines_in_chunks_of_any_size(self, agent: WebAgent) -> None:
        """A chunk may end anywhere."""
        body = '{"delta": "您"}\n{"delta": "好"}\n'.encode()
        chunks = [body[i : i + 5] for i in range(0, len(body), 5)]

        assert answer(agent, streams(LINES, *chunks)) == Reply(text="您好")

    def test_a_slow_stream_is_read_to_its_end(self, agent: WebAgent) -> None:
        """The timeout is for the pauses, not for the whole."""

        def step(exchange: Exchange) -> None:
            exchange.begin(200, content_type=LINES, transfer_encoding="chunked")
            for _ in range(6):
                exchange.hang(0.15)
                exchange.chunk(b'{"delta": "a"}\n')
            exchange.chunk(b"")

        assert answer(agent, step, timeout=0.5) == Reply(text="a" * 6)

    def test_a_long_answer_keeps_its_beginning(self, agent: WebAgent) -> None:
        """256 KiB, like any other agent's; the rest is not waited for."""

        def step(exchange: Exchange) -> None:
            exchange.begin(200, content_type=EVENTS, transfer_encoding="chunked")
            for _ in range(2000):
                exchange.chunk(b"data: " + b"a" * 1000 + b"\n\n")
            exchange.hang()

        reply = answer(agent, step)

        assert reply == Reply(text="a" * 256 * 1024)


class TestASecondRequest:
    """What is tried once more, inside the run."""

    @pytest.mark.parametrize("first", [500, 503, 429, 0])
    def test_may_bring_the_answer(self, agent: WebAgent, first: int) -> None:
        """After a status that may pass, or none at all, the same message goes out once more."""
        assert answer(agent, refuses(first) if first else cuts, says("a")) == Reply(text="a")

        first_one, second = agent.asked
        assert first_one.body == second.body

    def test_comes_after_a_first_that_took_too_long(self, agent: WebAgent) -> None:
        """Where no answer had begun."""
        assert answer(agent, hangs, says("a"), timeout=0.2) == Reply(text="a")

    def test_waits_as_long_as_the_agent_asks(self, agent: WebAgent) -> None:
        """Retry-After counts."""
        started = time.monotonic()
        answer(agent, refuses(429, retry_after="1"), says("a"))

        assert 1 <= time.monotonic() - started < 3

    @pytest.mark.parametrize(
        ("step", "detail"), [(refuses(502), "status_502"), (cuts, "unreachable")]
    )
    def test_is_the_last(self, agent: WebAgent, step: Step, detail: str) -> None:
        """Two failures are the agent's failure."""
        error = failure(agent, step)

        assert (error.code, error.detail, len(agent.asked)) == ("agent_error", detail, 2)

    def test_that_takes_too_long_is_a_timeout(self, agent: WebAgent) -> None:
        """Its own word for the dead letter."""
        error = failure(agent, hangs, timeout=0.2)

        assert (error.code, error.detail, len(agent.asked)) == ("agent_timeout", "no_answer", 2)

    @pytest.mark.parametrize("retry_after", ["60", "9" * 30])
    def test_is_not_made_where_there_is_no_time(self, agent: WebAgent, retry_after: str) -> None:
        """The run ends at once then, and the heartbeat's own next try comes later."""
        started = time.monotonic()
        error = failure(agent, refuses(503, retry_after=retry_after))

        assert (error.detail, len(agent.asked)) == ("status_503", 1)
        assert time.monotonic() - started < 1

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
    def test_is_not_made_after_a_refusal(self, agent: WebAgent, status: int) -> None:
        """The same request would be refused again."""
        assert failure(agent, refuses(status)).detail == f"status_{status}"
        assert len(agent.asked) == 1


class TestFailures:
    """What is no answer."""

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_redirect_is_not_followed(self, agent: WebAgent, status: int) -> None:
        """The message goes where the operator said, and nowhere else."""
        with web_agent() as other:
            other.steps = [says("from elsewhere")]
            error = failure(agent, refuses(status, location=other.url))

            assert error.detail == f"status_{status}"
            assert (len(agent.asked), other.asked) == (1, [])

    @pytest.mark.parametrize("status", [201, 202, 206])
    def test_another_success_is_none(self, agent: WebAgent, status: int) -> None:
        """An agent answers in its response."""
        assert failure(agent, refuses(status)).detail == f"status_{status}"

    def test_another_type(self, agent: WebAgent) -> None:
        """An error page with a good status."""
        step = lambda exchange: exchange.respond(200, b"<html>", content_type="text/html")  # noqa: E731

        assert failure(agent, step).detail == "content_type"

    def test_an_empty_text(self, agent: WebAgent) -> None:
        """As for every agent."""
        assert "says nothing" in failure(agent, says("")).detail

    def test_a_document_that_is_too_large(self, agent: WebAgent) -> None:
        """Nobody reads it to its end."""

        def step(exchange: Exchange) -> None:
            exchange.begin(200, content_type="application/json", transfer_encoding="chunked")
            for _ in range(4000):
                exchange.chunk(b" " * 1000)
            exchange.hang()

        assert failure(agent, step).detail == "answer_too_large"

    @pytest.mark.parametrize(
        "step",
        [
            streams(LINES, b'{"delta": "a"}\n', end=False),
            lambda exchange: (
                exchange.begin(200, content_type="text/plain", content_length="100"),
                exchange.write(b"a"),
                exchange.cut(),
            ),
        ],
    )
    def test_an_answer_that_is_cut_off(self, agent: WebAgent, step: Step) -> None:
        """Half an answer is none; another try is the heartbeat's to make."""
        assert failure(agent, step).detail == "answer_cut_off"
        assert len(agent.asked) == 1

    def test_a_stream_that_stops(self, agent: WebAgent) -> None:
        """It began, and then nothing more came."""

        def step(exchange: Exchange) -> None:
            exchange.begin(200, content_type=LINES, transfer_encoding="chunked")
            exchange.chunk(b'{"delta": "a"}\n')
            exchange.hang()

        assert failure(agent, step, timeout=0.2).detail == "answer_cut_off"

    def test_nobody_there(self, agent: WebAgent) -> None:
        """A port that nobody listens at."""
        agent.url = "http://127.0.0.1:9/"
        error = failure(agent, says("a"))

        assert (error.code, error.detail) == ("agent_error", "unreachable")


def drips_its_headers(exchange: Exchange) -> None:
    """Send a header now and then, so that no read times out."""
    exchange.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        exchange.write(b"X-%d: x\r\n" % number)
        exchange.hang(0.1)


def drips_its_body(exchange: Exchange) -> None:
    """Send a delta now and then, and never end."""
    exchange.begin(200, content_type=EVENTS, transfer_encoding="chunked")
    for _ in range(100):
        exchange.chunk(b'data: {"delta": "a"}\n\n')
        exchange.hang(0.1)


class TestTheDeadline:
    """However an agent passes the time."""

    @pytest.mark.parametrize("step", [hangs, drips_its_headers, drips_its_body])
    def test_ends_the_run(self, agent: WebAgent, step: Step) -> None:
        """The run never takes longer than it may."""
        started = time.monotonic()
        with pytest.raises(AgentTimeout):
            answer(agent, step, seconds=1)

        assert 0.9 < time.monotonic() - started < 2

    def test_leaves_nothing_behind(self, agent: WebAgent) -> None:
        """The next message gets an answer of its own."""
        with pytest.raises(AgentTimeout):
            answer(agent, drips_its_body, seconds=1)

        assert answer(agent, says("next")) == Reply(text="next")

    @pytest.mark.parametrize("seconds", [0.9, 0, -5])
    def test_that_is_too_near_is_a_timeout(self, agent: WebAgent, seconds: float) -> None:
        """A run that begins too late asks nobody."""
        with pytest.raises(AgentTimeout):
            answer(agent, says("a"), seconds=seconds)
        assert agent.asked == []
