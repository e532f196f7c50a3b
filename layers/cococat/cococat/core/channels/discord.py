"""
discord: a Discord bot.

The sidecar's gateway client and a probe give their messages to `take`, which parses and routes
them; answers go out over HTTP. Source: Discord API documentation, "Create Message", "Create DM".
"""

import math
import uuid
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from cococat.core import (
    discord_answer,
    discord_files,
    discord_message,
    discord_parts,
    discord_press,
    fields,
    in_time,
    reply_files,
    splitting,
)
from cococat.core.channels import Channel, Delivery, Fetched, Wiring
from cococat.core.discord_api import DiscordApi, Form, api_of
from cococat.core.discord_content import Json, snowflake
from cococat.core.discord_message import Bot, Reader, Skipped, Turn
from cococat.core.discord_turns import Turns
from cococat.core.errors import DeliveryDelayed, MalformedMessage
from cococat.core.http_client import HttpAnswer
from cococat.core.ids import fingerprint, message_id
from cococat.core.limits import Limits
from cococat.core.messages import Reply
from cococat.core.progress import Shown
from cococat.core.rendering import Kind, Part, render
from cococat.core.reply_address import ReplyAddress

NONCE = 25
"""Characters of a nonce; the platform takes a second message with it for a repeat."""
NOBODY: Json = {"parse": []}
"""Whom a message pings, whatever is in it."""
PATIENCE = 2.0
"""Seconds for which a channel's turn is waited for here; a longer wait is the queue's."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a message goes.

    Attributes:
        channel: the id of a channel, a thread, or the conversation with a user.
        asked: the message that it replies to; empty for none.

    """

    channel: str
    asked: str = ""


