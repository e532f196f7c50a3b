"""
What messages of WeCom (企业微信) intelligent bots say: a text for the agent, and their files.

Source: WeCom developer documentation, "Intelligent bot: receiving messages" (100719) and
"Receiving events" (101027).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cococat.core import fields
from cococat.core.errors import MalformedMessage

MAX_ADDRESS = 4096
"""Characters of an address; one that is longer is none of the platform's."""

_MENTION = re.compile(r"\s*@\S+(?:\s+|$)")
_MENTION_AT_THE_END = re.compile(r"\s+@\S+\s*$")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """
    What a message says.

    Attributes:
        text: for the agent.
        files: kind and address of each file; whoever has an address can read for five minutes.

    """

    text: str
    files: tuple[tuple[str, str], ...] = ()


def of_message(kind: str, source: Json) -> Content | None:
    """Return what the message *source* of type *kind* says, or None for an unknown type."""
    return _KINDS[kind](source) if kind in _KINDS else None


def of_event(name: str, source: Json) -> Content | None:
    """Return what the event *name* says, or None where it is nobody's turn."""
    return _EVENTS[name](fields.mapping(source, "event")) if name in _EVENTS else None


def quoted(source: Json) -> str:
    """Return what the message refers to, as a quotation; empty where it refers to nothing."""
    quote = fields.mapping(source, "quote")
    said = of_message(fields.text(quote, "msgtype", ""), quote)
    lines = said.text.splitlines() if said is not None else []
    return "\n".join(f"> {line}" for line in lines)


def address(source: Json, name: str) -> str:
    """
    Return the address at *name*.

    Raises:
        MalformedMessage: there is none, or it is too long.

    """
    found = fields.text(source, name)
    if len(found) > MAX_ADDRESS:
        raise MalformedMessage(f"'{name}' is too long")
    return found


def without_mention(text: str) -> str:
    """
    Return *text* without the words that called the bot.

    The platform does not say what the bot is called, but that a group's message always calls
    it: by its first word, else by its last.
    """
    rest = _MENTION.sub("", text, count=1) if _MENTION.match(text) else text
    return rest if rest != text else _MENTION_AT_THE_END.sub("", text)


def _text(source: Json) -> Content:
    return Content(fields.text(fields.mapping(source, "text"), "content"))


def _voice(source: Json) -> Content:
    """Return the platform's transcript; the sound itself does not come."""
    return Content(fields.text(fields.mapping(source, "voice"), "content"))


def _file(kind: str, title: str) -> Callable[[Json], Content]:
    def read(source: Json) -> Content:
        return Content(title, ((kind, address(fields.mapping(source, kind), "url")),))

    return read


def _mixed(source: Json) -> Content:
    items = fields.objects(fields.mapping(source, "mixed"), "msg_item")
    found = [_KINDS[kind](each) for each in items if (kind := each.get("msgtype")) in _PIECES]
    text = "\n".join(each.text for each in found)
    return Content(text, tuple(file for each in found for file in each.files))


def _entered(_event: Json) -> Content:
    return Content("enter_chat")


def _card(event: Json) -> Content:
    """Return what a tap on a card says: the button's own words, then what was chosen."""
    tap = fields.mapping(event, "template_card_event")
    items = fields.objects(fields.mapping(tap, "selected_items"), "selected_item")
    lines = [fields.text(tap, "event_key", "")]
    for item in items:
        ids = fields.mapping(item, "option_ids").get("option_id", [])
        options = [each for each in ids if isinstance(each, str)] if isinstance(ids, list) else []
        if options:
            lines.append(f"{fields.text(item, 'question_key')}: {', '.join(options)}")
    return Content("\n".join(filter(None, lines)) or "template_card_event")


_PIECES = ("text", "image")
_KINDS: dict[str, Callable[[Json], Content]] = {
    "text": _text,
    "mixed": _mixed,
    "image": _file("image", "[图片]"),
    "voice": _voice,
    "file": _file("file", "[文件]"),
    "video": _file("video", "[视频]"),
}
_EVENTS: dict[str, Callable[[Json], Content]] = {
    "enter_chat": _entered,
    "template_card_event": _card,
}
"""Events that are a user's turn; what somebody thinks of an answer is none."""
