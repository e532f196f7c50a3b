"""
Text of Telegram messages: entities, mentions, commands.

Offsets and lengths of entities count UTF-16 code units. Source: Telegram Bot API,
"MessageEntity"; Telegram, "Styled text with message entities".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cococat.core import fields
from cococat.core.errors import MalformedMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """
    A span of a text.

    Attributes:
        kind: mention, text_mention, bot_command, code …
        start: where it begins, in UTF-16 code units.
        end: where it ends.
        text: what it spans.
        user_id: of a text_mention: whom it means.

    """

    kind: str
    start: int
    end: int
    text: str
    user_id: int | None = None


def entities(message: dict[str, Any], text: str) -> Iterator[Entity]:
    """Yield the entities of *message* that lie within its *text* or caption."""
    units = text.encode("utf-16-le", "surrogatepass")
    name = "entities" if "text" in message else "caption_entities"
    for each in fields.objects(message, name):
        try:
            start, length = fields.integer(each, "offset"), fields.integer(each, "length")
            kind = fields.text(each, "type")
            user = fields.mapping(each, "user").get("id")
        except MalformedMessage:
            continue
        end = start + length
        if 0 <= start < end <= len(units) // 2:
            spanned = units[2 * start : 2 * end].decode("utf-16-le", "replace")
            yield Entity(kind=kind, start=start, end=end, text=spanned, user_id=user)


def mentions(entity: Entity, bot_id: int, username: str) -> bool:
    """Tell whether *entity* means the bot."""
    if entity.kind == "mention":
        return entity.text.lower() == f"@{username.lower()}"
    return entity.kind == "text_mention" and entity.user_id == bot_id


def command_target(entity: Entity) -> str | None:
    """Return whom the command in *entity* is for: a user name, empty for anybody, or None."""
    if entity.kind != "bot_command" or entity.start != 0:
        return None
    return entity.text.partition("@")[2].lower()


def without(text: str, entity: Entity) -> str:
    """Return *text* without what *entity* spans."""
    units = text.encode("utf-16-le", "surrogatepass")
    rest = units[: 2 * entity.start] + units[2 * entity.end :]
    return rest.decode("utf-16-le", "surrogatepass").strip()
