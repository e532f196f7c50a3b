"""
Discord as its bots meet it: channels, people who write in them, and what the bots send.

It is a `cococat.core.http_client.HttpClient`, so a test needs no network; `discord_server` serves
the same on 127.0.0.1, with the gateway.
Source: Discord API documentation, "Message object", "Message Create", "Snowflakes".
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, Any

from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators import discord_rest
from cococat.simulators.discord_presses import Interaction
from cococat.simulators.discord_session import Session

if TYPE_CHECKING:
    from cococat.simulators.discord_cdn import File

EPOCH = 1_420_070_400.0
HIDEABLE: dict[str, Any] = {"content": "", "attachments": [], "embeds": [], "components": []}
"""What a bot without the message content intent does not see, and what it sees instead."""

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Place:
    """
    A channel of Discord's: of a guild, a thread, or the conversation with one person.

    Attributes:
        id: its id.
        guild_id: of its guild; empty for a conversation.
        kind: 0 for text, 1 for a conversation, 11 for a thread.
        messages: all that was written in it, in order.
        sends: when our bot last wrote, for its rate limit.
        archived: whether it is a thread that was archived; a message opens it again.
        locked: whether it is one that nobody may write in.

    """

    id: str
    guild_id: str = ""
    kind: int = 0
    messages: list[Json] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    archived: bool = False
    locked: bool = False


@dataclass(slots=True, kw_only=True)
class SimulatedBot:
    """
    One bot's account.

    Attributes:
        token: its token.
        id: its id.
        role_id: the role that it has for itself in each guild.
        may_read: whether the message content intent is switched on for it.
        places: the channels that it sees, by their ids.
        conversations: those with people, by their ids.
        sessions: at the gateway, by their ids.
        shards: how many connections it is recommended.
        remaining: sessions that it may begin today.
        identified: how many it has begun.
        typed: channels in which it was seen typing.
        refusal: the close code with which the gateway refuses it; 0 for none.
        invalid_starts: how many of its next sessions are invalid from the first.
        failing: what its next sends are answered, in place of what they should be.
        interactions: the presses of its buttons, by their ids.

    """

    token: str = field(repr=False)
    id: str
    role_id: str
    may_read: bool = True
    places: dict[str, Place] = field(default_factory=dict)
    conversations: dict[str, Place] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    shards: int = 1
    remaining: int = 1000
    identified: int = 0
    typed: list[str] = field(default_factory=list)
    refusal: int = 0
    invalid_starts: int = 0
    failing: list[HttpAnswer] = field(default_factory=list)
    interactions: dict[str, Interaction] = field(default_factory=dict)

    @property
    def user(self) -> Json:
        """Return it as a user."""
        return person(self.id, "cococat") | {"bot": True}


class SimulatedDiscord:
    """
    The platform.

    Args:
        now: the time, seconds since 1970.
        newcomers: how the tokens begin that it takes for those of bots it has not met; None where
            it knows its bots.

    Attributes:
        bots: by their tokens.
        lock: is held while something changes.
        base: where its API is.
        gateway: where its gateway is.
        files: those that people have sent, by their ids.

    """

    def __init__(
        self, now: Callable[[], float] = time.time, *, newcomers: str | None = None
    ) -> None:
        self.bots: dict[str, SimulatedBot] = {}
        self.lock = RLock()
        self.base = "https://discord.com"
        self.gateway = "wss://gateway.discord.gg"
        self.files: dict[str, File] = {}
        self.now = now
        self._newcomers = newcomers
        self._last = 0

    def bot(self, token: str) -> SimulatedBot:
        """Return the bot with *token*, made where there was none."""
        with self.lock:
            if token not in self.bots:
                self.bots[token] = SimulatedBot(
                    token=token, id=self.new_id(), role_id=self.new_id()
                )
            return self.bots[token]

    def find(self, token: str) -> SimulatedBot | None:
        """Return the bot with *token*, made where it is welcome as a newcomer."""
        if self._newcomers is not None and token.startswith(self._newcomers):
            return self.bot(token)
        return self.bots.get(token)

    def new_id(self) -> str:
        """Return an id that is higher than every earlier one."""
        with self.lock:
            since = int((self.now() - EPOCH) * 1000) << 22
            self._last = max(since, self._last + 1)
            return str(self._last)

    def add_place(self, bot: SimulatedBot, guild_id: str = "", kind: int = 0) -> Place:
        """Let *bot* see another channel."""
        with self.lock:
            place = Place(id=self.new_id(), guild_id=guild_id, kind=kind)
            bot.places[place.id] = place
            return place

    def conversation(self, bot: SimulatedBot, user_id: str) -> Place:
        """Return the conversation of *bot* with a person, opened where there was none."""
        with self.lock:
            if user_id not in bot.conversations:
                bot.conversations[user_id] = self.add_place(bot, kind=1)
            return bot.conversations[user_id]

    def write(self, bot: SimulatedBot, place: Place, author: Json, text: str, **more: Any) -> Json:  # noqa: ANN401 - JSON
        """Let *author* write in *place*, where *bot* sees it; return the message."""
        with self.lock:
            message = self.message(place, author, text) | more
            place.messages.append(message)
            self.tell(bot, "MESSAGE_CREATE", message)
            return message

    def edit(self, bot: SimulatedBot, message: Json, text: str, **more: Any) -> Json:  # noqa: ANN401 - JSON
        """Let the author of *message* edit it; return it as it is then."""
        with self.lock:
            message |= {"content": text, "edited_timestamp": self._time()} | more
            self.tell(bot, "MESSAGE_UPDATE", message)
            return message

    def tell(self, bot: SimulatedBot, kind: str, message: Json) -> None:
        """Tell each session of *bot* of a message."""
        for session in bot.sessions.values():
            session.emit(kind, seen(message, bot, may_read=session.may_read))

    def message(self, place: Place, author: Json, text: str) -> Json:
        """Return a message as the platform writes one."""
        identity = self.new_id()
        guild = {"guild_id": place.guild_id, "member": {"roles": []}} if place.guild_id else {}
        return guild | {
            "id": identity,
            "type": 0,
            "channel_id": place.id,
            "author": author,
            "content": text,
            "timestamp": self._time(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "flags": 0,
        }

    def _time(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="microseconds")

    def said_in(self, bot: SimulatedBot, place: Place) -> list[str]:
        """Return what *bot* has said in *place*."""
        return [each["content"] for each in place.messages if each["author"]["id"] == bot.id]

    def wrote(self, what: Json) -> Json:
        """Let the person *user* write *text* to the bot with *token*; see `people.Platform`."""
        bot, user = self.bot(str(what["token"])), str(what["user"])
        place = self.conversation(bot, user)
        written = self.write(bot, place, person(user, "ann"), str(what["text"]))
        return {"message_id": written["id"]}

    def received(self) -> list[tuple[str, str]]:
        """Return what bots have said, each to a person or in a place; see `people.Platform`."""
        with self.lock:
            return [
                (names.get(place.id, place.id), said)
                for bot in self.bots.values()
                for names in [{each.id: user for user, each in bot.conversations.items()}]
                for place in bot.places.values()
                for said in self.said_in(bot, place)
            ]

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:  # noqa: ARG002 - the port
        """Answer one request; see `HttpClient.send`."""
        with self.lock:
            return discord_rest.answer(self, request)


def person(identity: str, name: str) -> Json:
    """Return somebody as a user object."""
    return {
        "id": identity,
        "username": name,
        "global_name": None,
        "discriminator": "0",
        "avatar": None,
    }


def mention(bot: SimulatedBot) -> Json:
    """Return what mentions *bot* in a message whose text has `<@id>`."""
    return {"mentions": [bot.user]}


def seen(message: Json, bot: SimulatedBot, *, may_read: bool) -> Json:
    """Return *message* as *bot* sees it."""
    is_for_it = any(each["id"] == bot.id for each in [message["author"], *message["mentions"]])
    if may_read or is_for_it or not message.get("guild_id"):
        return message
    return message | HIDEABLE
