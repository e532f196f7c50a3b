"""
The keeper: each minute it makes true what is wanted and is not, and tells what it found.

One task that fails stops no other.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cococat.core import dead_letters, mailbox, outbox_message, reply_address
from cococat.core.clock import Clock
from cococat.core.errors import MalformedMessage, ReplyRefused
from cococat.core.failures import log_failure
from cococat.core.ids import fingerprint
from cococat.core.items import Items

log = logging.getLogger(__name__)

KILLED = "killed"
FAILED = -1
"""What a task that failed has mended."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that the keeper does; it returns how many things it mended."""

    name: str
    run: Callable[[], int]


def keep(tasks: tuple[Task, ...]) -> dict[str, int]:
    """Do all *tasks* and return what each mended; one that failed counts as -1."""
    mended = {task.name: _run(task) for task in tasks}
    log.info("kept", extra={"mended": mended})
    return mended


def failures(mended: dict[str, int]) -> int:
    """Return how many tasks failed, of those that *mended* tells of."""
    return list(mended.values()).count(FAILED)


def each_of[T](things: Iterable[T], mend: Callable[[T], int]) -> int:
    """
    Return how many things *mend* mended; one that fails stops no other.

    Raises:
        Exception: the first failure, once all the others are done.

    """
    mended, failures = 0, []
    for thing in things:
        try:
            mended += mend(thing)
        except Exception as error:  # noqa: BLE001 - raised below
            failures.append(error)
    if failures:
        raise failures[0]
    return mended


def bury_killed(items: Items, queue: str, agent: str, body: str, clock: Clock) -> None:
    """
    Keep a message that a dead-letter queue holds: its runs were killed as often as it may be.

    Args:
        items: the messages table.
        queue: mailbox or outbox.
        agent: whose mailbox it was in, empty for the outbox.
        body: the message.
        clock: the time.

    """
    kind: dead_letters.Queue = "outbox" if queue == "outbox" else "mailbox"
    identity, part = _identity(kind, body)
    now = clock.now()
    letter = dead_letters.letter(identity, kind, KILLED, body, now, part=part, agent=agent)
    dead_letters.bury(items, letter)


def _identity(kind: dead_letters.Queue, body: str) -> tuple[str, int]:
    """Return which message *body* is, and which part of its answer; 0 for the message itself."""
    try:
        if kind == "mailbox":
            return mailbox.parse(body).id, 0
        message = outbox_message.parse(body)
        return reply_address.peek(message.reply).message_id, 1
    except (MalformedMessage, ReplyRefused):
        return fingerprint(body), 0


def _run(task: Task) -> int:
    try:
        return task.run()
    except Exception as error:  # noqa: BLE001 - one task stops no other
        log_failure(f"the keeper's task '{task.name}' failed", error)
        return FAILED
