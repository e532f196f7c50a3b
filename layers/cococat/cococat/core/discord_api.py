"""
The Discord API, as far as we call it.

Source: Discord API documentation, "API Reference" (authentication, user agent), "Get Current
User", "Get Current Application" (flags), "Get Gateway Bot", "Get Channel Messages", "Get Guild
Roles", "Role tags".
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from cococat import __version__
from cococat.core import discord_answer, fields
from cococat.core.discord_content import Json, snowflake
from cococat.core.discord_errors import INTENT_MISSING, TOKEN_REFUSED, PlatformBusy
from cococat.core.errors import (
    CredentialsRefused,
    MalformedMessage,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest
from cococat.core.platform_errors import Fault

API_BASE = "https://discord.com"
PATH = "/api/v10"
SECONDS = 10
"""Seconds that one request may take."""
MAY_READ = 1 << 18 | 1 << 19
"""Flags of an application with the message content intent, in many guilds and in few."""
LIST = 100
"""Messages of a channel that are asked for at most."""
BUSY = 5.0
"""Seconds to wait where the platform wants that, and does not say how long."""
MAX_LIST = 4 * 1024 * 1024

SHARDS = (
    "Discord recommends {count} connections (shards) for this bot, and the sidecar makes one. All "
    "messages come through it until the bot is in 2,500 servers; then Discord refuses it. Share "
    "the servers out to several bots, each with a channel of its own, before that."
)

Form = tuple[bytes, str]
"""A body, and its content type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """
    How the gateway may be entered.

    Attributes:
        url: where it is.
        shards: how many connections Discord recommends.
        remaining: how many sessions may be begun before `reset_after` is over.
        reset_after: seconds.

    """

    url: str
    shards: int
    remaining: int
    reset_after: float

    @property
    def warning(self) -> str:
        """Return what an operator should know of it, in a sentence; empty for nothing."""
        return SHARDS.format(count=self.shards) if self.shards > 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordApi:
    """
    Calls the API for one bot.

    Attributes:
        token: the bot's.
        base: where the API is, without a path.
        http: makes the requests.

    """

    token: str = field(repr=False)
    base: str
    http: HttpClient

    def call(self, method: str, path: str, body: Json | Form | None = None) -> HttpAnswer:
        """Make one request; an answer is returned whatever it is. See `HttpClient.send`."""
        headers = {
            "authorization": f"Bot {self.token}",
            "user-agent": f"DiscordBot (cococat, {__version__})",
        }
        sent = b""
        if isinstance(body, tuple):
            sent, headers["content-type"] = body
        elif body is not None:
            headers["content-type"] = "application/json"
            sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        request = HttpRequest(
            method=method,
            url=f"{self.base}{PATH}{path}",
            headers=headers,
            body=sent,
            max_answer=MAX_LIST,
        )
        return self.http.send(request, SECONDS)

    def own_id(self) -> str:
        """Return the bot's id; see `get`."""
        with _readable():
            return snowflake(fields.parse_object(self.get("/users/@me")), "id")

    def check(self) -> tuple[str, ...]:
        """
        Check the token, and the right to read messages.

        Returns:
            What an operator should know although all is good, one sentence each.

        Raises:
            CredentialsRefused: one of them is missing.
            PlatformUnreachable: the platform could not be asked.

        """
        self.own_id()
        with _readable():
            application = fields.parse_object(self.get("/applications/@me"))
            may_read = fields.integer(application, "flags", 0) & MAY_READ
            servers = fields.integer(application, "approximate_guild_count", 1)
        if not may_read:
            raise refused(INTENT_MISSING)
        lonely = "" if servers else "The bot is in no server yet; invite it to one."
        return tuple(each for each in (lonely, self.entrance().warning) if each)

    def entrance(self) -> Entrance:
        """Return how the gateway may be entered; see `get`."""
        with _readable():
            answer = fields.parse_object(self.get("/gateway/bot"))
            limit = fields.mapping(answer, "session_start_limit")
            return Entrance(
                url=fields.text(answer, "url"),
                shards=fields.integer(answer, "shards"),
                remaining=fields.integer(limit, "remaining"),
                reset_after=fields.number(limit, "reset_after") / 1000,
            )

    def messages_after(self, channel: str, message: str) -> list[Json]:
        """
        Return what was written in *channel* after *message*, the oldest first, `LIST` at most.

        None of it where the bot may not see the channel any more. See `get`.
        """
        answer = self.call("GET", f"/channels/{channel}/messages?after={message}&limit={LIST}")
        if answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return []
        with _readable():
            listed = _objects(_good(answer))
            return sorted(listed, key=lambda each: int(snowflake(each, "id")))

    def roles_of(self, bot: str, guild: str) -> frozenset[str]:
        """Return the roles that *bot* has for itself in *guild*, if it is in there; see `get`."""
        answer = self.call("GET", f"/guilds/{guild}/roles")
        if answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return frozenset()
        with _readable():
            return frozenset(
                snowflake(role, "id")
                for role in _objects(_good(answer))
                if (fields.optional_mapping(role, "tags") or {}).get("bot_id") == bot
            )

    def get(self, path: str) -> bytes:
        """
        Return what is at *path*.

        Raises:
            CredentialsRefused: the token is not good.
            PlatformBusy: it is to be asked later.
            PlatformUnreachable: there is no such answer.

        """
        return _good(self.call("GET", path))


def api_of(config: Json, http: HttpClient) -> DiscordApi:
    """Return the API as an entry with *config* calls it."""
    base = str(config.get("api_base", API_BASE)).rstrip("/")
    return DiscordApi(token=bare_token(str(config["bot_token"])), base=base, http=http)


def bare_token(token: str) -> str:
    """Return *token* without the word that stands before it in a header; people copy that too."""
    return token.removeprefix("Bot ").strip()


def refused(fault: Fault) -> CredentialsRefused:
    """Return the error that *fault* is while nothing is sent."""
    return CredentialsRefused(fault.reason, fault.advice)


def _good(answer: HttpAnswer) -> bytes:
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise refused(TOKEN_REFUSED)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise PlatformBusy(discord_answer.pause_after(answer) or BUSY)
    if answer.status != HTTPStatus.OK:
        raise PlatformUnreachable(f"Discord answers with HTTP {answer.status}")
    return answer.body


def _objects(body: bytes) -> list[Json]:
    """Return the list of objects that *body* is."""
    return fields.objects(fields.parse_object(b'{"listed":' + body + b"}"), "listed")


@contextmanager
def _readable() -> Iterator[None]:
    """Take an answer that is not of its form for none."""
    try:
        yield
    except MalformedMessage as error:
        raise PlatformUnreachable("Discord's answer can't be read") from error
