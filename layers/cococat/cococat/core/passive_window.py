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
ONE_DELIVERY = 6
"""Seconds after the first delivery from which the outbox may take the slot; it waits for one."""
ALL_DELIVERIES = 16
"""The same where every delivery of the platform's is waited for."""


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

    def count_in(self, identity: str, address: ChannelAddress, window: int) -> MessageRecord:
        """
        Note one more delivery of message *identity*; its number is `deliveries`.

        Args:
            identity: the message.
            address: the channel it came through.
            window: seconds after the first delivery from which the outbox may take the slot.

        """
        now = self._clock.now()

        def change(record: MessageRecord) -> MessageRecord:
            first = record.first_delivery_at or now
            number = record.deliveries + 1
            return replace(record, deliveries=number, first_delivery_at=first, window=window)

        return update(self._items, unseen(identity, address, now), change)

    def is_known(self, identity: str) -> bool:
        """Tell whether anything is stored of message *identity*."""
        return load(self._items, identity) is not None

    def wait(self, delivery: MessageRecord, deadline: float) -> MessageRecord:
        """
        Return the record of *delivery* once there is nothing more to wait for, or at *deadline*.

        `is_ready` tells whether its answer may be given; where it `is_open` none has come yet.
        """
        record = delivery
        pause = POLL[0]
        while self._clock.now() < deadline and is_open(record, delivery.deliveries):
            if record.reply is not None:
                break
            self._clock.sleep(pause)
            pause = POLL[1]
            record = load(self._items, record.id) or record
        return record

    def give(self, record: MessageRecord, number: int, until: float) -> Reply | None:
        """
        Mark the answer of *record* as given by delivery *number*; None where it may not be.

        Args:
            record: of the message.
            number: of the delivery.
            until: when nobody reads the response any more, seconds since 1970.

        """
        while self._clock.now() < until and is_open(record, number):
            given = replace(record, given=number, answered_at=self._clock.now())
            try:
                self._items.put(given.to_item(), replacing=record.version)
            except Conflict as conflict:
                record = MessageRecord.from_item(conflict.current)
            else:
                return record.reply
        return None

    def take(self, record: MessageRecord) -> bool:
        """
        Take the slot for the outbox and return whether it is the outbox's.

        False: the answer was given in a response.
        """

        def change(current: MessageRecord) -> MessageRecord:
            return current if current.given else replace(current, taken=True)

        return not update(self._items, record, change).given


def closes_at(record: MessageRecord, window: int) -> float:
    """
    Return when the outbox may take the slot of *record*, in seconds since 1970.

    Args:
        record: of the message.
        window: how long that is, where no door has noted it.

    """
    # A door that was killed before it counted itself in leaves the claim's time alone.
    began = record.first_delivery_at or record.claimed_at
    return 0 if began is None else began + (record.window or window)


def is_open(record: MessageRecord, number: int) -> bool:
    """Tell whether delivery *number* owns the slot and there is something to wait for."""
    is_newest = record.deliveries == number
    has_none = record.finished and record.reply is None
    return is_newest and not record.taken and not has_none
