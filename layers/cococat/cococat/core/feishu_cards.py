"""
Our cards in Feishu's card JSON 2.0.

Source: Feishu Open Platform, "Send message" (sizes), "Card JSON 2.0 structure", "Markdown
component", "Button component", "Streaming updates of cards".
"""

import json
import re
from typing import Any

from cococat.core.feishu_card_action import IN_THREAD, SAYS
from cococat.core.messages import Button, Card, CardField, Format

GROWING = "growing"
"""Id of the element that a growing answer is written into."""

MOST = 29_000
"""Bytes of a card in its request, which has 30 KB at most: all of it, and once more as JSON."""

Json = dict[str, Any]

_LONGEST_THREAD = "omt_" + 128 * "x"
_AT = re.compile(r"<(?=/?at\b)", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>-])")


def unmentioned(text: str) -> str:
    """
    Return *text* in which nobody is mentioned: what a user said must not call others.

    A zero-width space takes the meaning of `<at …>` away, and is not seen.
    """
    return _AT.sub("<\u200b", text)


def card_json(card: Card, form: Format, thread: str) -> Json:
    """
    Return *card* as Feishu shows it.

    Args:
        card: the card.
        form: how its text is to be read.
        thread: the thread that it goes into; its buttons say so when they are pressed.

    """
    elements: list[Json] = []
    if card.text:
        elements.append(_text(card.text, form))
    fields = "\n".join(filter(None, map(_field, card.fields)))
    if fields:
        elements.append(_markdown(fields))
    elements += [_button(button, thread) for button in card.buttons]
    header = {"title": {"tag": "plain_text", "content": card.title}, "template": "blue"}
    # A card is never empty: the platform refuses one without an element.
    return _card(elements or [_plain(" ")]) | ({"header": header} if card.title else {})


def is_small(card: Card, form: Format) -> bool:
    """Tell whether the platform takes *card*, with all that is on it, wherever it goes."""
    content = written(card_json(card, form, _LONGEST_THREAD))
    return len(json.dumps(content, ensure_ascii=False).encode("utf-8")) <= MOST


def written(content: Json) -> str:
    """Return *content* as it travels: JSON in a text."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def growing_json(text: str) -> Json:
    """Return the card that a growing answer begins with: what grows is a text, no markdown."""
    element = _plain(text)
    card = _card([element | {"text": element["text"] | {"element_id": GROWING}}])
    summary = {"content": "…"}
    return card | {"config": card["config"] | {"streaming_mode": True, "summary": summary}}


def grown_json(text: str, form: Format) -> Json:
    """Return the card that a growing answer ends with."""
    return _card([_text(text, form)])


def _card(elements: list[Json]) -> Json:
    # Without `update_multi` a card can't be replaced later.
    return {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": elements}}


def _text(text: str, form: Format) -> Json:
    return _markdown(unmentioned(text)) if form is Format.MARKDOWN else _plain(text)


def _plain(text: str) -> Json:
    return {"tag": "div", "text": {"tag": "plain_text", "content": text}}


def _markdown(text: str) -> Json:
    return {"tag": "markdown", "content": text}


def _field(field: CardField) -> str:
    # Stars around nothing, or around a space, would be shown as stars.
    name, value = _escaped(field.name).strip(), _escaped(field.value)
    return f"**{name}** {value}" if name else value


def _escaped(text: str) -> str:
    """Return *text* so that markdown shows it as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.splitlines()))


def _button(button: Button, thread: str) -> Json:
    if button.url:
        behavior: Json = {"type": "open_url", "default_url": button.url}
    else:
        value = {SAYS: button.value} | ({IN_THREAD: thread} if thread else {})
        behavior = {"type": "callback", "value": value}
    return {
        "tag": "button",
        "text": {"tag": "plain_text", "content": button.text},
        "behaviors": [behavior],
    }
