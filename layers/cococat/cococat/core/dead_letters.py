"""What could not be delivered, kept with its reason until a person has seen to it."""

from dataclasses import asdict, dataclass
from typing import Literal, Protocol, Self

from cococat.core.errors import Conflict
from cococat.core.items import Item, Items

LIFETIME = 90 * 24 * 3600
OPEN = "open"

Queue = Literal["mailbox", "outbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """
    One message or part that nobody will try again by itself.

    Attributes:
        id: the message's id, or a digest of the body where it has none.
        part: the part of the answer, or 0 for the message itself.
        queue: mailbox or outbox.
        reason: a stable word, for example `agent_error`, `killed`, `unknown`.
        detail: what else helps: the kind of error, never its text.
        agent: the agent whose mailbox it was in, empty for the outbox.
        body: the queue message, to be replayed.
        dead_at: seconds since 1970.
        state: `open`, or None once a person has replayed or discarded it.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    id: str
    part: int = 0
    queue: Queue
    reason: str
    detail: str = ""
    agent: str = ""
    body: str
    dead_at: int
    state: str | None = OPEN
    expires_at: int
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store; `dead_state` puts it into the index while it is open."""
        values = asdict(self)
        state = values.pop("state")
        key = {"pk": self.id, "sk": sort_key(self.part), "version": self.version + 1}
        return values | key | ({"dead_state": state} if state else {})

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the dead letter that *item* holds."""
        values = {key: item[key] for key in item.keys() - {"pk", "sk", "dead_state"}}
        return cls(**values, state=item.get("dead_state"))


class DeadLetterIndex(Protocol):
    """Finds the open dead letters."""

    def open_letters(self, limit: int) -> list[DeadLetter]:
        """Return at most *limit* of them, the newest first."""
        ...


def sort_key(part: int) -> str:
    """Return the sort key of the dead letter for *part*; 0 is the message itself."""
    return f"dead#{part:04d}" if part else "dead"


def bury(items: Items, letter: DeadLetter) -> None:
    """Keep *letter*; one that lies there already, open, keeps its first reason."""
    try:
        items.put(letter.to_item(), replacing=None)
    except Conflict as conflict:
        earlier = DeadLetter.from_item(conflict.current)
        if earlier.state != OPEN:
            items.put(
                letter.to_item() | {"version": earlier.version + 1}, replacing=earlier.version
            )


def letter(
    identity: str,
    queue: Queue,
    reason: str,
    body: str,
    now: float,
    *,
    part: int = 0,
    detail: str = "",
    agent: str = "",
) -> DeadLetter:
    """Return a new, open dead letter."""
    return DeadLetter(
        id=identity,
        part=part,
        queue=queue,
        reason=reason,
        detail=detail,
        agent=agent,
        body=body,
        dead_at=int(now),
        expires_at=int(now) + LIFETIME,
    )
