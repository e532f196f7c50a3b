"""
The outbox: sends one part of an answer through its channel.

Each part is claimed before the send and settled after it. A part that is found half sent is
sent again only where the channel makes a repeat harmless; elsewhere it goes to a person.
"""

import logging
from dataclasses import replace

from cococat.core import (
    dead_letters,
    external_answer,
    outbox_message,
    reply_address,
)
from cococat.core.channels import AnswersInPlace, Channel, Channels, Delivery, TakesTurns
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.errors import (
    Conflict,
    DeliveryDelayed,
    DeliveryError,
    DeliveryUnknown,
    MalformedMessage,
    ReplyRefused,
)
from cococat.core.ids import fingerprint, part_id
from cococat.core.items import Items, update
from cococat.core.mailbox import MAX_QUEUE_MESSAGE
from cococat.core.message_record import MessageRecord
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.part_record import LIFETIME, PartRecord, PartState, sort_key
from cococat.core.reply_address import ReplyAddress
from cococat.core.retry import Retry, backoff
from cococat.core.text import size

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
UNKNOWN = "unknown"


class OutboxWorker:
    """
    Works on the outbox, a message at a time.

    Args:
        items: the messages table.
        directory: which channels there are.
        channels: makes a channel ready to send.
        clock: the time.

    """

    def __init__(
        self, *, items: Items, directory: ChannelDirectory, channels: Channels, clock: Clock
    ) -> None:
        self._items = items
        self._directory = directory
        self._channels = channels
        self._clock = clock

    def work(self, body: str) -> Retry | None:
        """
        Process one queue message.

        Returns:
            None where the queue may forget the message, else when to show it again.

        """
        try:
            message = outbox_message.parse(body)
            claimed = reply_address.peek(message.reply)
            binding = self._directory.by_address(claimed.address)
            if binding is None:
                self._bury(claimed.message_id, message.part, body, "channel_gone")
                return None
            address = reply_address.unseal(message.reply, binding.reply_key, self._clock.now())
        except MalformedMessage:
            self._bury(fingerprint(body), 0, body, "malformed")
            return None
        except ReplyRefused:
            self._bury(fingerprint(body), 0, body, "reply_refused")
            return None
        return self._deliver(binding, address, message, body)

    def _deliver(
        self, binding: ChannelBinding, address: ReplyAddress, message: OutboxMessage, body: str
    ) -> Retry | None:
        now = self._clock.now()
        record, reply = external_answer.take_in(self._items, binding, address, message, now)
        if reply is None:
            if not message.none:
                self._bury(address.message_id, message.part, body, "reply_missing")
            return None
        if record is not None and record.probe:
            self._keep_receipt(record, reply)
            return None
        key = part_id(address.message_id, message.part)
        delivery = Delivery(to=address, reply=reply, part=message.part, key=key)
        # A dead letter outlives the stored answer, so it has to carry it.
        whole = replace(message, content=reply.text, failure=None, message=None).to_json()
        letter = whole if size(whole) <= MAX_QUEUE_MESSAGE else body
        return self._send(self._channels.bind(binding), delivery, letter)

    def _keep_receipt(self, record: MessageRecord, reply: Reply) -> None:
        """Note that the answer to a verification came this far; it is sent to nobody."""
        now = self._clock.now()
        update(self._items, record, lambda current: current.answered(reply, now))

    def _send(self, channel: Channel, delivery: Delivery, body: str) -> Retry | None:
        part = self._part(delivery)
        if part.state.final:
            return None
        if part.state is PartState.SENDING and not channel.resend_safe:
            self._settle(part, PartState.UNKNOWN, body, UNKNOWN)
            return None
        seconds = channel.turn(delivery) if isinstance(channel, TakesTurns) else 0
        if seconds > 0:
            return Retry(seconds)
        try:
            part = self._move(part, PartState.SENDING, attempts=part.attempts + 1)
        except Conflict:
            return backoff(part.attempts + 1)
        try:
            _answer(channel, delivery)
        except DeliveryError as error:
            return self._fail(channel, part, body, error)
        self._move(part, PartState.SENT)
        return None

    def _fail(
        self, channel: Channel, part: PartRecord, body: str, error: DeliveryError
    ) -> Retry | None:
        may_repeat = isinstance(error, DeliveryDelayed) or (
            isinstance(error, DeliveryUnknown) and channel.resend_safe
        )
        if may_repeat and part.attempts < MAX_ATTEMPTS:
            self._move(part, PartState.WAITING)
            log.warning("a reply is to be sent again", extra={"reason": error.code})
            return _wait(error, part)
        if isinstance(error, DeliveryUnknown):
            self._settle(part, PartState.UNKNOWN, body, UNKNOWN)
        else:
            self._settle(part, PartState.DEAD, body, error.code)
        return None

    def _part(self, delivery: Delivery) -> PartRecord:
        identity, part = delivery.to.message_id, delivery.part
        item = self._items.get(identity, sort_key(part))
        if item is not None:
            return PartRecord.from_item(item)
        now = self._clock.now()
        return PartRecord(
            message_id=identity,
            part=part,
            state=PartState.WAITING,
            changed_at=now,
            expires_at=int(now) + LIFETIME,
        )

    def _move(
        self, part: PartRecord, state: PartState, *, attempts: int | None = None
    ) -> PartRecord:
        now = self._clock.now()
        changed = replace(
            part,
            state=state,
            attempts=part.attempts if attempts is None else attempts,
            changed_at=now,
            expires_at=int(now) + LIFETIME,
        )
        item = changed.to_item()
        self._items.put(item, replacing=part.version or None)
        return PartRecord.from_item(item)

    def _settle(self, part: PartRecord, state: PartState, body: str, reason: str) -> None:
        self._bury(part.message_id, part.part, body, reason)
        self._move(part, state)

    def _bury(self, identity: str, part: int, body: str, reason: str) -> None:
        log.error("a reply was not delivered", extra={"message_id": identity, "reason": reason})
        now = self._clock.now()
        dead_letters.bury(
            self._items, dead_letters.letter(identity, "outbox", reason, body, now, part=part)
        )


def _answer(channel: Channel, delivery: Delivery) -> None:
    if isinstance(channel, AnswersInPlace):
        channel.answer(delivery)
    else:
        channel.send(delivery.reply.text, delivery.to.user_id)


def _wait(error: DeliveryError, part: PartRecord) -> Retry:
    if isinstance(error, DeliveryDelayed) and error.retry_after is not None:
        return Retry(error.retry_after)
    return backoff(part.attempts)
