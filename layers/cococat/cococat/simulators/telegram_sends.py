"""
What Telegram checks in a message of a bot, and how it words what it does not take.

Source: Telegram Bot API, "sendMessage", "Formatting options", "InlineKeyboardButton"; the wording
of tdlib/telegram-bot-api.
"""

import json
import re
from html.parser import HTMLParser
from typing import Any

from cococat.simulators.telegram_bot import ApiRefusal, Sent, SimulatedBot

MAX_TEXT, MAX_CAPTION, MAX_DATA, MAX_ENTITIES = 4096, 1024, 64, 100
MAX_PHOTO, MAX_DOCUMENT = 10 * 1024 * 1024, 50 * 1024 * 1024
PER_SECOND, PER_GROUP_MINUTE = 30, 20

_TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler"}
    | {"a", "code", "pre", "blockquote", "tg-emoji"}
)
_ENTITY = re.compile(r"&(?!lt;|gt;|amp;|quot;|#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};)[a-zA-Z]+;")


class _Reader(HTMLParser):
    """Telegram's own HTML: few tags, all closed, properly nested."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.open: list[str] = []
        self.entities = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as the base class
        """Open a tag that there is."""
        if tag not in _TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {self.getpos()[1]}')
        self.open.append(tag)
        self.entities += 1

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        if not self.open or self.open.pop() != tag:
            raise _unparsable(f'Unmatched end tag at byte offset {self.getpos()[1]}, found "{tag}"')

    def handle_data(self, data: str) -> None:
        """Take what is to be seen."""
        self.text.append(data)


def visible(values: dict[str, Any], name: str = "text") -> str:
    """
    Return what is to be seen of the text *name* in *values*.

    Raises:
        ApiRefusal: it can't be parsed.

    """
    text = str(values.get(name, ""))
    if str(values.get("parse_mode", "")).lower() != "html":
        return text
    if _ENTITY.search(text):
        raise _unparsable("Unsupported entity")
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise _unparsable(f"Can't find end tag corresponding to start tag {reader.open[-1]}")
    if "<" in re.sub(r"<[^<>]*>", "", text):
        raise _unparsable("Unclosed start tag")
    return "".join(reader.text)


def send_message(bot: SimulatedBot, values: dict[str, Any]) -> Sent:
    """
    Check and keep one text message.

    Raises:
        ApiRefusal: Telegram would not take it.

    """
    chat = _chat(values)
    text = visible(values)
    if not text.strip():
        raise ApiRefusal(400, "Bad Request: message text is empty")
    if _units(text) > MAX_TEXT:
        raise ApiRefusal(400, "Bad Request: message is too long")
    _check_reply(bot, chat, values)
    _check_keyboard(values)
    return _keep(bot, chat, text, values)


def send_file(bot: SimulatedBot, values: dict[str, Any], kind: str, content: bytes | None) -> Sent:
    """
    Check and keep one message with a file, a photo or a document.

    Raises:
        ApiRefusal: Telegram would not take it.

    """
    chat = _chat(values)
    if content is None:
        raise ApiRefusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
    if not content:
        raise ApiRefusal(400, "Bad Request: file must be non-empty")
    if len(content) > (MAX_PHOTO if kind == "photo" else MAX_DOCUMENT):
        raise ApiRefusal(413, "Request Entity Too Large")
    caption = visible(values, "caption")
    if _units(caption) > MAX_CAPTION:
        raise ApiRefusal(400, "Bad Request: message caption is too long")
    _check_reply(bot, chat, values)
    sent = _keep(bot, chat, caption, values)
    sent.kind, sent.content = kind, content
    return sent


def edit_message(bot: SimulatedBot, values: dict[str, Any]) -> Sent:
    """
    Change one message.

    Raises:
        ApiRefusal: there is none, or it is so already.

    """
    chat, number = _chat(values), int(values.get("message_id") or 0)
    found = [each for each in bot.sent if (each.chat, each.message_id) == (chat, number)]
    if not found:
        raise ApiRefusal(400, "Bad Request: message to edit not found")
    text = visible(values)
    if _units(text) > MAX_TEXT:
        raise ApiRefusal(400, "Bad Request: MESSAGE_TOO_LONG")
    if text == found[0].text:
        raise ApiRefusal(400, "Bad Request: message is not modified")
    found[0].earlier.append(found[0].text)
    found[0].text = text
    return found[0]


def _keep(bot: SimulatedBot, chat: int, text: str, values: dict[str, Any]) -> Sent:
    sent = Sent(chat=chat, message_id=bot.new_message_id(chat), text=text, values=values)
    bot.sent.append(sent)
    return sent


def _chat(values: dict[str, Any]) -> int:
    try:
        return int(values["chat_id"])
    except (KeyError, ValueError, TypeError):
        raise ApiRefusal(400, "Bad Request: chat not found") from None


def _check_reply(bot: SimulatedBot, chat: int, values: dict[str, Any]) -> None:
    reply = nested(values, "reply_parameters")
    if not reply or reply.get("allow_sending_without_reply"):
        return
    if not bot.knows(chat, reply.get("message_id")):
        raise ApiRefusal(400, "Bad Request: message to be replied not found")


def _check_keyboard(values: dict[str, Any]) -> None:
    for row in nested(values, "reply_markup").get("inline_keyboard", []):
        for button in row:
            size = len(str(button.get("callback_data", "x")).encode("utf-8"))
            if not button.get("url") and not 1 <= size <= MAX_DATA:
                raise ApiRefusal(400, "Bad Request: BUTTON_DATA_INVALID")


def nested(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object *name* in *values*: JSON as it is, or as text in a form."""
    value = values.get(name) or {}
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _unparsable(why: str) -> ApiRefusal:
    return ApiRefusal(400, f"Bad Request: can't parse entities: {why}")
