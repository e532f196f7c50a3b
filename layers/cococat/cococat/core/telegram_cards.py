"""
Our cards as Telegram's messages: a text, and buttons below it.

A button whose value is longer than Telegram takes is a line of the text: what comes back to an
agent is a value of its own, or nothing.

Source: Telegram Bot API, "sendMessage" (1 to 4096 characters after the entities are parsed),
"InlineKeyboardButton".
"""

from html import escape
from typing import Any

from cococat.core import splitting
from cococat.core.card_lines import button_line, field_lines
from cococat.core.limits import Unit
from cococat.core.messages import Button, Card
from cococat.core.telegram_html import to_html

MAX_DATA = 64
"""Bytes of UTF-8 that a button sends back at most."""
ROOM = 800
"""Units that a message has beside the largest card, for the lines of buttons."""
NOTHING = "…"
"""What a card says that says nothing: no message is without a text."""


def html_of(card: Card) -> str:
    """Return what *card* says, in Telegram's HTML."""
    lines = [f"<b>{_escaped(card.title)}</b>" if card.title else "", to_html(card.text)]
    lines += [f"<b>{_escaped(each.name)}</b>: {_escaped(each.value)}" for each in card.fields]
    return _joined([*lines, _escaped(_button_lines(card))])


def plain_of(card: Card) -> str:
    """Return what *card* says, without any formatting."""
    return _joined([card.title, card.text, *field_lines(card), _button_lines(card)])


def keyboard(card: Card) -> dict[str, Any]:
    """Return the parameters of a call that bring the buttons of *card*."""
    rows = [[_button(button)] for button in card.buttons if _is_taken(button)]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _is_taken(button: Button) -> bool:
    return len(button.value.encode("utf-8", "replace")) <= MAX_DATA


def _button(button: Button) -> dict[str, str]:
    does = {"url": button.url} if button.url else {"callback_data": button.value}
    return {"text": button.text} | does


def _button_lines(card: Card) -> str:
    buttons = enumerate(card.buttons, 1)
    lines = [button_line(n, each) for n, each in buttons if not _is_taken(each)]
    return splitting.cut("\n".join(lines), ROOM, Unit.UTF16)


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _joined(lines: list[str]) -> str:
    text = "\n".join(line for line in lines if line)
    return text if text.strip() else NOTHING
