"""
What an external agent says in an outbox message: its answer, that it has none, or why it failed.

It has no table, so the outbox does with the message's item what our own heartbeat does itself.
"""

import logging
from dataclasses import replace

from cococat.core import dead_letters, mailbox, message_record
from cococat.core.channel_status import CountsMessages
from cococat.core.counting import count
from cococat.core.directory import ChannelBinding
from cococat.core.errors import MalformedMessage
from cococat.core.items import Items, update
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import FALLBACK_TEXT, Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.reply_address import ReplyAddress

log = logging.getLogger(__name__)


def take_in(
    items: Items,
    binding: ChannelBinding,
    address: ReplyAddress,
    message: OutboxMessage,
    observations: CountsMessages,
    now: float,
) -> tuple[MessageRecord | None, Reply | None]:
    """
    Do what *message* says, and return the record of the message that it answers, and the answer.

    The answer is the agent's own, or what is stored; None where there is none. A message that
    is answered for the first time is counted.
    """
    record = message_record.load(items, address.message_id)
    own = _words(message, binding)
    if own is not None or message.none:
        if record is not None and not _is_answered(record):
            unsent = count(observations, address, record, now)
            record = replace(record, unsent=unsent)
        record = _keep(items, record, message, own, now)
    if message.failure is not None:
        _bury(items, binding, address, message, now)
    if own is None and record is not None and not message.none:
        return record, record.reply
    return record, own


def _words(message: OutboxMessage, binding: ChannelBinding) -> Reply | None:
    """Return the agent's own words, or the channel's where it failed; None where it has none."""
    failed = message.failure is not None
    if message.answer is not None:
        return replace(message.answer, fallback=failed)
    if failed:
        options = binding.config.get("options", {})
        return Reply(text=str(options.get("fallback_text", FALLBACK_TEXT)), fallback=True)
    return None


def _keep(
    items: Items,
    record: MessageRecord | None,
    message: OutboxMessage,
    reply: Reply | None,
    now: float,
) -> MessageRecord | None:
    """
    Store *reply* (None: there is none) with the message, so that whoever waits for it has it.

    The first answer stays.
    """
    if record is None or _is_answered(record):
        return record

    def change(current: MessageRecord) -> MessageRecord:
        if _is_answered(current):
            return current
        return replace(
            current,
            state=State.DONE,
            reply=reply,
            unsent=record.unsent,
            failure=message.failure,
            detail=message.detail,
            replied_at=now,
        )

    return update(items, record, change)


def _bury(
    items: Items, binding: ChannelBinding, address: ReplyAddress, message: OutboxMessage, now: float
) -> None:
    """Keep the mailbox message that the agent could not answer, for an operator to replay."""
    identity, reason = address.message_id, str(message.failure)
    log.error("a message is dead", extra={"message_id": identity, "reason": reason})
    letter = dead_letters.letter(
        identity,
        "mailbox",
        reason,
        _original(message, identity),
        now,
        detail=message.detail,
        agent=binding.agent,
    )
    dead_letters.bury(items, letter)


def _is_answered(record: MessageRecord) -> bool:
    return record.reply is not None or record.state is State.DONE


def _original(message: OutboxMessage, identity: str) -> str:
    """Return the mailbox message, or nothing where the agent has sent another one, or none."""
    try:
        original = mailbox.read(message.message or {})
    except MalformedMessage:
        return ""
    is_it = original.id == identity and original.reply == message.reply
    return original.to_json() if is_it else ""
