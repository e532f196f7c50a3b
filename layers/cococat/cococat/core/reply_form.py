"""
An answer as JSON, in queues and tables and from agents that are not ours.

    {"text", "format": "text" | "markdown", "fallback",
     "card": {"title", "text", "fields": [{"name", "value"}],
              "buttons": [{"text", "value" or "url"}]},
     "files": [{"kind": "image" | "file", "name", "source"}]}

Only what says something is written; all of it is optional, and one of text, card and files is
there.
"""

import json
import re
from typing import Any

from cococat.core import fields, text
from cococat.core.errors import MalformedMessage
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile

MAX_BESIDE = 96 * 1024
"""Bytes of JSON that a card and files may take: an item holds them beside the text."""
KINDS = ("image", "file")
MAX_BUTTONS = 40
MAX_FIELDS = 40
MAX_FILES = 10

_VISIBLE = re.compile(r"[^\s\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_SOURCE = re.compile(
    r"https://[\x21-\x7e]{1,2048}|data:[a-z0-9.+/-]{3,100};base64,[A-Za-z0-9+/=]*", re.ASCII
)


def to_json(reply: Reply) -> dict[str, Any]:
    """Return *reply* as plain values."""
    values: dict[str, Any] = {"text": reply.text} if reply.text else {}
    if reply.format is not Format.TEXT:
        values["format"] = reply.format.value
    if reply.card is not None:
        values["card"] = _card_values(reply.card)
    if reply.files:
        values["files"] = [
            {"kind": file.kind, "name": file.name, "source": file.source} for file in reply.files
        ]
    if reply.fallback:
        values["fallback"] = True
    return values


def parse(source: dict[str, Any]) -> Reply:
    """
    Return the answer that *source* is.

    Raises:
        MalformedMessage: it does not have the form above, or says nothing.

    """
    card = fields.optional_mapping(source, "card")
    reply = Reply(
        text=fields.optional_text(source, "text") or "",
        format=_format(source),
        card=None if card is None else _card(card),
        files=tuple(_file(each) for each in _some(source, "files", MAX_FILES)),
        fallback=fields.boolean(source, "fallback", default=False),
    )
    if not (_VISIBLE.search(reply.text) or reply.card or reply.files):
        message = "an answer that says nothing; None is no answer"
        raise MalformedMessage(message)
    return reply


def fit(reply: Reply) -> Reply:
    """
    Return *reply* as every queue and table takes it: cleaned, its text cut.

    Raises:
        MalformedMessage: it says nothing, or more beside its text than there is room for.

    """
    values = text.clean_all(to_json(reply))
    values["text"] = text.cut(values.get("text", ""), text.MAX_REPLY)
    beside = {name: values[name] for name in ("card", "files") if name in values}
    if text.size(json.dumps(beside, ensure_ascii=False)) > MAX_BESIDE:
        message = f"card and files have more than {MAX_BESIDE} bytes; name files by their URL"
        raise MalformedMessage(message)
    return parse(values)


def _card_values(card: Card) -> dict[str, Any]:
    values: dict[str, Any] = {"title": card.title}
    if card.text:
        values["text"] = card.text
    if card.fields:
        values["fields"] = [{"name": each.name, "value": each.value} for each in card.fields]
    if card.buttons:
        values["buttons"] = [_button_values(each) for each in card.buttons]
    return values


def _button_values(button: Button) -> dict[str, str]:
    does = {"value": button.value, "url": button.url}
    return {"text": button.text} | {name: value for name, value in does.items() if value}


def _format(source: dict[str, Any]) -> Format:
    named = fields.optional_text(source, "format") or Format.TEXT.value
    try:
        return Format(named)
    except ValueError as error:
        message = "'format' must be text or markdown"
        raise MalformedMessage(message) from error


def _card(source: dict[str, Any]) -> Card:
    return Card(
        title=fields.text(source, "title"),
        text=fields.optional_text(source, "text") or "",
        fields=tuple(
            CardField(name=fields.text(each, "name"), value=fields.text(each, "value"))
            for each in _some(source, "fields", MAX_FIELDS)
        ),
        buttons=tuple(_button(each) for each in _some(source, "buttons", MAX_BUTTONS)),
    )


def _button(source: dict[str, Any]) -> Button:
    button = Button(
        text=fields.text(source, "text"),
        value=fields.optional_text(source, "value") or "",
        url=fields.optional_text(source, "url") or "",
    )
    if bool(button.value) == bool(button.url) or (button.url and not _is_page(button.url)):
        message = "a button has a 'value' or an https 'url'"
        raise MalformedMessage(message)
    return button


def _file(source: dict[str, Any]) -> ReplyFile:
    file = ReplyFile(
        kind=fields.text(source, "kind"),
        name=fields.text(source, "name"),
        source=fields.text(source, "source"),
    )
    if file.kind not in KINDS or not file.name or not _SOURCE.fullmatch(file.source):
        message = "a file has 'kind' image or file, a 'name', and an https or data 'source'"
        raise MalformedMessage(message)
    return file


def _is_page(url: str) -> bool:
    return url.startswith("https://") and _SOURCE.fullmatch(url) is not None


def _some(source: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    found = fields.objects(source, name) if source.get(name) is not None else []
    if len(found) > most:
        message = f"'{name}' has more than {most}"
        raise MalformedMessage(message)
    return found
