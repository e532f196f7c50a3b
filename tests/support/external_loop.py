"""The process of an external agent, with its two queues in memory."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from cococat.core.agent import Handler
from cococat.core.external_agent import ExternalAnswers
from cococat.core.mailbox import MailboxMessage
from cococat.heartbeat.loop import Loop
from cococat.heartbeat.pace import Pace
from tests.support import samples
from tests.support.agent_mailbox import AgentMailbox, AgentOutbox

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


def message(content: str, user: str = "ann") -> MailboxMessage:
    """Return a message whose id and conversation are its own."""
    return samples.mailbox_message(content, f"{user}-{content}")


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
