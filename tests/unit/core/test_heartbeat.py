import logging

import pytest

from cococat.core import mailbox
from cococat.core.errors import (
    AgentError,
    AgentTimeout,
    AgentUnavailable,
    ClaimLost,
    MailboxUnavailable,
)
from cococat.core.ids import fingerprint, group_id
from cococat.core.mailbox import MailboxMessage
from cococat.core.message_record import State
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.progress import Say
from cococat.core.retry import Retry
from tests.support import samples
from tests.support.heartbeat_bench import BODY, FALLBACK, MESSAGE, Bench, FakeAgent
from tests.support.queues import MemoryQueue


class TestAnswers:
    """An agent that works."""

    def test_an_answer_is_stored_and_put_into_the_outbox(self) -> None:
        """The stored answer is announced with the message's sealed address."""
        bench = Bench(Reply(text="hi"))

        assert bench.work() is None
        assert bench.agent.asked == [("hello", 7)]
        assert bench.outbox.bodies() == [OutboxMessage(reply=MESSAGE.reply).to_json()]
        assert (bench.record().state, bench.record().reply) == (State.DONE, Reply(text="hi"))
        assert bench.letters() == []

    def test_no_answer_ends_the_message(self) -> None:
        """None releases a caller who waits, and nothing is sent."""
        bench = Bench(None)

        assert bench.work() is None
        assert bench.outbox.bodies() == []
        assert bench.record().finished

    def test_a_redelivery_runs_the_agent_once(self) -> None:
        """A message that is done is not done again."""
        bench = Bench(Reply(text="hi"))

        assert [bench.work(), bench.work()] == [None, None]
        assert len(bench.agent.asked) == len(bench.outbox.bodies()) == 1

    def test_answers_keep_the_order_of_their_conversation(self) -> None:
        """All answers of one conversation are in one group of the outbox."""
        groups: list[str] = []

        class Groups(MemoryQueue):
            def send(self, body: str, *, group: str, deduplication: str) -> None:
                groups.append(group)

        bench = Bench(Reply(text="hi"), Reply(text="hi"))
        bench.outbox = Groups(samples.OUTBOX, bench.clock)
        bench.work()
        bench.work(samples.mailbox_message(key="two").to_json())

        assert groups == [group_id(samples.ADDRESS, "ann")] * 2


