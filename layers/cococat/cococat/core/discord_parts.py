"""
The parts of an answer as Discord's messages.

A button is one of Discord's; one whose address or value is longer than Discord takes is a line of
text. Source: Discord API documentation, "Create Message", "Embed limits", "Component reference"
(action row, button).
"""

import json

from cococat.core import discord_press, splitting
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
    """Return the message that shows a card; what has no room in it is said beside it."""
    embed, rest = _embed(shown, limits)
    buttons = {n: _button(n, each, limits) for n, each in enumerate(shown.buttons, 1)}
    lines = [f"{field.name}: {field.value}" for field in rest]
    lines += [_line(n, each) for n, each in enumerate(shown.buttons, 1) if not buttons[n]]
    message: Json = {"embeds": [embed]} if embed else {}
    if lines:
        message["content"] = splitting.cut("\n".join(lines), limits.text, limits.unit)
    components = [each for each in buttons.values() if each]
    if components:
        message["components"] = _rows(components)
    return message or {"content": NOTHING}


def with_file(message: Json, name: str, content: bytes, content_type: str) -> Form:
    """Return the form that sends *message* with a file."""
    named = message | {"attachments": [{"id": 0, "filename": name}]}
    file = FormFile(key="files[0]", name=name, content_type=content_type, content=content)
    return form({"payload_json": json.dumps(named, ensure_ascii=False)}, file)


def _embed(shown: Card, limits: Limits) -> tuple[Json, list[CardField]]:
    """Return the embed of a card, and the fields that have no room in it."""

    def size(text: str) -> int:
        return splitting.measure(text, limits.unit)

    embed: Json = {"title": shown.title.strip(), "description": shown.text.strip()}
    room = EMBED - sum(map(size, embed.values()))
    listed, rest = [], []
    for field in shown.fields:
        name, value = field.name.strip() or NOTHING, field.value.strip() or NOTHING
        fits = size(name) <= NAME and size(value) <= VALUE
        if fits and size(name) + size(value) <= room:
            room -= size(name) + size(value)
            listed.append({"name": name, "value": value})
        else:
            rest.append(field)
    whole = embed | {"fields": listed}
    return {name: value for name, value in whole.items() if value}, rest


def _line(number: int, button: Button) -> str:
    return f"[{number}] {button.text}" + (f" {button.url}" if button.url else "")


def _button(number: int, button: Button, limits: Limits) -> Json:
    """Return a button as the platform has them; nothing for one that it does not take."""
    label = splitting.cut(button.text.strip() or button.url or button.value, LABEL, limits.unit)
    carried = "" if button.url else discord_press.custom_id(number, button.value)
    if carried:
        return {"type": 2, "style": 2, "label": label, "custom_id": carried}
    if button.url and splitting.measure(button.url, limits.unit) <= ADDRESS:
        return {"type": 2, "style": 5, "label": label, "url": button.url}
    return {}


def _rows(buttons: list[Json]) -> list[Json]:
    return [
        {"type": 1, "components": buttons[start : start + IN_A_ROW]}
        for start in range(0, len(buttons), IN_A_ROW)
    ]
