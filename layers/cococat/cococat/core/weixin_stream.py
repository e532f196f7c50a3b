"""
The stream of a WeCom (企业微信) bot: an answer that the platform fetches until it is finished.

The first answer to a message names the stream, by the message's own id; from then on the platform
asks for it again and again, each time for the whole text so far. The poll that finds the answer
marks it as given, on condition that the outbox has not taken it; where no poll comes, or it is
too late for one, the outbox takes it by the same condition. So the user sees one.
Source: WeCom developer documentation, "Intelligent bot: passive reply" (101031).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.ids import ChannelAddress
from cococat.core.items import Items, update
from cococat.core.limits import LIMITS
from cococat.core.message_record import MessageRecord, load, unseen
from cococat.core.messages import Card, Reply
from cococat.core.text import cut

if TYPE_CHECKING:
    from cococat.core.weixin_bot_card import Said

CLOSES = 330
"""Seconds after a message from which its stream is finished by us; the platform stops at 360."""
LOOK = 0.1
"""Seconds between two looks at an answer that a response waits for."""
PATIENCE = 20
"""Seconds for which an answer waits for a poll before it goes another way."""
LATER = "回答另行发送。"
"""What a stream says in the end whose answer goes another way, or has gone."""

FIRST_PART, CARD_ALONE, ALL = 1, 2, 3
"""What of an answer was given: `MessageRecord.given`."""

Choose = Callable[[Reply], int]
"""Tells what of an answer is to be given; 0 for nothing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """
    What a stream shows.

    Attributes:
        content: the whole text so far.
        finish: whether it is the last of it.
        card: what is shown beside it in the end.

    """

    content: str
    finish: bool
    card: Card | None = None


class Streams:
    """
    The streams of one bot.

    Args:
        items: the messages table.
        clock: the time.
        address: the bot's channel.

    """

    def __init__(self, items: Items, clock: Clock, address: ChannelAddress) -> None:
        self._items = items
        self._clock = clock
        self._address = address

    def begin(self, identity: str) -> Shown:
        """Begin the stream of message *identity*, or go on with it, and return what it shows."""
        return self._show(self._begun(identity))

    def poll(self, identity: str) -> Shown:
        """Return what the stream *identity* shows; one that is unknown ends at once."""
        record = load(self._items, identity)
        if record is None or record.address != self._address:
            return Shown("", finish=True)
        return self._show(record)

    def once(self, identity: str, deadline: float, choose: Choose) -> Reply | None:
        """
        Return the answer to the event *identity*, which has one response and no stream.

        None: it has not come by *deadline* (seconds since 1970), there is none, or nothing of it
        is to be given; then it is the outbox's.
        """
        record = self._begun(identity)
        while not record.finished and self._clock.now() < deadline:
            if record.reply is not None:
                break
            self._clock.sleep(LOOK)
            record = load(self._items, identity) or record
        given = self.give(record, choose)
        if given is None:
            self.take(record)
        return given

    def give(self, record: MessageRecord, choose: Choose) -> Reply | None:
        """Mark the answer of *record* as given and return it; None where it may not be given."""
        while record.reply is not None and not record.taken:
            if record.given:
                return record.reply
            given = replace(record, given=choose(record.reply), answered_at=self._clock.now())
            if not given.given:
                return None
            try:
                self._items.put(given.to_item(), replacing=record.version)
            except Conflict as conflict:
                record = MessageRecord.from_item(conflict.current)
            else:
                return record.reply
        return None

    def take(self, record: MessageRecord) -> int:
        """Take the answer for the outbox and return what of it was given before; 0 for nothing."""

        def change(current: MessageRecord) -> MessageRecord:
            return current if current.given else replace(current, taken=True)

        return update(self._items, record, change).given

    def wait(self, record: MessageRecord) -> float:
        """Return the seconds for which the answer of *record* is left to the polls."""
        if record.given or record.taken:
            return 0
        since = record.replied_at or record.first_delivery_at or 0
        return max(0.0, since + PATIENCE - self._clock.now())

    def _begun(self, identity: str) -> MessageRecord:
        now = self._clock.now()

        def change(record: MessageRecord) -> MessageRecord:
            return replace(record, first_delivery_at=record.first_delivery_at or now)

        return update(self._items, unseen(identity, self._address, now), change)

    def _show(self, record: MessageRecord) -> Shown:
        if record.reply is not None:
            given = self.give(record, _whole)
            if given is None:
                return Shown(LATER, finish=True)
            whole = said(given)
            return Shown(whole.text, finish=True, card=whole.card)
        if record.finished:
            return Shown("", finish=True)
        if record.taken or self._is_late(record):
            return self._close(record)
        return Shown(cut(record.partial, LIMITS["weixin_bot"].text), finish=False)

    def _is_late(self, record: MessageRecord) -> bool:
        return self._clock.now() - (record.first_delivery_at or 0) >= CLOSES

    def _close(self, record: MessageRecord) -> Shown:
        """End a stream whose answer does not come in time; the outbox brings it then."""
        if self.take(record):
            return self.poll(record.id)
        return Shown(LATER, finish=True)


def said(reply: Reply) -> "Said":
    """Return what one message holds of *reply*; see `weixin_bot_card.said`."""
    # Here, because most callbacks have no answer yet, and a cold door is in a hurry.
    from cococat.core import weixin_bot_card

    return weixin_bot_card.said(reply)


def _whole(reply: Reply) -> int:
    return FIRST_PART if said(reply).card is None else ALL
