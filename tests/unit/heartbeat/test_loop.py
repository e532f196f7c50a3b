import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from cococat.core import mailbox
from cococat.core.agent import Handler
from cococat.core.errors import ConfigError, MailboxUnavailable
from cococat.core.external_agent import ExternalAnswers
from cococat.core.mailbox import MailboxMessage
from cococat.heartbeat.loop import Loop
from cococat.heartbeat.pace import Pace
from tests.support import handlers, samples
from tests.support.agent_mailbox import NOT_OURS, AgentMailbox, AgentOutbox

PACE = Pace(timeout=5, tick=0.01, wait=0, later=0, drain=2)
LATER = replace(PACE, later=1)


class Bench:
    """An external agent with its two queues in memory; handlers run in real threads."""

    def __init__(self) -> None:
        self.mailbox = AgentMailbox()
        self.outbox = AgentOutbox()

    def loop(self, handler: Handler, *, concurrency: int = 10, pace: Pace = PACE) -> Loop:
        """Return a loop that lets *handler* answer."""
        return Loop(
            agent="support",
            reader=self.mailbox,
            answers=ExternalAnswers(self.outbox),
            handler=handler,
            concurrency=concurrency,
            pace=pace,
        )

    def work(self, handler: Handler, *, concurrency: int = 10, pace: Pace = PACE) -> bool:
        """Work until the mailbox is empty, hidden messages too."""
        loop = self.loop(handler, concurrency=concurrency, pace=pace)
        deadline = time.monotonic() + 10
        while (is_good := loop.run(once=True)) and self.mailbox.left():
            assert time.monotonic() < deadline
            loop = self.loop(handler, concurrency=concurrency, pace=pace)
        return is_good

    @contextmanager
    def running(self, handler: Handler, pace: Pace = PACE) -> Iterator[Loop]:
        """Let a loop run beside the body, and stop it in the end."""
        loop = self.loop(handler, pace=pace)
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            yield loop
        finally:
            loop.stop()
            loop.stop()
            thread.join(5)
            assert not thread.is_alive()

    def said(self) -> list[tuple[str | None, str | None]]:
        """Return text and failure of all that is in the outbox."""
        return [
            (each.answer.text if each.answer else None, each.failure)
            for each in self.outbox.messages()
        ]


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what failed come again at once."""

    class Now:
        delay = 0

    for module in ("loop", "receiver"):
        monkeypatch.setattr(f"cococat.heartbeat.{module}.backoff", lambda _tries: Now)


def message(content: str, user: str = "ann") -> MailboxMessage:
    """Return a message whose id and conversation are its own."""
    return samples.mailbox_message(content, f"{user}-{content}")


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class TestAnswers:
    """A handler that works."""

    def test_an_answer_goes_into_the_outbox_and_the_message_is_deleted(self, bench: Bench) -> None:
        """In this order: what is not in the outbox stays in the mailbox."""
        bench.mailbox.send(message("hello"))

        assert bench.work(handlers.echo)
        assert bench.said() == [("hello", None)]
        assert (bench.mailbox.deleted, bench.mailbox.left()) == (1, [])

    def test_no_answer_is_told(self, bench: Bench) -> None:
        """Whoever waits is released."""
        bench.mailbox.send(message("hello"))
        bench.work(handlers.silent)

        assert [each.none for each in bench.outbox.messages()] == [True]
        assert bench.mailbox.left() == []

    def test_a_conversation_keeps_its_order(self, bench: Bench) -> None:
        """One message at a time, in the order in which they came."""
        for number in range(5):
            bench.mailbox.send(message(str(number)))
        bench.work(handlers.echo)

        assert [text for text, _ in bench.said()] == list("01234")

    def test_conversations_do_not_wait_for_each_other(self, bench: Bench) -> None:
        """As many run at the same time as there may be."""
        together = threading.Barrier(4, timeout=5)

        def meets(message: MailboxMessage) -> str:
            together.wait()
            return message.content

        for user in "abcd":
            bench.mailbox.send(message(user, user), user)

        assert bench.work(meets, concurrency=4)
        assert sorted(text or "" for text, _ in bench.said()) == list("abcd")

    def test_no_more_run_than_there_may_be(self, bench: Bench) -> None:
        """The others wait in the mailbox."""
        running, most = 0, 0

        def counts(message: MailboxMessage) -> str:
            nonlocal running, most
            running += 1
            most = max(most, running)
            time.sleep(0.02)
            running -= 1
            return message.content

        for user in "abcdef":
            bench.mailbox.send(message(user, user), user)
        bench.work(counts, concurrency=2)

        assert (most, len(bench.said())) == (2, 6)


class TestFailures:
    """A handler that does not work."""

    def test_one_failure_is_made_good(self, bench: Bench) -> None:
        """The message comes again, and the second try's answer is the answer."""
        bench.mailbox.send(message("hello"))
        bench.work(handlers.Script(handlers.raises))

        assert bench.said() == [("hello", None)]
        assert bench.mailbox.hidden == [0]

    def test_two_failures_are_told_with_the_message(self, bench: Bench) -> None:
        """The outbox keeps it as a dead letter, and tells the user."""
        sent = message("hello")
        bench.mailbox.send(sent)
        bench.work(handlers.raises)

        (failed,) = bench.outbox.messages()
        assert (failed.failure, failed.answer) == ("agent_error", None)
        assert mailbox.read(failed.message or {}) == sent
        assert bench.mailbox.left() == []

    def test_one_failure_does_not_let_the_next_message_overtake(self, bench: Bench) -> None:
        """The conversation waits for the second try."""
        bench.mailbox.send(message("first"))
        bench.mailbox.send(message("second"))
        bench.work(handlers.Script(handlers.raises))

        assert [text for text, _ in bench.said()] == ["first", "second"]

    @pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
    def test_a_handler_can_not_end_the_process(
        self, bench: Bench, error: type[BaseException]
    ) -> None:
        """Whatever it raises is its failure."""

        def raises(_message: MailboxMessage) -> None:
            raise error

        bench.mailbox.send(message("hello"))

        assert bench.work(raises)
        assert bench.said() == [(None, "agent_error")]

    def test_a_message_whose_runs_were_killed_is_left_alone(self, bench: Bench) -> None:
        """What came twice already, and is still there, has killed its processes."""
        bench.mailbox.send(message("hello"))
        for _ in range(2):
            received = bench.mailbox.receive(0)
            assert received is not None
            bench.mailbox.hide(received, 0)
        script = handlers.Script()
        bench.work(script)

        assert (script.seen, bench.said()) == ([], [(None, "killed")])

    def test_what_is_not_of_our_form_is_left_to_the_queue(self, bench: Bench) -> None:
        """It is neither run nor deleted, and holds nobody up."""
        bench.mailbox.send("{}", "stray")
        bench.mailbox.send(message("hello"))
        with bench.running(handlers.echo, LATER):
            until(bench.said)

        assert bench.mailbox.hidden == [1]
        assert bench.said() == [("hello", None)]
        assert bench.mailbox.left() == ["{}"]


