import logging
import threading
import time

import pytest

from cococat.core import mailbox
from cococat.core.mailbox import MailboxMessage
from cococat.heartbeat.pace import Pace
from tests.support import handlers, samples
from tests.support.external_loop import LATER, Bench, message, until


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
        # Threads that other tests have left behind may say something at the same time.
        texts = [line["msg"] for line in lines if line["name"].startswith("cococat.heartbeat")]
        assert (texts[0], texts[-1]) == ("the heartbeat starts", "the heartbeat stops")
        assert texts.count("the agent gave no answer") == 2
        assert {"LookupError"} == {line["detail"] for line in lines if "detail" in line}
        assert "canary" not in repr(lines)
        assert "secret-of-the-agent" not in repr(lines)
