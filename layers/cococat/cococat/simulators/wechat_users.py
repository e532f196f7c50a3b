"""The followers of one simulated Official Account: what they did last, and what they see."""

from dataclasses import dataclass, field
from typing import Any

_QUOTAS = {"message": (5, 48 * 3600), "event": (3, 60)}
"""What a user did -> how many messages the account may send, and for how many seconds."""


class QuotaUsed(Exception):
    """Raised when no more may be sent to a user; `code` is the platform's."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


@dataclass(slots=True)
class _Last:
    """What a user did last, when, and how many messages were sent for it."""

    did: str
    at: float
    sent: int = 0


@dataclass(slots=True)
class Users:
    """
    The followers.

    Attributes:
        seen: user -> what they read, in order, however it reached them.
        followers: who follows the account; whoever writes does.

    """

    seen: dict[str, list[str]] = field(default_factory=dict)
    followers: set[str] = field(default_factory=set)
    _last: dict[str, _Last] = field(default_factory=dict)

    def act(self, user: str, did: str, now: float) -> None:
        """Note that *user* wrote (`message`), or tapped, followed or scanned (`event`)."""
        self.followers.add(user)
        self._last[user] = _Last(did, now)

    def leave(self, user: str) -> None:
        """Let *user* follow no more."""
        self.followers.discard(user)

    def see(self, user: str, said: str) -> None:
        """Note that *user* reads *said*."""
        self.seen.setdefault(user, []).append(said)

    def book(self, user: str, now: float) -> None:
        """
        Count one customer-service message to *user*.

        Raises:
            QuotaUsed: it is too late for one, or there were too many.

        """
        last = self._last.get(user)
        most, seconds = _QUOTAS[last.did] if last else (0, 0)
        if last is None or now - last.at > seconds:
            raise QuotaUsed(45015, "response out of time limit or subscription is canceled")
        if last.sent >= most:
            raise QuotaUsed(45047, "out of response count limit")
        last.sent += 1

    def last_exchange(self, user: str) -> float:
        """Return when *user* did something last, seconds since 1970."""
        last = self._last.get(user)
        return 0 if last is None else last.at


def as_seen(kind: str, held: dict[str, Any]) -> str:
    """Return how a message of *kind* looks that holds *held*, in one line of words each."""
    match kind:
        case "text":
            return str(held["content"])
        case "image" | "voice":
            return f"[{kind} {held['media_id']}]"
        case "news":
            (article,) = held["articles"]
            return f"[{article['title']}]({article['url']}) {article['description']}"
        case _:
            items = [f"({each['id']}) {each['content']}" for each in held["list"]]
            return "\n".join([held["head_content"], *items])