class TestOverruns:
    """A handler that takes too long."""

    PACE = replace(PACE, timeout=0.3)
    SLOW = 0.4

    def test_has_one_more_try(self, bench: Bench) -> None:
        """What it says too late does not count."""
        bench.mailbox.send(message("hello"))

        def slow_at_first(message: MailboxMessage, runs: list[int] = []) -> str:  # noqa: B006
            runs.append(1)
            time.sleep(self.SLOW if len(runs) == 1 else 0)
            return f"run {len(runs)}"

        assert bench.work(slow_at_first, pace=self.PACE)
        assert bench.said() == [("run 2", None)]

    def test_twice_is_told_at_once(self, bench: Bench) -> None:
        """The user hears of it before the second run has ended."""
        told: list[float] = []
        bench.mailbox.send(message("hello"))

        def slow(_message: MailboxMessage) -> str:
            time.sleep(self.SLOW)
            told.append(len(bench.said()))
            return "too late"

        assert bench.work(slow, pace=self.PACE)
        assert told == [0, 1]
        assert bench.said() == [(None, "agent_timeout")]
        assert bench.mailbox.left() == []

    def test_holds_its_conversation_up_until_it_has_ended(self, bench: Bench) -> None:
        """A conversation is never worked on twice at a time."""
        running = threading.Lock()

        def alone(message: MailboxMessage) -> str:
            assert running.acquire(blocking=False)
            time.sleep(self.SLOW if message.content == "slow" else 0)
            running.release()
            return message.content

        bench.mailbox.send(message("slow"))
        bench.mailbox.send(message("next"))
        bench.work(alone, pace=self.PACE)

        assert bench.said() == [(None, "agent_timeout"), ("next", None)]

    def test_that_never_ends_ends_the_process(self, bench: Bench) -> None:
        """The user is told, the message is deleted, and a fresh process is to go on."""
        bench.mailbox.send(message("hello"))
        over = threading.Event()
        try:
            assert not bench.work(lambda _message: str(over.wait(30)), pace=self.PACE)
        finally:
            over.set()

        assert bench.said() == [(None, "agent_timeout")]
        assert bench.mailbox.left() == []

    def test_others_go_on_meanwhile(self, bench: Bench) -> None:
        """A slow conversation holds up itself alone, and its end does not come too soon."""
        answered: list[str] = []

        def one_is_slow(message: MailboxMessage) -> str:
            if message.content == "slow":
                until(lambda: len(answered) == 3)
            else:
                answered.append(message.content)
            return message.content

        for user in ("slow", "a", "b", "c"):
            bench.mailbox.send(message(user, user), user)

        assert bench.work(one_is_slow)
        assert len(bench.said()) == 4


