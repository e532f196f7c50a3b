"""
The outbox: brings an answer to the platform, part by part.

All parts of an answer are one queue message, so that nothing comes between them; each part is
claimed by itself, and one that was sent is not sent again.
"""

import logging
from dataclasses import replace
from functools import partial

from cococat.core import (
    dead_letters,
    external_answer,
    outbox_message,
    reply_address,
)
from cococat.core.channel_status import SendingObservations
from cococat.core.channels import Channel, Channels, Delivery
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.errors import MalformedMessage, ReplyRefused
from cococat.core.failures import log_failure
from cococat.core.ids import fingerprint, part_id
from cococat.core.items import Items, update
from cococat.core.mailbox import MAX_QUEUE_MESSAGE
from cococat.core.message_record import MessageRecord
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.part_record import PartState
from cococat.core.part_sender import PartSender
from cococat.core.progress import Shown
from cococat.core.rendering import render
from cococat.core.reply_address import ReplyAddress
from cococat.core.retry import Retry
from cococat.core.text import size

log = logging.getLogger(__name__)

BUDGET = 12
"""Seconds after which no further part is begun in the same run."""


class OutboxWorker:
    """
    Works on the outbox, a message at a time.

    Args:
        items: the messages table.
        directory: which channels there are.
        channels: makes a channel ready to send.
        observations: where an operator is told what to change at a platform, and messages count.
        clock: the time.

    """

    def __init__(
        self,
        *,
        items: Items,
        directory: ChannelDirectory,
        channels: Channels,
        observations: SendingObservations,
        clock: Clock,
    ) -> None:
        self._observations = observations
        self._items = items
        self._directory = directory
        self._channels = channels
        self._sender = PartSender(items, observations, clock)
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
                self._bury(claimed.message_id, body, 1, "channel_gone")
                return None
            address = reply_address.unseal(message.reply, binding.reply_key, self._clock.now())
        except MalformedMessage:
            self._bury(fingerprint(body), body, 0, "malformed")
            return None
        except ReplyRefused:
            self._bury(fingerprint(body), body, 0, "reply_refused")
            return None
        return self._deliver(binding, address, message, body)

    def _deliver(
        self, binding: ChannelBinding, address: ReplyAddress, message: OutboxMessage, body: str
    ) -> Retry | None:
        now = self._clock.now()
        record, reply = external_answer.take_in(
            self._items, binding, address, message, self._observations, now
        )
        if reply is None:
            if not message.none:
                self._bury(address.message_id, body, 1, "reply_missing")
            return None
        if record is not None and record.probe:
            self._keep_receipt(record, reply)
            return None
        # A dead letter outlives the stored answer, so it has to carry it.
        whole = replace(message, answer=reply, failure=None, message=None).to_json()
        letter = whole if size(whole) <= MAX_QUEUE_MESSAGE else body
        shown, replays = ({}, 0) if record is None else (record.shown, record.replays)
        channel = self._channels.bind(binding)
        parts = deliveries(channel, address, reply, shown, replays)
        sent = self._send(channel, parts, letter)
        if record is not None and record.unsent and sent is PartState.SENT:
            self._clear(address)
        return sent if isinstance(sent, Retry) else None

    def _clear(self, address: ReplyAddress) -> None:
        """Take back what an operator was told, as the channel sends."""
        try:
            self._observations.clear_send_error(address.address)
        except Exception as failure:  # noqa: BLE001 - the next answer takes it back
            log_failure("a send error was not cleared", failure)

    def _keep_receipt(self, record: MessageRecord, reply: Reply) -> None:
        """Note that the answer to a verification came this far; it is sent to nobody."""
        now = self._clock.now()
        update(self._items, record, lambda current: current.answered(reply, now))

    def _send(
        self, channel: Channel, parts: list[Delivery], letter: str
    ) -> Retry | PartState | None:
        """Send part after part; what follows one that is dead waits for its replay."""
        outcome: Retry | PartState | None = None
        ends = self._clock.now() + BUDGET
        bury = partial(self._bury, parts[0].to.message_id, letter)
        for delivery in parts:
            if self._clock.now() > ends:
                return Retry(0)
            outcome = self._sender.send(channel, delivery, bury)
            if isinstance(outcome, Retry) or outcome is PartState.DEAD:
                return outcome
        return outcome

    def _bury(self, identity: str, body: str, part: int, reason: str) -> None:
        log.error("a reply was not delivered", extra={"message_id": identity, "reason": reason})
        now = self._clock.now()
        dead_letters.bury(
            self._items, dead_letters.letter(identity, "outbox", reason, body, now, part=part)
        )


def deliveries(
    channel: Channel, address: ReplyAddress, reply: Reply, shown: Shown, replays: int = 0
) -> list[Delivery]:
    """
    Return the parts of *reply* as *channel* sends them.

    Args:
        channel: sends them.
        address: where they go.
        reply: the answer.
        shown: what the channel has shown of it.
        replays: how often an operator has replayed the message: what the agent answers then is
            another answer, and no platform may take it for a repeat of the first.

    """
    parts = render(reply, channel.limits)
    return [
        Delivery(
            to=address,
            reply=reply,
            part=part,
            number=number,
            of=len(parts),
            key=part_id(address.message_id, number, replays),
            shown=shown,
        )
        for number, part in enumerate(parts, 1)
    ]
