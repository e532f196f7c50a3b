"""
WeChat's passive window: the answer in the response to the platform's own request.

Each delivery of a message counts itself in; the newest owns the slot, because the platform has
given up the earlier connections. It marks the answer as given, on condition that it still is
the newest, and answers; a later delivery proves that the earlier answer was lost. Once the
window is over the outbox takes an ungiven slot by the same condition. So the user sees one.
"""

from dataclasses import replace

from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.ids import ChannelAddress
from cococat.core.items import Items, update
from cococat.core.message_record import MessageRecord, load, unseen
from cococat.core.messages import Reply

POLL = (0.03, 0.1)
"""Seconds between two looks at the answer: the first look, and every later one."""
CLOSES = 6
"""Seconds after the first delivery from which the outbox may take the slot."""


class PassiveWindow:
    """
    The slots of one channel's messages.

    Args:
        items: the messages table.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock

    def count_in(self, identity: str, address: ChannelAddress) -> MessageRecord:
        """Note one more delivery of message *identity*; its number is `deliveries`."""
        now = self._clock.now()

        def change(record: MessageRecord) -> MessageRecord:
            first = record.first_delivery_at or now
            return replace(record, deliveries=record.deliveries + 1, first_delivery_at=first)

        return update(self._items, unseen(identity, address, now), change)

    def wait(self, delivery: MessageRecord, deadline: float) -> Reply | None:
        """
        Return the answer to give in the response to *delivery*, or None.

        None: it has not come by *deadline*, there is none, a newer delivery owns the slot, or
        the outbox has taken it.
        """
        record = delivery
        pause = POLL[0]
        while self._clock.now() < deadline and _is_open(record, delivery.deliveries):
            if record.reply is not None:
                return self._give(record, delivery.deliveries)
            self._clock.sleep(pause)
            pause = POLL[1]
            record = load(self._items, record.id) or record
        return None

    def take(self, record: MessageRecord) -> bool:
        """
        Take the slot for the outbox and return whether it is the outbox's.

        False: the answer was given in a response.
        """

        def change(current: MessageRecord) -> MessageRecord:
            return current if current.given else replace(current, taken=True)

        return not update(self._items, record, change).given

    def _give(self, record: MessageRecord, number: int) -> Reply | None:
        while _is_open(record, number):
            given = replace(record, given=number, answered_at=self._clock.now())
            try:
                self._items.put(given.to_item(), replacing=record.version)
            except Conflict as conflict:
                record = MessageRecord.from_item(conflict.current)
            else:
                return record.reply
        return None


def closes_at(record: MessageRecord) -> float:
    """Return when the outbox may take the slot of *record*, in seconds since 1970."""
    # A door that was killed before it counted itself in leaves the claim's time alone.
    began = record.first_delivery_at or record.claimed_at
    return 0 if began is None else began + CLOSES


def _is_open(record: MessageRecord, number: int) -> bool:
    """Tell whether delivery *number* owns the slot and there is something to wait for."""
    is_newest = record.deliveries == number
    has_none = record.finished and record.reply is None
    return is_newest and not record.taken and not has_none
