"""
telegram: a Telegram bot, heard by long polling in the sidecar, answered by the outbox.

The poller and a probe give their updates to `take`, which parses and routes them.
"""

from functools import cached_property
from typing import Any

from cococat.core import telegram_growing, telegram_sending
from cococat.core.channels import Channel, Delivery, Fetched, Wiring
from cococat.core.errors import (
    AnswerLost,
    AttachmentRefused,
    DeliveryDelayed,
    DeliveryUnknown,
    MalformedMessage,
    PlatformUnreachable,
)
from cococat.core.fields import text
from cococat.core.ids import message_id
from cococat.core.opened_files import MAX_SIZE
from cococat.core.progress import Shown
from cococat.core.rendering import Kind, Part
from cococat.core.reply_address import ReplyAddress
from cococat.core.telegram_api import API_BASE, ApiAnswer, Bot, TelegramApi
from cococat.core.telegram_errors import SERVER_ERROR, TOO_MANY
from cococat.core.telegram_update import Taken, Taste, read_update


class TelegramChannel(Channel):
    """The channel of one bot."""

    channel_type = "telegram"

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        self._scene_id = ""
        self._config: dict[str, Any] = {}

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the bot's settings; the sidecar does the listening."""
        self._scene_id = scene_id
        self._config = config

    @cached_property
    def api(self) -> TelegramApi:
        """Return the API for this bot."""
        base = str(self._config.get("api_base", API_BASE))
        return TelegramApi(str(self._config["bot_token"]), self.wiring.libraries.http, base)

    def check_credentials(self) -> bool:
        """Ask whether Telegram takes the token; connected it is once a sidecar listens."""
        self.api.get_me()
        return False

    def take(self, update: dict[str, Any], bot: Bot) -> Taken | None:
        """
        Put the message that *update* is into the mailbox; return it, or None for no message.

        Raises:
            MalformedMessage: it is not of the documented form.
            MessageTooLarge: it is larger than a mailbox takes.
            MailboxUnavailable: the mailbox did not take it.

        """
        wiring = self.wiring
        taken = read_update(update, bot, self._taste, self._scene_id, wiring.clock.now())
        if taken is None:
            wiring.counters.count("Ignored", channel=self.channel_type, kind=_kind(update))
            return None
        conversation = taken.message.conversation_id
        identity = message_id(wiring.binding.address, conversation, taken.key)
        wiring.router.route(wiring.binding, taken.message, identity, taken.in_place)
        return taken

    def send(self, reply: str, user_id: str) -> None:
        """
        Send *reply* to the chat *user_id*.

        Raises:
            DeliveryError: it did not arrive, or may not have.

        """
        part = Part(kind=Kind.TEXT, text=reply)
        try:
            telegram_sending.send_part(self._means, part, {"chat": user_id}, quotes=False)
        except AnswerLost as error:
            raise DeliveryUnknown("answer_lost") from error
        except PlatformUnreachable as error:
            raise DeliveryDelayed("platform_unreachable") from error

    def answer(self, delivery: Delivery) -> None:
        """
        Send one part of an answer where it was asked for.

        Raises:
            DeliveryError: Telegram did not take it.
            PlatformUnreachable: it could not be asked, or its answer got lost.

        """
        place, is_first = _place(delivery.to), delivery.number == 1
        if is_first and telegram_growing.finish(self._means, place, delivery.part, delivery.shown):
            return
        telegram_sending.send_part(self._means, delivery.part, place, quotes=is_first)

    def show(self, to: ReplyAddress, text: str, shown: Shown) -> Shown:
        """
        Show that the bot types, or its answer so far; see `progress.ShowsProgress`.

        Raises:
            DeliveryError: Telegram refuses it.
            PlatformUnreachable: it could not be asked, or its answer got lost.

        """
        clock = self.wiring.clock
        return telegram_growing.show(self._means, _place(to), text, shown, clock)

    def fetch(self, ref: str) -> Fetched:
        """
        Return the file with the id *ref*; see `FetchesAttachments.fetch`.

        Raises:
            AttachmentRefused: Telegram does not give it out.
            PlatformUnreachable: it could not be asked.

        """
        path = self._file_path(self.api.call("getFile", {"file_id": ref}))
        answer = self.api.download(path, MAX_SIZE)
        if answer.status != 200:  # noqa: PLR2004 - HTTP
            raise PlatformUnreachable(f"a file is answered with {answer.status}")
        return Fetched(content_type=answer.headers.get("content-type", ""), pieces=(answer.body,))

    def _file_path(self, answer: ApiAnswer) -> str:
        if answer.is_ok:
            try:
                return text(answer.result, "file_path")
            except (MalformedMessage, AttributeError) as error:
                raise PlatformUnreachable("the answer to getFile can't be read") from error
        if answer.code == TOO_MANY or answer.code >= SERVER_ERROR:
            raise PlatformUnreachable(f"getFile is answered with {answer.code}")
        if "too big" in answer.description.lower():
            raise AttachmentRefused("too_large")
        raise AttachmentRefused("gone")

    @property
    def _means(self) -> telegram_sending.Means:
        files = self.wiring.libraries.public_http
        return telegram_sending.Means(api=self.api, files=files, limits=self.limits)

    @property
    def _taste(self) -> Taste:
        options = self._config.get("options", {})
        return Taste(everything=options.get("groups") == "all", edits=options.get("edits") is True)


def _place(to: ReplyAddress) -> dict[str, str]:
    """Return where an answer goes: where it was asked, or the user's own chat."""
    return to.in_place or {"chat": to.user_id}


def _kind(update: dict[str, Any]) -> str:
    """Return the kind of an update that is no message, as a word that is safe to count."""
    kinds = [name for name in update if name != "update_id"]
    is_safe = len(kinds) == 1 and kinds[0].isidentifier() and kinds[0].isascii()
    return kinds[0][:40] if is_safe else "other"