class TestFailures:
    """An agent that does not work."""

    @pytest.mark.parametrize("error", [AgentError("KeyError"), AgentTimeout()])
    def test_one_failure_is_tried_again(self, error: AgentError) -> None:
        """After the first failure the message comes back after a second."""
        bench = Bench(error, Reply(text="hi"))

        assert bench.work() == Retry(1)
        assert bench.outbox.bodies() == []
        assert bench.work() is None
        assert bench.record().reply == Reply(text="hi")
        assert bench.letters() == []

    @pytest.mark.parametrize(
        ("error", "reason"),
        [(AgentError("KeyError"), "agent_error"), (AgentTimeout(), "agent_timeout")],
    )
    def test_two_failures_end_with_the_fallback_and_a_dead_letter(
        self, error: AgentError, reason: str
    ) -> None:
        """The user is told, and a person finds the message with its reason."""
        bench = Bench(error, error)

        assert [bench.work(), bench.work()] == [Retry(1), None]
        assert (bench.record().reply, bench.record().failure) == (FALLBACK, reason)
        assert len(bench.outbox.bodies()) == 1
        assert bench.letters() == [(MESSAGE.id, "mailbox", reason, BODY)]

    def test_the_dead_letter_says_what_kind_of_error_it_was(self) -> None:
        """Also where the run that stored it was killed before it could bury the message."""
        bench = Bench(AgentUnavailable("status_403"))
        working, bench.outbox = bench.outbox, DownQueue(samples.OUTBOX, bench.clock)
        with pytest.raises(MailboxUnavailable):
            bench.work()
        bench.outbox = working
        bench.work()

        assert [letter.detail for letter in bench.items.open_letters(10)] == ["status_403"]

    def test_an_agent_that_cannot_answer_is_not_tried_again(self) -> None:
        """Where another try is no use, the user is told at once."""
        bench = Bench(AgentUnavailable("ImportError"))

        assert bench.work() is None
        assert bench.record().reply == FALLBACK
        assert bench.letters() == [(MESSAGE.id, "mailbox", "agent_unavailable", BODY)]

    def test_an_agent_that_is_not_to_be_had_is_unavailable(self) -> None:
        """What fails while the agent is looked up counts as the agent's failure."""
        bench = Bench()

        def missing() -> FakeAgent:
            raise AgentUnavailable

        heartbeat = bench.heartbeat()
        heartbeat._agent = missing

        assert heartbeat.work(BODY, seconds=7) is None
        assert bench.letters() == [(MESSAGE.id, "mailbox", "agent_unavailable", BODY)]

    def test_after_two_killed_runs_the_agent_is_left_alone(self) -> None:
        """What kills its worker twice is answered with the fallback, and listed as killed."""
        bench = Bench()
        for _ in range(2):
            claimed(bench)

        assert bench.work() is None
        assert bench.agent.asked == []
        assert bench.record().reply == FALLBACK
        assert bench.letters() == [(MESSAGE.id, "mailbox", "killed", BODY)]

    def test_a_failure_after_a_kill_is_the_last_try(self) -> None:
        """A killed run counts as a try."""
        bench = Bench(AgentError())
        claimed(bench)

        assert bench.work() is None
        assert bench.letters() == [(MESSAGE.id, "mailbox", "agent_error", BODY)]

    def test_the_outbox_down_asks_for_another_try_and_not_for_another_answer(self) -> None:
        """A stored answer is sent later; the agent is not asked again."""
        bench = Bench(Reply(text="hi"))
        working, bench.outbox = bench.outbox, DownQueue(samples.OUTBOX, bench.clock)
        with pytest.raises(MailboxUnavailable):
            bench.work()

        bench.outbox = working

        assert bench.work() is None
        assert len(bench.agent.asked) == len(bench.outbox.bodies()) == 1

    def test_a_run_that_was_overtaken_changes_nothing(self) -> None:
        """A run that comes back from the dead leaves the later run's claim alone."""
        bench = Bench(Reply(text="late"))
        agent = bench.agent.answer

        def slow(message: MailboxMessage, seconds: float, say: Say) -> Reply | None:
            claimed(bench)
            return agent(message, seconds, say)

        bench.agent.answer = slow  # type: ignore[method-assign]
        with pytest.raises(ClaimLost):
            bench.work()

        assert bench.outbox.bodies() == []
        assert (bench.record().state, bench.record().attempt) == (State.CLAIMED, 2)


class DownQueue(MemoryQueue):
    """A queue that takes nothing."""

    def send(self, body: str, *, group: str, deduplication: str) -> None:
        """Refuse."""
        raise MailboxUnavailable


def claimed(bench: Bench) -> None:
    """Claim the message as a run that is killed right after it."""

    class Dies(Exception):
        pass

    def die() -> FakeAgent:
        raise Dies

    heartbeat = bench.heartbeat()
    heartbeat._agent = die
    with pytest.raises(Dies):
        heartbeat.work(BODY, seconds=7)


MALFORMED = {
    "empty": "",
    "not JSON": "{",
    "another schema": BODY.replace("cococat.mailbox/1", "other/1"),
    "no reply address": BODY.replace(MESSAGE.reply, "x.y"),
    "an id that no table takes": BODY.replace(MESSAGE.id, ""),
}


class TestMalformed:
    """What does not come from a door of ours."""

    @pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
    def test_is_put_aside_at_once(self, body: str) -> None:
        """A message that no run could ever answer does not block its conversation."""
        bench = Bench()

        assert bench.work(body) is None
        assert bench.agent.asked == []
        assert bench.outbox.bodies() == []
        assert bench.letters() == [(fingerprint(body), "mailbox", "malformed", body)]


class TestLog:
    """What an operator sees, and what nobody may see."""

    def test_names_message_agent_and_reason_but_quotes_nothing(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Content, user and answer are in no log line."""
        caplog.set_level(logging.DEBUG)
        bench = Bench(AgentError("KeyError"), AgentError("KeyError"))
        body = samples.mailbox_message("canary-content").to_json().replace('"ann"', '"canary"')
        bench.work(body)
        bench.work(body)

        logged = [vars(record) for record in caplog.records]
        assert "canary" not in repr(logged)
        assert {"agent_error"} == {line["reason"] for line in logged}
        assert {"KeyError"} <= {line.get("detail") for line in logged}
        assert {mailbox.parse(body).id} == {line["message_id"] for line in logged}


def test_items_expire_after_a_day() -> None:
    """What is stored of a message is gone a day after its last run."""
    bench = Bench(Reply(text="hi"))
    bench.work()

    assert bench.record().expires_at == int(bench.clock.now()) + 24 * 3600
