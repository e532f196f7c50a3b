"""
Answers that wait until their user writes again.

An account without the right to send by itself, or a user whose quota is used up, leaves only the
passive reply to the user's next message. What is waiting is kept for 48 hours, in order. Which
message fetched a part is noted, so that a redelivery of it gets the same again, though another
message has fetched the next one meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from cococat.core.clock import Clock
from cococat.core.errors import Conflict, DeliveryFailed
from cococat.core.ids import ChannelAddress, fingerprint
from cococat.core.items import Item, Items, update
from cococat.core.text import size
from cococat.core.wechat_forms import Form

SK = "pending"
LIFETIME = 48 * 3600
"""Seconds: WeChat's own limit for answers to a message."""
MAX_SIZE = 320 * 1024
"""Bytes of all texts that wait for one user; an item holds 400 KB."""
REMEMBERED = 20
"""How many answers are known to be here, so that a second try does not add one again."""
FETCHED = 8
"""How many fetched parts are known by their message; the platform delivers again within 15 s."""
HINT = "（回复“继续”看后文）"
FETCHING = frozenset({"继续", "1"})
"""What a user writes to get what is waiting, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One part that waits, until *until* (seconds since 1970)."""

    form: Form
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRecord:
    """
    What is waiting for one user.

    Attributes:
        key: of account and user.
        waiting: the parts, the next one first.
        kept: answer key -> the numbers of its parts that are, or were, here.
        fetched: message -> the part that its response had, the last one last.
        expires_at: seconds since 1970.
        version: counts the writes.

    """

    key: str
    waiting: tuple[Waiting, ...] = ()
    kept: dict[str, tuple[int, ...]] = field(default_factory=dict)
    fetched: tuple[tuple[str, Form], ...] = ()
    expires_at: int = 0
    version: int = 0

    def to_item(self) -> Item:
        """Return the item to store, with the next version."""
        waiting = [{"form": each.form.to_json(), "until": each.until} for each in self.waiting]
        return {
            "pk": self.key,
            "sk": SK,
            "waiting": waiting,
            "kept": {answer: list(numbers) for answer, numbers in self.kept.items()},
            "fetched": [{"by": by, "form": form.to_json()} for by, form in self.fetched],
            "expires_at": self.expires_at,
            "version": self.version + 1,
        }

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """Return the record that *item* holds."""
        waiting: list[dict[str, Any]] = item["waiting"]
        fetched: list[dict[str, Any]] = item.get("fetched", [])
        return cls(
            key=item["pk"],
            waiting=tuple(
                Waiting(form=Form.from_json(each["form"]), until=each["until"]) for each in waiting
            ),
            kept={answer: tuple(numbers) for answer, numbers in item["kept"].items()},
            fetched=tuple((each["by"], Form.from_json(each["form"])) for each in fetched),
            expires_at=item["expires_at"],
            version=item["version"],
        )

    def live(self, now: float) -> tuple[Waiting, ...]:
        """Return what is still worth fetching."""
        return tuple(each for each in self.waiting if each.until > now)

    def fetched_by(self, message: str) -> Form | None:
        """Return the part that the response to *message* had, as far as is known."""
        return dict(self.fetched).get(message)


class PendingAnswers:
    """
    What is waiting for the users of one account.

    Args:
        items: the messages table.
        address: the account's channel.
        clock: the time.

    """

    def __init__(self, items: Items, address: ChannelAddress, clock: Clock) -> None:
        self._items = items
        self._address = address
        self._clock = clock

    def has(self, user: str, answer: str, number: int) -> bool:
        """Tell whether part *number* of *answer* (a key) is, or was, waiting here."""
        return number in self._load(user).kept.get(answer, ())

    def keep(self, user: str, answer: str, number: int, forms: Iterable[Form]) -> None:
        """
        Let *forms*, the parts from *number* on of *answer* (a key), wait for *user*.

        Those that are, or were, here already are not added again.

        Raises:
            DeliveryFailed: `pending_full`.

        """
        now = self._clock.now()
        parts = {
            each: Waiting(form=form, until=now + LIFETIME)
            for each, form in enumerate(forms, number)
        }

        def change(record: PendingRecord) -> PendingRecord:
            known = record.kept.get(answer, ())
            added = {each: part for each, part in parts.items() if each not in known}
            if not added:
                return record
            waiting = (*record.live(now), *added.values())
            if sum(_size(each.form) for each in waiting) > MAX_SIZE:
                raise DeliveryFailed("pending_full")
            kept = dict([*record.kept.items(), (answer, (*known, *added))][-REMEMBERED:])
            expires_at = int(now) + LIFETIME
            return replace(record, waiting=waiting, kept=kept, expires_at=expires_at)

        update(self._items, self._load(user), change)

    def is_next(self, user: str, message: str) -> bool:
        """Tell whether *message* has fetched a part, or could fetch one."""
        record = self._load(user)
        return bool(record.fetched_by(message) or record.live(self._clock.now()))

    def take_next(self, user: str, message: str) -> Form | None:
        """Return the next part, for the response to *message*; None where nothing is waiting."""
        record, now = self._load(user), self._clock.now()
        while True:
            waiting = record.live(now)
            again = record.fetched_by(message)
            if again is not None:
                return _shown(again, is_last=not waiting)
            if not waiting:
                return None
            first, *rest = waiting
            fetched = (*record.fetched, (message, first.form))[-FETCHED:]
            taken = replace(record, waiting=tuple(rest), fetched=fetched)
            try:
                self._items.put(taken.to_item(), replacing=record.version or None)
            except Conflict as conflict:
                record = self._read(user, conflict.current)
            else:
                return _shown(first.form, is_last=not rest)

    def _load(self, user: str) -> PendingRecord:
        return self._read(user, self._items.get(self._key(user), SK))

    def _read(self, user: str, item: Item | None) -> PendingRecord:
        return PendingRecord.from_item(item) if item else PendingRecord(key=self._key(user))

    def _key(self, user: str) -> str:
        address = self._address
        parts = (address.target_type, address.target_id, address.channel, address.name)
        return fingerprint(SK, *parts, user)


def answer_key(message: str, replays: int) -> str:
    """Return what the answer to *message* is known by here; each replay makes another."""
    return f"{message}#{replays}" if replays else message


def _shown(form: Form, *, is_last: bool) -> Form:
    return form if is_last else form.with_hint(HINT)


def _size(form: Form) -> int:
    return size(form.text) + size(form.plain)
