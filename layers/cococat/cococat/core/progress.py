"""
An answer that is shown while it grows.

Beside the agent a thread looks once a second for what it has said so far, keeps that in the
message's item, and lets the channel show it. None of it touches the answer itself: a failure ends
the showing, and the outbox sends the whole answer in the end, into the same message where the
channel can.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, runtime_checkable

from cococat.core.failures import log_failure
from cococat.core.items import Items, update
from cococat.core.message_record import MessageRecord, State
from cococat.core.reply_address import ReplyAddress

log = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two looks at what the agent says."""
WORKING_EVERY = 4
"""Looks between two signs that the agent works, as long as it says nothing."""
WORKING_FOR = 120
"""Looks after which there are no more such signs: an agent may hang."""
PATIENCE = 3.0
"""Seconds for which the end of a request that shows something is waited for."""

Say = Callable[[str], None]
"""Takes all that an agent has said so far."""
Shown = dict[str, str]
"""What a channel has to know of what it shows: the platform's id of the message …"""


@runtime_checkable
class ShowsProgress(Protocol):
    """A channel that can show that an agent works, and what it has said so far."""

    def show(self, to: ReplyAddress, text: str, shown: Shown) -> Shown:
        """
        Show *text*, or, where it is empty, that an answer is being made.

        Args:
            to: where the answer goes.
            text: all that has been said so far; it may be longer than one message.
            shown: what the call before returned; empty at the first one. It also comes with
                each `Delivery` of the answer.

        Raises:
            CococatError: it can't be shown; nothing more will be.

        """
        ...


class Progress(Protocol):
    """The progress of one answer."""

    def say(self, text: str) -> None:
        """Take all that the agent has said so far."""
        ...

    def close(self) -> None:
        """End the showing; the answer is there, or will not come."""
        ...


class Silent:
    """The progress of an answer that nobody can watch."""

    def say(self, text: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Do nothing."""


class LiveProgress:
    """
    The progress of an answer that a channel shows.

    Args:
        channel: shows it.
        to: where the answer goes.
        record: of the message that is answered, claimed.
        items: the messages table.

    """

    def __init__(
        self, channel: ShowsProgress, to: ReplyAddress, record: MessageRecord, items: Items
    ) -> None:
        self._channel = channel
        self._to = to
        self._record = record
        self._items = items
        self._said = ""
        self._looks = 0
        self._is_broken = False
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> "LiveProgress":
        """Begin to look, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, daemon=True, name="progress")
        self._thread.start()
        return self

    def say(self, text: str) -> None:
        """Take all that the agent has said so far."""
        self._said = text

    def close(self) -> None:
        """End the showing; a request that is under way gets some time."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def look(self) -> None:
        """Show what is new."""
        said, looks = self._said, self._looks
        self._looks += 1
        is_working = not said and looks % WORKING_EVERY == 0 and looks <= WORKING_FOR
        if self._is_broken or not (is_working or (said and said != self._record.partial)):
            return
        try:
            shown = self._channel.show(self._to, said, self._record.shown)
            self._keep(said, shown)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer goes on
            self._is_broken = True
            log_failure("an answer's progress is not shown", error)

    def _run(self) -> None:
        self.look()
        while not self._over.wait(INTERVAL):
            self.look()

    def _keep(self, said: str, shown: Shown) -> None:
        if (said, shown) == (self._record.partial, self._record.shown):
            return
        attempt = self._record.attempt

        def change(record: MessageRecord) -> MessageRecord:
            is_ours = record.state is State.CLAIMED and record.attempt == attempt
            return replace(record, partial=said, shown=shown) if is_ours else record

        self._record = update(self._items, self._record, change)
