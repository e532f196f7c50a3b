"""What is known of one inbound message: who runs it, what was answered, and when."""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from cococat.core import reply_form
from cococat.core.ids import ChannelAddress
from cococat.core.items import Item, Items
from cococat.core.messages import Reply

SK = "message"
LIFETIME = 24 * 3600
"""Seconds for which a redelivery is recognised, counted from the last claim."""
CALLER = "caller"
"""Where a reply address keeps `MessageRecord.caller`: a dead letter outlives the record."""


class State(StrEnum):
    """How far a message has come."""

    RECEIVED = "received"
    CLAIMED = "claimed"
    REPLIED = "replied"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """
    One message's item.

    Attributes:
        id: the message's id.
        address: the channel it came through.
        state: how far it has come.
        attempt: how often the agent was started for it.
        request: fingerprint of the request that a repeat must match, where there is one.
        partial: what the agent has said so far, where the channel shows that.
        shown: what the channel has to know of what it shows; see `progress.ShowsProgress`.
        reply: the stored answer; once there it is never computed again.
        failure: why the answer is only a fallback.
        detail: what else the dead letter is to say of that; see `dead_letters.DeadLetter`.
        replays: how often an operator has replayed it.
        caller: the name of the key that it came with; empty where there are no keys.
        unsent: whether a send error was known of the channel when it was counted.
        probe: whether a verification made it; its answer gets a receipt and is not sent.
        deliveries: how often a platform with a passive window has delivered it.
        first_delivery_at: when that began, seconds since 1970.
        window: seconds after that from which the outbox may send the answer.
        given: the number of the delivery whose response held the answer, or 0; for WeCom's bots
            what of it that was.
        taken: whether the outbox sends the answer, because no response may any more.
        received_at, claimed_at, replied_at, answered_at: the trace, seconds since 1970.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    id: str
    address: ChannelAddress
    state: State
    attempt: int = 0
    request: str | None = None
    partial: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    reply: Reply | None = None
    failure: str | None = None
    detail: str = ""
    replays: int = 0
    caller: str = ""
    unsent: bool = False
    probe: bool = False
    deliveries: int = 0
    first_delivery_at: float | None = None
    window: int = 0
    given: int = 0
    taken: bool = False
    received_at: float | None = None
    claimed_at: float | None = None
    replied_at: float | None = None
    answered_at: float | None = None
    expires_at: int
    version: int = 0

    @property
    def finished(self) -> bool:
        """Tell whether there is nothing more to wait for."""
        return self.answered_at is not None or (self.state is State.DONE and self.reply is None)

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        bare = asdict(replace(self, reply=None))
        values = {name: value for name, value in bare.items() if value is not None}
        if self.reply is not None:
            values["reply"] = reply_form.to_json(self.reply)
        return values | {"pk": self.id, "sk": SK, "version": self.version + 1}

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        values: dict[str, Any] = {key: item[key] for key in item.keys() - {"pk", "sk"}}
        values["address"] = ChannelAddress(**values["address"])
        values["state"] = State(values["state"])
        if "reply" in values:
            values["reply"] = reply_form.parse(values["reply"])
        return cls(**values)

    def answered(self, reply: Reply, now: float) -> Self:
        """Return the record once *reply* has reached the asker; the first answer stays."""
        if self.answered_at is not None:
            return self
        return replace(self, reply=self.reply or reply, answered_at=now)


def received(
    identity: str, address: ChannelAddress, request: str, now: float, *, caller: str = ""
) -> MessageRecord:
    """Return the record of a message that a door has accepted."""
    return MessageRecord(
        id=identity,
        address=address,
        state=State.RECEIVED,
        request=request,
        caller=caller,
        received_at=now,
        expires_at=int(now) + LIFETIME,
    )


def unseen(identity: str, address: ChannelAddress, now: float) -> MessageRecord:
    """Return the record of a message of which nothing is stored yet."""
    return MessageRecord(
        id=identity, address=address, state=State.RECEIVED, expires_at=int(now) + LIFETIME
    )


def load(items: Items, identity: str) -> MessageRecord | None:
    """Return the record of message *identity*, or None."""
    item = items.get(identity, SK)
    return None if item is None else MessageRecord.from_item(item)