class TestVisibility:
    """A message while it is worked on."""

    def test_is_hidden_from_others_as_long_as_it_takes(self, bench: Bench) -> None:
        """The queue does not give it out a second time."""
        bench.mailbox = AgentMailbox(visibility=1)
        bench.mailbox.send(message("hello"))

        def slow(message: MailboxMessage) -> str:
            time.sleep(1.3)
            return message.content

        script = handlers.Script(slow)
        pace = Pace(timeout=5, visibility=1, tick=0.01, wait=0)

        assert bench.work(script, pace=pace)
        assert (script.seen, bench.said()) == (["hello"], [("hello", None)])
        assert len(bench.mailbox.hidden) >= 3

    def test_that_came_again_all_the_same_is_run_once(self, bench: Bench) -> None:
        """The newer receipt is the good one then."""
        bench.mailbox = AgentMailbox(visibility=0.05)
        bench.mailbox.send(message("hello"))

        def slow(message: MailboxMessage) -> str:
            time.sleep(0.2)
            return message.content

        script = handlers.Script(slow)

        assert bench.work(script)
        assert script.seen == ["hello"]
        assert (bench.mailbox.deleted, bench.mailbox.left()) == (1, [])


class TestQueues:
    """Queues that fail."""

    def test_an_answer_waits_for_the_outbox(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The handler is not asked again for what it has answered."""
        monkeypatch.setattr("cococat.heartbeat.desk.PAUSE", 0.01)
        bench.outbox.failures = 1
        bench.mailbox.send(message("hello"))
        script = handlers.Script()

        assert bench.work(script)
        assert (script.seen, bench.said()) == (["hello"], [("hello", None)])

    def test_an_outbox_that_stays_down_leaves_the_message_in_the_mailbox(
        self, bench: Bench
    ) -> None:
        """A later process runs it anew."""
        bench.outbox.failures = 1000
        bench.mailbox.send(message("hello"))
        with bench.running(handlers.echo):
            until(lambda: bench.outbox.failures < 1000)

        assert (bench.said(), len(bench.mailbox.left())) == ([], 1)

    def test_a_mailbox_that_is_down_is_asked_again(self, bench: Bench) -> None:
        """The loop goes on when it is back."""
        bench.mailbox.failures = [MailboxUnavailable()] * 3
        bench.mailbox.send(message("hello"))

        assert bench.work(handlers.echo)
        assert bench.said() == [("hello", None)]

    def test_a_mailbox_that_is_not_ours_ends_the_loop(self, bench: Bench) -> None:
        """It can't be run at all."""
        bench.mailbox.failures = [NOT_OURS]
        with pytest.raises(ConfigError, match="AccessDenied"):
            bench.work(handlers.echo)

    def test_rights_that_are_taken_away_later_are_waited_for(self, bench: Bench) -> None:
        """What has worked once may work again."""
        bench.mailbox.failures = [None, NOT_OURS]
        for content in ("one", "two"):
            bench.mailbox.send(message(content))

        assert bench.work(handlers.echo)
        assert len(bench.said()) == 2

    def test_a_bug_in_the_receiver_is_a_failure(self, bench: Bench) -> None:
        """The process does not stay there deaf."""
        bench.mailbox.failures = [ZeroDivisionError()]

        assert not bench.work(handlers.echo)

    def test_a_message_that_is_not_deleted_is_answered_once(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It comes again and is run again; the outbox knows the answer already."""
        bench.mailbox = AgentMailbox(visibility=0.05)
        bench.mailbox.send(message("hello"))
        delete, tries = bench.mailbox.delete, []

        def fails_at_first(received: object) -> None:
            tries.append(received)
            if len(tries) <= 3:
                raise MailboxUnavailable
            delete(received)  # type: ignore[arg-type]

        monkeypatch.setattr(bench.mailbox, "delete", fails_at_first)

        assert bench.work(handlers.echo)
        assert bench.said() == [("hello", None)]


class TestStopping:
    """A loop that is told to stop."""

    def test_lets_the_runs_end_and_takes_nothing_new(self, bench: Bench) -> None:
        """What was begun is answered; what waits stays."""
        begun, may_end = threading.Event(), threading.Event()

        def waits(message: MailboxMessage) -> str:
            begun.set()
            may_end.wait(5)
            return message.content

        for content in ("begun", "waiting"):
            bench.mailbox.send(message(content))
        loop = bench.loop(waits)
        thread = threading.Thread(target=loop.run)
        thread.start()
        begun.wait(5)
        loop.stop()
        time.sleep(0.05)
        may_end.set()
        thread.join(5)

        assert bench.said() == [("begun", None)]
        assert [mailbox.parse(body).content for body in bench.mailbox.left()] == ["waiting"]

    def test_hands_back_what_does_not_end(self, bench: Bench) -> None:
        """Another process has it at once, and what this one says later does not count."""
        begun, over = threading.Event(), threading.Event()

        def waits(message: MailboxMessage) -> str:
            begun.set()
            over.wait(5)
            return "too late"

        bench.mailbox.send(message("hello"))
        loop = bench.loop(waits, pace=Pace(timeout=5, tick=0.01, wait=0, drain=0.05))
        thread = threading.Thread(target=loop.run)
        thread.start()
        begun.wait(5)
        loop.stop()
        thread.join(5)
        received = bench.mailbox.receive(0)
        over.set()
        time.sleep(0.05)

        assert received is not None
        assert (received.receives, bench.said()) == (2, [])

    def test_told_twice_it_does_not_wait(self, bench: Bench) -> None:
        """A person who is in a hurry."""
        begun, over = threading.Event(), threading.Event()

        def waits(_message: MailboxMessage) -> str:
            begun.set()
            over.wait(5)
            return "too late"

        bench.mailbox.send(message("hello"))
        started = time.monotonic()
        with bench.running(waits, pace=Pace(timeout=60, tick=0.01, wait=0, drain=60)):
            begun.wait(5)
        over.set()

        assert time.monotonic() - started < 2
        assert len(bench.mailbox.left()) == 1

    def test_what_comes_while_it_stops_is_handed_back(self, bench: Bench) -> None:
        """The last request for messages was under way."""
        with bench.running(handlers.echo, pace=Pace(timeout=5, tick=0.01, wait=1)) as loop:
            time.sleep(0.05)
            loop.stop()
            bench.mailbox.send(message("hello"))
            until(lambda: bench.mailbox.hidden == [0])

        assert (bench.said(), len(bench.mailbox.left())) == ([], 1)


class TestLog:
    """What an operator sees, and what nobody may see."""

    def test_a_line_for_start_stop_and_each_failure(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No text, no user, no error's own words."""
        caplog.set_level(logging.DEBUG)
        bench.mailbox.send(samples.mailbox_message("canary-content"), "canary-group")
        bench.mailbox.send("canary-stray", "canary-stray")
        with bench.running(handlers.raises, LATER):
            until(bench.said)

        lines = [vars(record) for record in caplog.records]
        texts = [line["msg"] for line in lines]
        assert (texts[0], texts[-1]) == ("the heartbeat starts", "the heartbeat stops")
        assert texts.count("the agent gave no answer") == 2
        assert {"LookupError"} == {line["detail"] for line in lines if "detail" in line}
        assert "canary" not in repr(lines)
        assert "secret-of-the-agent" not in repr(lines)
