"""
Sending to Telegram: one part of an answer as one message.

Telegram has no idempotency key, so a request whose answer got lost is not repeated. Where it
refuses a message for its form (formatting, the message answered, the topic), that is left out
and the rest is sent. Source: Telegram Bot API, "sendMessage", "sendPhoto", "sendDocument".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cococat.core import reply_files, telegram_cards
from cococat.core.errors import DeliveryFailed
from cococat.core.http_client import HttpClient
from cococat.core.limits import Limits
from cococat.core.messages import Card, ReplyFile
from cococat.core.multipart import FormFile
from cococat.core.platform_errors import raise_fault
from cococat.core.rendering import Kind, Part
from cococat.core.telegram_api import CALL_SECONDS, ApiAnswer, TelegramApi
from cococat.core.telegram_errors import Amend, what_to_do
from cococat.core.telegram_html import to_html

UPLOAD_SECONDS = 25.0

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """
    What sending works with.

    Attributes:
        api: the bot's.
        files: fetches what an answer only names, from public addresses.
        limits: what Telegram takes.

    """

    api: TelegramApi
    files: HttpClient
    limits: Limits


def send_part(means: Means, part: Part, place: Mapping[str, str], *, quotes: bool) -> None:
    """
    Send *part* as one message.

    Args:
        means: what to work with.
        part: what to send.
        place: chat, and thread and message where there are any; see `telegram_update.Taken`.
        quotes: whether to quote the message that is answered.

    Raises:
        DeliveryError: Telegram did not take it.
        PlatformUnreachable: it could not be asked, or its answer got lost.

    """
    api, message = means.api, target(place, quotes=quotes)
    match part.kind:
        case Kind.MARKDOWN:
            _send(api, "sendMessage", message | _html(to_html(part.text)), plain=part.text)
        case Kind.CARD if part.card is not None:
            _send_card(api, message, part.card)
        case Kind.FILE if part.file is not None:
            _send_file(means, message, part.file)
        case _:
            _send(api, "sendMessage", message | {"text": part.text})


def target(place: Mapping[str, str], *, quotes: bool) -> Message:
    """Return the parameters of a call that say where; with *quotes*, what is answered."""
    message: Message = {"chat_id": int(place["chat"])}
    if "thread" in place:
        message["message_thread_id"] = int(place["thread"])
    if quotes and "message" in place:
        message["reply_parameters"] = {
            "message_id": int(place["message"]),
            "allow_sending_without_reply": True,
        }
    return message


def _html(text: str) -> Message:
    return {"text": text, "parse_mode": "HTML"}


def _send_card(api: TelegramApi, message: Message, card: Card) -> None:
    shown = message | telegram_cards.keyboard(card) | _html(telegram_cards.html_of(card))
    _send(api, "sendMessage", shown, plain=telegram_cards.plain_of(card))


def _send_file(means: Means, message: Message, file: ReplyFile) -> None:
    limits = means.limits
    content, media_type = reply_files.content_of(file, means.files, limits.file)
    is_photo = file.kind == "image" and len(content) <= limits.image
    method, parameter = ("sendPhoto", "photo") if is_photo else ("sendDocument", "document")
    upload = FormFile(key=parameter, name=file.name, content_type=media_type, content=content)
    _send(means.api, method, message, upload=upload)


def _send(
    api: TelegramApi,
    method: str,
    message: Message,
    *,
    plain: str = "",
    upload: FormFile | None = None,
) -> None:
    """Send *message*; once more for each thing in it that Telegram does not take."""
    tried: set[Amend] = set()
    seconds = UPLOAD_SECONDS if upload else CALL_SECONDS
    while True:
        answer = api.call(method, message, seconds=seconds, upload=upload)
        if answer.is_ok:
            return
        then = what_to_do(answer.code, answer.description)
        if not isinstance(then, Amend):
            raise_fault(then, seconds=answer.retry_after)
        if then is Amend.NOTHING:
            return
        if then in tried:
            raise DeliveryFailed("refused_content")
        tried.add(then)
        message = _amended(message, then, answer, plain)


def _amended(message: Message, amend: Amend, answer: ApiAnswer, plain: str) -> Message:
    changed = dict(message)
    match amend:
        case Amend.PLAIN:
            changed.pop("parse_mode", None)
            changed["text"] = plain or changed.get("text", "")
        case Amend.NO_REPLY:
            changed.pop("reply_parameters", None)
        case Amend.NO_THREAD:
            changed.pop("message_thread_id", None)
        case _:
            # The new id is kept nowhere: updates name it from then on, and every place comes from
            # one. Only answers that are under way meet the old id, each with one refused call.
            if answer.migrate_to is None:
                raise DeliveryFailed("recipient_gone")
            changed["chat_id"] = answer.migrate_to
            changed.pop("reply_parameters", None)
    return changed
