"""SQS FIFO queues in memory, as strict as the real ones."""

import re
from dataclasses import dataclass, field
from itertools import count

from cococat.core import text
from cococat.core.clock import Clock
from cococat.core.errors import MailboxUnavailable

DEDUPLICATION = 300
"""Seconds for which a queue knows a deduplication id again."""
MAX_BODY = 256 * 1024

# 1 to 128 letters, digits and punctuation (Amazon SQS API Reference, SendMessage).
_LEGAL_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


class RefusedByQueue(MailboxUnavailable):
    """Raised when SQS would answer a request with an error, whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as a consumer gets it."""

    queue: str
    id: str
    receipt: str
    body: str = field(repr=False)
    receives: int


@dataclass(slots=True, kw_only=True)
class _Kept:
    id: str
    body: str = field(repr=False)
    group: str
    visible_at: float = 0
    receives: int = 0


class MemoryQueue:
    """
    One FIFO queue with deduplication and order in each group.

    Args:
        url: its name for senders and consumers.
        clock: the time.
        visibility: seconds for which a received message is hidden.

    """

    def __init__(self, url: str, clock: Clock, visibility: float = 30) -> None:
        self._url = url
        self._clock = clock
        self._visibility = visibility
        self._numbers = count(1)
        self._kept: list[_Kept] = []
        self._known: dict[tuple[str, str], float] = {}

    def send(self, body: str, *, group: str, deduplication: str) -> None:
        """Keep *body* as the newest of *group*, unless it came in the last five minutes."""
        self._refuse_illegal(body, group, deduplication)
        now = self._clock.now()
        key = (group, deduplication)
        if now - self._known.get(key, -DEDUPLICATION) < DEDUPLICATION:
            return
        self._known[key] = now
        self._kept.append(_Kept(id=f"m{next(self._numbers)}", body=body, group=group))

    def receive(self) -> Received | None:
        """Return the first message that may be worked on now, and hide it."""
        now = self._clock.now()
        busy: set[str] = set()
        for kept in self._kept:
            if kept.group not in busy and kept.visible_at <= now:
                kept.visible_at = now + self._visibility
                kept.receives += 1
                return Received(
                    queue=self._url,
                    id=kept.id,
                    receipt=f"{kept.id}/{kept.receives}",
                    body=kept.body,
                    receives=kept.receives,
                )
            busy.add(kept.group)
        return None

    def delete(self, receipt: str) -> None:
        """Forget the message that was received with *receipt*."""
        self._kept.remove(self._of(receipt))

    def hide(self, receipt: str, seconds: float) -> None:
        """Show the message that was received with *receipt* again after *seconds*."""
        self._of(receipt).visible_at = self._clock.now() + seconds

    def next_due(self) -> float | None:
        """Return when the first of the messages is to be had, or None where there is none."""
        first = {kept.group: kept.visible_at for kept in reversed(self._kept)}
        return min(first.values(), default=None)

    def bodies(self) -> list[str]:
        """Return what is in the queue, hidden or not."""
        return [kept.body for kept in self._kept]

    def _of(self, receipt: str) -> _Kept:
        identity, _, receives = receipt.partition("/")
        for kept in self._kept:
            if kept.id == identity and kept.receives == int(receives):
                return kept
        raise RefusedByQueue(receipt)

    def _refuse_illegal(self, body: str, *ids: str) -> None:
        for each in ids:
            if not _LEGAL_ID.fullmatch(each):
                message = f"not an id that SQS takes: {each!r}"
                raise RefusedByQueue(message)
        if not body or not text.is_sendable(body) or text.size(body) > MAX_BODY:
            message = "not a body that SQS takes"
            raise RefusedByQueue(message)


class MemoryQueues:
    """Every queue of a stack; the way into the mailboxes, as `cococat.core.mailbox.Mailbox`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues: dict[str, MemoryQueue] = {}

    def make(self, url: str, visibility: float = 30) -> MemoryQueue:
        """Make the queue at *url* and return it."""
        self._queues[url] = MemoryQueue(url, self._clock, visibility)
        return self._queues[url]

    def at(self, url: str) -> MemoryQueue:
        """Return the queue at *url*."""
        if url not in self._queues:
            message = f"there is no queue {url}"
            raise RefusedByQueue(message)
        return self._queues[url]

    def send(self, mailbox: str, body: str, *, group: str, deduplication: str) -> None:
        """Put *body* into *mailbox*; see `Mailbox.send`."""
        self.at(mailbox).send(body, group=group, deduplication=deduplication)
