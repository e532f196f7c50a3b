import threading
import time
from dataclasses import replace

from cococat.core.mailbox import MailboxMessage
from cococat.heartbeat.pace import Pace
from tests.support import handlers
from tests.support.agent_mailbox import AgentMailbox
from tests.support.external_loop import PACE, Bench, message, until


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