class DiscordChannel(Channel):
    """The channel of one bot."""

    channel_type = "discord"
    resend_safe: ClassVar[bool] = True

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        self._scene_id = ""
        self._config: dict[str, Any] = {}
        self._turns = Turns(wiring.clock)

    @property
    def limits(self) -> Limits:
        """Return what the platform takes; of a card, what fits into one message."""
        common = super().limits
        return replace(common, takes=lambda card, _form: discord_parts.is_small(card, common))

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the bot's settings; the sidecar does the listening."""
        self._scene_id = scene_id
        self._config = config

    @property
    def api(self) -> DiscordApi:
        """Return the API for this bot."""
        return api_of(self._config, self.wiring.libraries.http)

    @property
    def takes_edits(self) -> bool:
        """Tell whether an edited message is one more message."""
        return self._options.get("edits") is True

    def check_credentials(self) -> bool:
        """Ask whether Discord takes the token; connected the bot is once a sidecar listens."""
        self.api.check()
        return False

    def take(self, source: Json, bot: Bot, guild_id: str = "") -> Turn | Skipped:
        """
        Put the message *source* into the mailbox, if it is for us.

        Args:
            source: the message object.
            bot: our bot.
            guild_id: the guild that it was written in, where *source* does not say.

        Raises:
            MalformedMessage: it is not of its form.
            MessageTooLarge: it is larger than a mailbox takes.
            MailboxUnavailable: the mailbox did not take it.

        """
        turn = self.read(source, bot, guild_id)
        if isinstance(turn, Turn):
            self._route(turn)
        return turn

    def read(self, source: Json, bot: Bot, guild_id: str = "") -> Turn | Skipped:
        """Return the turn that the message *source* is, or why it is none; see `take`."""
        everything = self._options.get("groups") == "all"
        reader = Reader(
            scene_id=self._scene_id, everything=everything, edits=self.takes_edits, bot=bot
        )
        return discord_message.read(source, reader, guild_id)

    def press(self, source: Json) -> None:
        """
        Put the press of a button into the mailbox, and tell the platform within its 3 seconds.

        Another kind of interaction is left aside: no answer of ours has brought it about.

        Args:
            source: the interaction object.

        Raises:
            MalformedMessage: it is not of its form.
            DeliveryError: the platform does not take that it is told.
            PlatformUnreachable: it could not be told, or its answer got lost.

        """
        press = discord_press.read(source, self._scene_id)
        if press is None:
            self.wiring.counters.count("Ignored", channel=self.channel_type, kind="interaction")
            return
        is_taken = in_time.is_done(lambda: self._route(press.turn), discord_press.SECONDS)
        press.answer(self.api, "" if is_taken else in_time.NOT_TAKEN)

    def turn(self, delivery: Delivery) -> int:
        """Return the seconds until the platform takes the next message to the same channel."""
        route = _route("POST", _messages(delivery.to.conversation_id))
        wait = self._turns.wait(route)
        return math.ceil(wait) if wait > PATIENCE else 0

    def send(self, reply: str, user_id: str) -> None:
        """
        Send *reply* to a user, in the conversation with them.

        Raises:
            DeliveryError: it did not arrive, or may not have.

        """
        place = Place(self._conversation_with(user_id))
        for part in render(Reply(text=reply), self.limits):
            discord_answer.judge(self._write(place, part, key=uuid.uuid4().hex))

    def answer(self, delivery: Delivery) -> None:
        """
        Send one part of an answer; the first one into the message that has shown its progress.

        Raises:
            DeliveryError: it did not arrive, or may not have.

        """
        part, number, shown = delivery.part, delivery.number, delivery.shown.get("message", "")
        if number == 1 and shown and part.kind in (Kind.TEXT, Kind.MARKDOWN):
            answer = self._edit(delivery.to, shown, part.text)
            if not discord_answer.is_gone(answer):
                discord_answer.judge(answer)
                return
        place = _first(delivery.to) if number == 1 else _next(delivery.to)
        discord_answer.judge(self._write(place, part, key=delivery.key))

    def show(self, to: ReplyAddress, text: str, shown: Shown) -> Shown:
        """Show that the bot types, or a message that grows; see `ShowsProgress`."""
        if not text.strip():
            typing = self._call("POST", f"/channels/{to.conversation_id}/typing")
            discord_answer.judge(typing)  # what is refused is not to be asked for again and again
            return shown
        limits = self.limits
        begun = splitting.cut(text, limits.text, limits.unit)
        if "message" in shown:
            discord_answer.judge(self._edit(to, shown["message"], begun))
            return shown
        part = Part(kind=Kind.TEXT, text=begun)
        answer = self._write(_first(to), part, key=f"{to.message_id}/progress")
        discord_answer.judge(answer)
        return {"message": _id_in(answer)}

    def fetch(self, ref: str) -> Fetched:
        """Return a file that came with a message; see `FetchesAttachments`."""
        return discord_files.fetch(self.api, ref)

    @property
    def _options(self) -> Json:
        options: Json = self._config.get("options", {})
        return options

    def _route(self, turn: Turn) -> None:
        binding = self.wiring.binding
        identity = message_id(binding.address, None, turn.key)
        self.wiring.router.route(binding, turn.message, identity, turn.in_place)

    def _message(self, part: Part) -> Json:
        if part.kind is Kind.CARD and part.card is not None:
            return discord_parts.card(part.card, self.limits)
        return {} if part.kind is Kind.FILE else {"content": part.text}

    def _write(self, place: Place, part: Part, *, key: str) -> HttpAnswer:
        """Create a message in *place*, as a reply where that is allowed."""
        if place.asked:
            answer = self._create(place, part, key=key)
            if not discord_answer.refuses_the_reply(answer):
                return answer
        return self._create(Place(place.channel), part, key=key)

    def _create(self, place: Place, part: Part, *, key: str) -> HttpAnswer:
        """Create a message, or meet the one that an earlier try with the same *key* created."""
        message = self._message(part) | {
            "nonce": fingerprint(key)[:NONCE],
            "enforce_nonce": True,
            "allowed_mentions": NOBODY,
        }
        if place.asked:
            reference = {"message_id": place.asked, "fail_if_not_exists": False}
            message |= {"message_reference": reference}
        return self._call("POST", _messages(place.channel), self._body(message, part))

    def _edit(self, to: ReplyAddress, message: str, text: str) -> HttpAnswer:
        path = f"{_messages(to.conversation_id)}/{message}"
        return self._call("PATCH", path, {"content": text, "allowed_mentions": NOBODY})

    def _call(self, method: str, path: str, body: Json | Form | None = None) -> HttpAnswer:
        """
        Make one call when it is its turn.

        Raises:
            DeliveryDelayed: that is not soon.

        """
        route = _route(method, path)
        wait = self._turns.wait(route)
        if wait > PATIENCE:
            raise DeliveryDelayed("rate_limited", math.ceil(wait))
        if wait:
            self.wiring.clock.sleep(wait)
        answer = self.api.call(method, path, body)
        self._turns.note(route, answer)
        return answer

    def _body(self, message: Json, part: Part) -> Json | Form:
        if part.file is None:
            return message
        limit = self.limits.image if part.file.kind == "image" else self.limits.file
        http = self.wiring.libraries.public_http
        content, content_type = reply_files.content_of(part.file, http, limit)
        return discord_parts.with_file(message, part.file.name, content, content_type)

    def _conversation_with(self, user_id: str) -> str:
        """Return the channel of the conversation with a user, opened where there was none."""
        answer = self._call("POST", "/users/@me/channels", {"recipient_id": user_id})
        discord_answer.judge(answer)
        return _id_in(answer)


def _messages(channel: str) -> str:
    """Return the path of a channel's messages."""
    return f"/channels/{channel}/messages"


def _route(method: str, path: str) -> str:
    """Return what a call's limit is of: the kind of call, and the channel."""
    return f"{method} {path.partition('/messages')[0]}"


def _first(to: ReplyAddress) -> Place:
    """Return where an answer begins: as a reply to its message, in a guild."""
    return Place(to.conversation_id, to.in_place.get("message_id", ""))


def _next(to: ReplyAddress) -> Place:
    return Place(to.conversation_id)


def _id_in(answer: HttpAnswer) -> str:
    """Return the id of what *answer* says was made."""
    try:
        return snowflake(fields.parse_object(answer.body), "id")
    except MalformedMessage as error:
        raise DeliveryDelayed("platform_failed") from error
