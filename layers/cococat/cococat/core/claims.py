"""
The claim: who may run the agent for a message, and how often.

A run that was killed leaves its claim behind; the queue shows the message again only after
every run of it must be dead. So an unfinished claim is run once more, and no third time.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from cococat.core.errors import ClaimLost, Conflict
from cococat.core.ids import ChannelAddress
from cococat.core.items import Items, update
from cococat.core.message_record import CALLER, LIFETIME, MessageRecord, State, load, unseen
from cococat.core.messages import Reply
from cococat.core.reply_address import ReplyAddress

MAX_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Run:
    """The agent is to be run; the claim is stored."""

    record: MessageRecord


@dataclass(frozen=True, slots=True)
class Resume:
    """The answer is stored; only what comes after it is to be done."""

    record: MessageRecord


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Every run was killed."""

    record: MessageRecord


@dataclass(frozen=True, slots=True)
class Skip:
    """All is done; this is a redelivery."""


Step = Run | Resume | GiveUp | Skip


def claim(items: Items, identity: str, address: ChannelAddress, now: float) -> Step:
    """Take message *identity* for one run, or say what else is to be done with it."""
    record = load(items, identity)
    while True:
        record = record or unseen(identity, address, now)
        step = _next_step(record, now)
        if not isinstance(step, Run):
            return step
        try:
            items.put(step.record.to_item(), replacing=record.version or None)
        except Conflict as conflict:
            record = MessageRecord.from_item(conflict.current)
        else:
            return Run(replace(step.record, version=step.record.version + 1))


def store_reply(
    items: Items,
    claimed: MessageRecord,
    reply: Reply | None,
    now: float,
    failure: str | None = None,
    detail: str = "",
) -> MessageRecord:
    """
    Keep the agent's answer (None: it has none), so that it is never asked again.

    Raises:
        ClaimLost: a later run owns the message by now.

    """

    def change(record: MessageRecord) -> MessageRecord:
        if record.state is not State.CLAIMED or record.attempt != claimed.attempt:
            message = "a later run owns the message"
            raise ClaimLost(message)
        return replace(
            record,
            state=State.REPLIED,
            reply=reply,
            unsent=claimed.unsent,
            partial="",
            failure=failure,
            detail=detail,
            replied_at=now,
        )

    return update(items, claimed, change)


def finish(items: Items, record: MessageRecord) -> None:
    """Note that nothing is left to do for the message."""
    update(items, record, lambda current: replace(current, state=State.DONE))


def reset(items: Items, identity: str, to: ReplyAddress, now: float) -> MessageRecord:
    """
    Let message *identity* begin anew, with nothing claimed and nothing answered.

    What is the message's own stays, and what its runs and deliveries have left goes.

    Args:
        items: the messages table.
        identity: the message.
        to: where its answer goes; it also knows the caller where the item has expired.
        now: seconds since 1970.

    """
    fresh = unseen(identity, to.address, now)

    def change(record: MessageRecord) -> MessageRecord:
        return replace(
            fresh,
            request=record.request,
            caller=record.caller or to.in_place.get(CALLER, ""),
            probe=record.probe,
            received_at=record.received_at,
            replays=record.replays + 1,
            version=record.version,
        )

    return update(items, load(items, identity) or fresh, change)


def _next_step(record: MessageRecord, now: float) -> Step:
    match record.state:
        case State.RECEIVED:
            return Run(_claimed(record, now))
        case State.CLAIMED:
            again = record.attempt < MAX_ATTEMPTS
            return Run(_claimed(record, now)) if again else GiveUp(record)
        case State.REPLIED:
            return Resume(record)
        case State.DONE:
            return Skip()
        case _:
            assert_never(record.state)


def _claimed(record: MessageRecord, now: float) -> MessageRecord:
    return replace(
        record,
        state=State.CLAIMED,
        attempt=record.attempt + 1,
        claimed_at=now,
        expires_at=int(now) + LIFETIME,
    )
