"""
What an external agent does with one message: it answers into the outbox, and has no table.

`external_answer` is the other end, in our outbox.
"""

import json
from bisect import bisect
from dataclasses import dataclass, field, replace
from typing import Protocol

from cococat.core import mailbox, reply_address, text
from cococat.core.errors import MalformedMessage, ReplyRefused
from cococat.core.ids import group_id, part_id
from cococat.core.mailbox import MAX_QUEUE_MESSAGE, MailboxMessage
from cococat.core.messages import Reply
from cococat.core.outbox_message import Outbox, OutboxMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """
    One message as its consumer gets it.

    Attributes:
        id: the queue's own id of the message.
        receipt: what deletes or hides it.
        body: the message.
        group: its conversation, inside which the queue keeps order.
        receives: how often it was given out, this time included.

    """

    id: str
    receipt: str = field(repr=False)
    body: str = field(repr=False)
    group: str
    receives: int


class MailboxReader(Protocol):
    """The way out of one mailbox."""

    def receive(self, seconds: int) -> Received | None:
        """
        Return the next message, or None where there is none within *seconds*.

        Raises:
            ConfigError: the mailbox is not there, or not for us.
            MailboxUnavailable: it can't be reached now.

        """
        ...

    def delete(self, received: Received) -> None:
        """
        Forget a message.

        Raises:
            MailboxUnavailable: it was not forgotten, or may not have been.

        """
        ...

    def hide(self, received: Received, seconds: int) -> None:
        """
        Show a message to nobody for *seconds* from now; 0 shows it at once.

        Raises:
            MailboxUnavailable: it was not hidden, or may not have been.

        """
        ...


def read(received: Received) -> MailboxMessage:
    """
    Return the message in *received*.

    Raises:
        MalformedMessage: it is not of our form, and nobody can answer it.

    """
    message = mailbox.parse(received.body)
    try:
        reply_address.peek(message.reply)
    except ReplyRefused as error:
        raise MalformedMessage("its reply address is not of our form") from error
    return message


class ExternalAnswers:
    """
    Sends what an external agent has to say into the outbox.

    Args:
        outbox: the way into the queue.

    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def answer(self, message: MailboxMessage, reply: Reply | None) -> None:
        """
        Answer *message*; None releases whoever waits for an answer.

        Raises:
            MailboxUnavailable: the outbox did not take it, or may not have.

        """
        if reply is None:
            self._send(message, OutboxMessage(reply=message.reply, none=True))
        else:
            self._send(message, _fitting(OutboxMessage(reply=message.reply, answer=reply), reply))

    def fail(self, message: MailboxMessage, reason: str, detail: str = "") -> None:
        """
        Say that *message* gets no answer: the user is told so, an operator gets the message.

        Raises:
            MailboxUnavailable: the outbox did not take it, or may not have.

        """
        failed = OutboxMessage(reply=message.reply, failure=reason, detail=detail)
        whole = replace(failed, message=json.loads(message.to_json()))
        self._send(message, whole if _excess(whole) <= 0 else failed)

    def _send(self, message: MailboxMessage, said: OutboxMessage) -> None:
        address = reply_address.peek(message.reply)
        self._outbox.send(
            said.to_json(),
            group=group_id(address.address, address.conversation_id),
            # An operator's replay brings the same message with another reply address.
            deduplication=part_id(message.reply, 1),
        )


def _fitting(said: OutboxMessage, reply: Reply) -> OutboxMessage:
    """Return *said* with as much of the text of its *reply* as a queue takes."""

    def cut(size: int) -> OutboxMessage:
        return replace(said, answer=replace(reply, text=text.cut(reply.text, size)))

    if _excess(said) <= 0:
        return said
    too_long = bisect(range(text.size(reply.text)), 0, key=lambda size: _excess(cut(size)))
    return cut(too_long - 1)


def _excess(said: OutboxMessage) -> int:
    return text.size(said.to_json()) - MAX_QUEUE_MESSAGE
