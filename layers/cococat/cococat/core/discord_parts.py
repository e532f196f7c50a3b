"""
The parts of an answer as Discord's messages.

A button that opens a page is one of Discord's; one with a value is a line of text, because a
press on it would have to be answered within 3 seconds. Source: Discord API documentation,
"Create Message", "Embed limits", "Component reference" (action row, button).
"""

import json

from cococat.core import splitting
from cococat.core.discord_api import Form
from cococat.core.discord_content import Json
from cococat.core.limits import Limits
from cococat.core.messages import Button, Card, CardField
from cococat.core.multipart import FormFile, form

EMBED = 6000
"""Units that all of an embed may measure together."""
NAME, VALUE = 256, 1024
LABEL, ADDRESS = 80, 512
IN_A_ROW, ROWS = 5, 5
NOTHING = "\u200b"
"""A name or a value may not be empty."""


def card(shown: Card, limits: Limits) -> Json:
    """Return the message that shows a card; what has no room in it is said beside it."""
    embed, rest = _embed(shown, limits)
    links = [each for each in shown.buttons if each.url and len(each.url) <= ADDRESS]
    lines = [f"{field.name}: {field.value}" for field in rest]
    lines += [_line(n, each) for n, each in enumerate(shown.buttons, 1) if each not in links]
    message: Json = {"embeds": [embed]} if embed else {}
    if lines:
        message["content"] = splitting.cut("\n".join(lines), limits.text, limits.unit)
    if links:
        message["components"] = _rows(links, limits)
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


def _rows(links: list[Button], limits: Limits) -> list[Json]:
    buttons = [
        {
            "type": 2,
            "style": 5,
            "label": splitting.cut(each.text.strip() or each.url, LABEL, limits.unit),
            "url": each.url,
        }
        for each in links[: IN_A_ROW * ROWS]
    ]
    return [
        {"type": 1, "components": buttons[start : start + IN_A_ROW]}
        for start in range(0, len(buttons), IN_A_ROW)
    ]
