"""
The heartbeat: takes one message out of a mailbox and lets the agent answer.

claim -> agent -> answer stored -> outbox -> done. It may be killed between any two of these;
the next run goes on where the item says that the last one stopped.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from cococat.core import claims, dead_letters, mailbox, reply_address
from cococat.core.agent import Agent
from cococat.core.channel_status import CountsMessages
from cococat.core.clock import Clock
from cococat.core.counting import count
from cococat.core.errors import AgentError, AgentUnavailable, MalformedMessage, ReplyRefused
from cococat.core.ids import ChannelAddress, fingerprint, group_id, part_id
from cococat.core.items import Items
from cococat.core.mailbox import MailboxMessage
from cococat.core.message_record import MessageRecord
from cococat.core.messages import Reply
from cococat.core.opened_files import Opener
from cococat.core.outbox_message import Outbox, OutboxMessage
from cococat.core.progress import Progress
from cococat.core.reply_address import ReplyAddress
from cococat.core.retry import Retry, backoff

log = logging.getLogger(__name__)

KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSide:
    """
    What a heartbeat needs of the channels.

    Attributes:
        fallback_text: returns what a channel's user is told where the agent gave no answer.
        opener: opens the files that came with a message.
        progress: begins to show how an answer grows.

    """

    fallback_text: Callable[[ChannelAddress], str]
    opener: Opener
    progress: Callable[[ReplyAddress, MessageRecord], Progress]


class Heartbeat:
    """
    Works on the mailbox of one agent, a message at a time.

    Args:
        agent_name: whose mailbox it is.
        agent: who answers.
        items: the messages table.
        outbox: where answers go.
        clock: the time.
        observations: where messages are counted.
        channels: what it needs of them.

    """

    def __init__(
        self,
        *,
        agent_name: str,
        agent: Callable[[], Agent],
        items: Items,
        outbox: Outbox,
        clock: Clock,
        observations: CountsMessages,
        channels: ChannelSide,
    ) -> None:
        self._agent_name = agent_name
        self._agent = agent
        self._items = items
        self._outbox = outbox
        self._clock = clock
        self._observations = observations
        self._channels = channels

    def work(self, body: str, *, seconds: float) -> Retry | None:
        """
        Process one queue message.

        Args:
            body: the message.
            seconds: how long the agent may take.

        Returns:
            None where the queue may forget the message, else when to show it again.

        """
        try:
            message = replace(mailbox.parse(body), opener=self._channels.opener)
            address = reply_address.peek(message.reply)
        except (MalformedMessage, ReplyRefused):
            self._bury(fingerprint(body), "malformed", body)
            return None
        return self._work(message, address, body, seconds)

    def _work(
        self, message: MailboxMessage, address: ReplyAddress, body: str, seconds: float
    ) -> Retry | None:
        match claims.claim(self._items, message.id, address.address, self._clock.now()):
            case claims.Run(record):
                record = self._counted(address, record)
                stored = self._run(message, address, record, seconds)
                if isinstance(stored, Retry):
                    return stored
            case claims.Resume(record):
                stored = record
            case claims.GiveUp(record):
                stored = self._give_up(record, KILLED)
            case claims.Skip():
                return None
        self._conclude(message, address, body, stored)
        return None

    def _counted(self, address: ReplyAddress, record: MessageRecord) -> MessageRecord:
        """Count a message at its first run, and return its record with what came of that."""
        if record.attempt > 1:
            return record
        unsent = count(self._observations, address, record, self._clock.now())
        return replace(record, unsent=unsent)

    def _run(
        self, message: MailboxMessage, address: ReplyAddress, record: MessageRecord, seconds: float
    ) -> MessageRecord | Retry:
        progress = self._channels.progress(address, record)
        try:
            reply = self._agent().answer(message, seconds, progress.say)
        except AgentError as error:
            self._log_failure(message, record, error)
            if _is_worth_another(error, record):
                return backoff(record.attempt)
            return self._give_up(record, error.code, error.detail)
        finally:
            progress.close()
        return claims.store_reply(self._items, record, reply, self._clock.now())

    def _give_up(self, record: MessageRecord, reason: str, detail: str = "") -> MessageRecord:
        fallback = Reply(text=self._channels.fallback_text(record.address), fallback=True)
        return claims.store_reply(self._items, record, fallback, self._clock.now(), reason, detail)

    def _conclude(
        self, message: MailboxMessage, address: ReplyAddress, body: str, record: MessageRecord
    ) -> None:
        if record.reply is not None:
            self._outbox.send(
                OutboxMessage(reply=message.reply).to_json(),
                group=group_id(address.address, address.conversation_id),
                deduplication=part_id(message.id, 1, record.replays),
            )
        if record.failure is not None:
            self._bury(message.id, record.failure, body, record.detail)
        claims.finish(self._items, record)

    def _bury(self, identity: str, reason: str, body: str, detail: str = "") -> None:
        log.error("a message is dead", extra={"message_id": identity, "reason": reason})
        now, agent = self._clock.now(), self._agent_name
        dead_letters.bury(
            self._items,
            dead_letters.letter(identity, "mailbox", reason, body, now, detail=detail, agent=agent),
        )

    def _log_failure(
        self, message: MailboxMessage, record: MessageRecord, error: AgentError
    ) -> None:
        facts = {
            "agent": self._agent_name,
            "message_id": message.id,
            "attempt": record.attempt,
            "reason": error.code,
            "detail": error.detail,
        }
        log.error("the agent gave no answer", extra=facts)


def _is_worth_another(error: AgentError, record: MessageRecord) -> bool:
    return record.attempt < claims.MAX_ATTEMPTS and not isinstance(error, AgentUnavailable)
