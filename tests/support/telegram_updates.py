"""Updates of Telegram, and how they are read."""

from typing import Any

from cococat.core.telegram_api import Bot
from cococat.core.telegram_update import Taken, Taste, read_update

BOT = Bot(id=1000, username="CocoBot")
ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -100_123, "type": "supergroup"}


def message(chat: dict[str, Any] = PRIVATE, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a message as the API gives it."""
    return {"message_id": 5, "date": 1_800_000_000, "chat": chat, "from": ANN} | values


def read(update: dict[str, Any], taste: Taste | None = None) -> Taken | None:
    """Return what is taken of *update*."""
    return read_update({"update_id": 1} | update, BOT, taste or Taste(), "shop", 1_800_000_009.0)


def said(**values: Any) -> str | None:  # noqa: ANN401 - JSON
    """Return what a message with *values* says to the agent in a group."""
    taken = read({"message": message(GROUP, **values)})
    return None if taken is None else taken.message.content


def span(text: str, part: str, kind: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the entity of *kind* that spans *part* of *text*, in UTF-16 units."""
    before = text[: text.index(part)].encode("utf-16-le")
    length = len(part.encode("utf-16-le")) // 2
    return {"type": kind, "offset": len(before) // 2, "length": length} | more
