"""How long an agent of kind http is asked, and how often."""

import time

import pytest

from cococat.core.errors import AgentTimeout
from cococat.core.messages import Reply
from tests.support.http_agent import EVENTS, answer, cuts, failure, hangs, refuses, says
from tests.support.web_agent import Exchange, Step, WebAgent

pytestmark = pytest.mark.enable_socket


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
