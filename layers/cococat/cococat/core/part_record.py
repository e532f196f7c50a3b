"""What became of one part of an answer."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from cococat.core.items import Item

LIFETIME = 24 * 3600


class PartState(StrEnum):
    """
    How far a part has come.

    WAITING: nothing was sent yet. SENDING: a send was begun; found again, its end is unknown.
    SENT, SPARED (its user has it, or fetches it), UNKNOWN and DEAD are final.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SPARED = "spared"
    UNKNOWN = "unknown"
    DEAD = "dead"

    @property
    def final(self) -> bool:
        """Tell whether the part is never sent again by itself."""
        return self not in (PartState.WAITING, PartState.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRecord:
    """
    One part's item.

    Attributes:
        message_id: the message that is answered.
        part: which part, from 1.
        state: how far it has come.
        attempts: how many sends were begun.
        unsure: whether an earlier one may have arrived.
        changed_at: seconds since 1970.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    message_id: str
    part: int
    state: PartState
    attempts: int = 0
    unsure: bool = False
    changed_at: float
    expires_at: int
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        key = {"pk": self.message_id, "sk": sort_key(self.part), "version": self.version + 1}
        return asdict(self) | key

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        values = {key: item[key] for key in item.keys() - {"pk", "sk"}}
        return cls(**values | {"state": PartState(values["state"])})


def sort_key(part: int) -> str:
    """Return the sort key of part number *part*."""
    return f"part#{part:04d}"
