"""
One bot on Telegram's side: the updates that wait for it, and all that it has sent.

Source: Telegram Bot API, "getUpdates"; tdlib/telegram-bot-api: which of two polls is cut off.
"""

import json
import threading
from dataclasses import dataclass, field
from typing import Any, Protocol

FIRST_UPDATE = 900_000_000
KEPT = 24 * 3600
"""Seconds for which an update waits."""

Update = dict[str, Any]


class Clock(Protocol):
    """Telegram's time."""

    def now(self) -> float:
        """Return seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        ...


class ApiRefusal(Exception):
    """
    Raised when the API answers with an error.

    Args:
        code: the HTTP status.
        description: what is wrong, as Telegram words it.
        parameters: retry_after or migrate_to_chat_id.

    """

    def __init__(
        self, code: int, description: str, parameters: dict[str, int] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}


@dataclass(slots=True)
class Sent:
    """
    A message of the bot.

    Attributes:
        chat: where it is.
        message_id: its number in that chat.
        text: what is to be seen of it.
        values: the parameters of the call that sent it.
        kind: text, photo or document.
        content: the bytes of its file.
        earlier: what it said before it was edited.

    """

    chat: int
    message_id: int
    text: str
    values: dict[str, Any]
    kind: str = "text"
    content: bytes = field(default=b"", repr=False)
    earlier: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SimulatedBot:
    """
    One bot.

    Attributes:
        token: its token.
        username: its name.
        reads_groups: whether its privacy mode is off.
        waiting: updates that are not confirmed, each with the time of its arrival.
        confirmed: how many were confirmed.
        sent: its messages.
        calls: the name of each call that it made.
        webhook: where its updates are to go; empty for nowhere.
        files: file id -> bytes.
        refusals: what the next calls of a method are answered with, in order.
        wants: the kinds of update that it has asked for; they stay until it names others.

    """

    token: str
    username: str = "cococat_bot"
    reads_groups: bool = False
    waiting: list[tuple[float, Update]] = field(default_factory=list)
    confirmed: int = 0
    sent: list[Sent] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    webhook: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, list[ApiRefusal | None]] = field(default_factory=dict)
    wants: list[str] = field(default_factory=list)
    polls: int = 0
    _next_update: int = FIRST_UPDATE
    _next_message: dict[int, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def id(self) -> int:
        """Return its user id."""
        return int(self.token.partition(":")[0])

    def user(self) -> dict[str, Any]:
        """Return it as a `User`."""
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.username,
            "username": self.username,
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_groups,
            "supports_inline_queries": False,
        }

    def deliver(self, update: Update, now: float) -> int:
        """Let *update* (without its number) wait; return its number."""
        with self._lock:
            number = self._next_update
            self._next_update += 1
            self.waiting.append((now, {"update_id": number} | update))
        return number

    def new_message_id(self, chat: int) -> int:
        """Return the number of the next message in *chat*."""
        with self._lock:
            number = self._next_message.get(chat, 0) + 1
            self._next_message[chat] = number
        return number

    def last_message_id(self, chat: int) -> int:
        """Return the number of the last message in *chat*; 0 for none."""
        return self._next_message.get(chat, 0)

    def knows(self, chat: int, message_id: object) -> bool:
        """Tell whether there is a message with that number in *chat*."""
        return isinstance(message_id, int) and 0 < message_id <= self._next_message.get(chat, 0)

    def poll(self, values: dict[str, Any], clock: Clock) -> list[Update]:
        """
        Return the updates from an offset on, once there are any; see getUpdates.

        Raises:
            ApiRefusal: a webhook is set, or a newer poll has cut this one off.

        """
        with self._lock:
            self.polls += 1
            mine = self.polls
            self._check_webhook()
            if named := values.get("allowed_updates"):
                self.wants = json.loads(named) if isinstance(named, str) else named
            self._confirm(int(values.get("offset") or 0), clock.now())
        until = clock.now() + min(int(values.get("timeout") or 0), 50)
        limit = min(max(int(values.get("limit") or 100), 1), 100)
        while not self.waiting and clock.now() < until:
            clock.sleep(min(until - clock.now(), 0.2))
            if mine != self.polls:
                raise ApiRefusal(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            self._check_webhook()
        with self._lock:
            return [update for _, update in self.waiting[:limit]]

    def _check_webhook(self) -> None:
        if self.webhook:
            raise ApiRefusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )

    def _confirm(self, offset: int, now: float) -> None:
        before = len(self.waiting)
        if offset < 0:
            self.waiting = self.waiting[offset:]
        elif offset:
            self.waiting = [each for each in self.waiting if each[1]["update_id"] >= offset]
        self.confirmed += before - len(self.waiting)
        self.waiting = [each for each in self.waiting if now - each[0] <= KEPT]
