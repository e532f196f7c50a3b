"""The mailbox and the outbox of an external agent, in memory and in real time."""

import threading
import time

from cococat.core import outbox_message
from cococat.core.clock import SystemClock
from cococat.core.errors import ConfigError, MailboxUnavailable
from cococat.core.external_agent import Received
from cococat.core.mailbox import MailboxMessage
from cococat.core.outbox_message import OutboxMessage
from tests.support import samples
from tests.support.queues import MemoryQueue

PAUSE = 0.002
"""Seconds between two looks at an empty mailbox: who asks in a loop leaves others their turn."""


class AgentMailbox:
    """
    `cococat.core.external_agent.MailboxReader` over a queue in memory, and what to do to it.

    Attributes:
        deleted: how many messages were.
        hidden: for how long messages were hidden, in order.
        failures: what the next calls raise, in order; None for one that works.

    """

    def __init__(self, visibility: float = 30) -> None:
        self._queue = MemoryQueue(samples.MAILBOX, SystemClock(), visibility)
        self._lock = threading.Lock()
        self._groups: dict[str, str] = {}
        self.deleted = 0
        self.hidden: list[int] = []
        self.failures: list[Exception | None] = []

    def send(self, message: MailboxMessage | str, group: str = "ann") -> None:
        """Let *message* be the newest of conversation *group*."""
        body = message if isinstance(message, str) else message.to_json()
        with self._lock:
            self._groups[body] = group
            self._queue.send(body, group=group, deduplication=f"{len(self._groups)}")

    def receive(self, seconds: int) -> Received | None:
        """Return the next message; see `MailboxReader.receive`."""
        self._fail()
        deadline = time.monotonic() + seconds
        while (found := self._next()) is None:
            time.sleep(PAUSE)
            if time.monotonic() > deadline:
                break
        return found

    def delete(self, received: Received) -> None:
        """Forget a message; see `MailboxReader.delete`."""
        with self._lock:
            self._queue.delete(received.receipt)
            self.deleted += 1

    def hide(self, received: Received, seconds: int) -> None:
        """Hide a message; see `MailboxReader.hide`."""
        with self._lock:
            self._queue.hide(received.receipt, seconds)
            self.hidden.append(seconds)

    def left(self) -> list[str]:
        """Return what is in the mailbox, hidden or not."""
        with self._lock:
            return self._queue.bodies()

    def _fail(self) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure

    def _next(self) -> Received | None:
        with self._lock:
            found = self._queue.receive()
            if found is None:
                return None
            return Received(
                id=found.id,
                receipt=found.receipt,
                body=found.body,
                group=self._groups[found.body],
                receives=found.receives,
            )


class AgentOutbox(MemoryQueue):
    """
    The outbox, which can be told to fail.

    Attributes:
        failures: how many of the next sends fail.

    """

    def __init__(self) -> None:
        super().__init__(samples.OUTBOX, SystemClock())
        self.failures = 0

    def send(self, body: str, *, group: str, deduplication: str) -> None:
        """Keep *body*, or fail as told."""
        if self.failures > 0:
            self.failures -= 1
            raise MailboxUnavailable
        super().send(body, group=group, deduplication=deduplication)

    def messages(self) -> list[OutboxMessage]:
        """Return what was kept."""
        return [outbox_message.parse(body) for body in self.bodies()]


NOT_OURS = ConfigError("AccessDenied")
