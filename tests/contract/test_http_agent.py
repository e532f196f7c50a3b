"""Agents of kind http, asked over a real connection."""

import hashlib
import hmac
import time

import pytest

from cococat.core.messages import Reply
from tests.support.http_agent import (
    EVENTS,
    LINES,
    MESSAGE,
    SECRET,
    answer,
    failure,
    refuses,
    says,
    streams,
)
from tests.support.web_agent import Exchange, Step, WebAgent, web_agent

pytestmark = pytest.mark.enable_socket


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
