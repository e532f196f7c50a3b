"""
The parts of an answer as Discord's messages.

A button is one of Discord's; one whose address, value or label is longer than Discord takes is a
line of text too. Source: Discord API documentation, "Create Message", "Embed limits", "Component
reference" (action row, button).
"""

import json

from cococat.core import discord_press, splitting
from cococat.core.card_lines import button_line
from cococat.core.discord_api import Form
from cococat.core.discord_content import Json
from cococat.core.limits import Limits
from cococat.core.messages import Button, Card, CardField
from cococat.core.multipart import FormFile, form

EMBED = 6000
"""Units that all of an embed may measure together."""
NAME, VALUE = 256, 1024
LABEL, ADDRESS = 80, 512
IN_A_ROW = 5
NOTHING = "\u200b"
"""A name or a value may not be empty."""


def card(shown: Card, limits: Limits) -> Json:
    """Return the message that shows a card which `is_small`."""
    buttons = {n: _button(n, each, limits) for n, each in enumerate(shown.buttons, 1)}
    whole = {
        "title": shown.title.strip(),
        "description": shown.text.strip(),
        "fields": [{"name": name, "value": value} for name, value in map(_pair, shown.fields)],
    }
    embed = {name: value for name, value in whole.items() if value}
    message: Json = {"embeds": [embed]} if embed else {}
    lines = _lines(shown, limits)
    if lines:
        message["content"] = lines
    components = [each for each in buttons.values() if each]
    if components:
        message["components"] = _rows(components)
    return message or {"content": NOTHING}


def is_small(shown: Card, limits: Limits) -> bool:
    """Tell whether the platform takes a card whole, with all that is on it."""

    def size(text: str) -> int:
        return splitting.measure(text, limits.unit)

    pairs = [(size(name), size(value)) for name, value in map(_pair, shown.fields)]
    whole = size(shown.title) + size(shown.text) + sum(map(sum, pairs))
    are_small = all(name <= NAME and value <= VALUE for name, value in pairs)
    return are_small and whole <= EMBED and size(_lines(shown, limits)) <= limits.text


def with_file(message: Json, name: str, content: bytes, content_type: str) -> Form:
    """Return the form that sends *message* with a file."""
    named = message | {"attachments": [{"id": 0, "filename": name}]}
    file = FormFile(key="files[0]", name=name, content_type=content_type, content=content)
    return form({"payload_json": json.dumps(named, ensure_ascii=False)}, file)


def _pair(field: CardField) -> tuple[str, str]:
    """Return the name and the value of a field as the platform takes them."""
    return field.name.strip() or NOTHING, field.value.strip() or NOTHING


def _lines(shown: Card, limits: Limits) -> str:
    """Return what stands beside a card: the buttons that can't be shown, or not whole."""
    return "\n".join(
        button_line(n, each)
        for n, each in enumerate(shown.buttons, 1)
        if not _button(n, each, limits) or _is_long(each.text.strip(), LABEL, limits)
    )


def _is_long(text: str, most: int, limits: Limits) -> bool:
    return splitting.measure(text, limits.unit) > most


def _button(number: int, button: Button, limits: Limits) -> Json:
    """Return a button as the platform has them; nothing for one that it does not take."""
    label = splitting.cut(button.text.strip() or button.url or button.value, LABEL, limits.unit)
    carried = "" if button.url else discord_press.custom_id(number, button.value)
    if carried:
        return {"type": 2, "style": 2, "label": label, "custom_id": carried}
    if button.url and not _is_long(button.url, ADDRESS, limits):
        return {"type": 2, "style": 5, "label": label, "url": button.url}
    return {}


def _rows(buttons: list[Json]) -> list[Json]:
    return [
        {"type": 1, "components": buttons[start : start + IN_A_ROW]}
        for start in range(0, len(buttons), IN_A_ROW)
    ]
