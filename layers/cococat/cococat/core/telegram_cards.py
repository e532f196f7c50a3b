"""
Our cards as Telegram's messages: a text, and buttons below it.

Source: Telegram Bot API, "sendMessage" (1 to 4096 characters after the entities are parsed),
"InlineKeyboardButton".
"""

from html import escape
from typing import Any

from cococat.core.messages import Button, Card
from cococat.core.telegram_html import to_html
from cococat.core.text import cut

MAX_DATA = 64
"""Bytes of UTF-8 that a button sends back at most."""
NOTHING = "…"
"""What a card says that says nothing: no message is without a text."""


def html_of(card: Card) -> str:
    """Return what *card* says, in Telegram's HTML."""
    lines = [f"<b>{_escaped(card.title)}</b>" if card.title else "", to_html(card.text)]
    lines += [f"<b>{_escaped(each.name)}</b>: {_escaped(each.value)}" for each in card.fields]
    return _joined(lines)


def plain_of(card: Card) -> str:
    """Return what *card* says, without any formatting."""
    fields = [f"{each.name}: {each.value}" for each in card.fields]
    return _joined([card.title, card.text, *fields])


def keyboard(card: Card) -> dict[str, Any]:
    """Return the parameters of a call that bring the buttons of *card*."""
    if not card.buttons:
        return {}
    return {"reply_markup": {"inline_keyboard": [[_button(button)] for button in card.buttons]}}


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": cut(button.value, MAX_DATA)}


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _joined(lines: list[str]) -> str:
    text = "\n".join(line for line in lines if line)
    return text if text.strip() else NOTHING
