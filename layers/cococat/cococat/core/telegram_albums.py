"""
Albums: several pictures that somebody sends as one come as an update each.

Those of one batch become one message with several files; its text is the one caption that an
album usually has. An album that is quite new may still grow: it waits for another look. Source:
Telegram Bot API, "Message", `media_group_id`.
"""

from collections.abc import Iterable
from typing import Any

ALBUM = "album"
"""Where the merged message has the others of its album; Telegram has no such key."""
GROWS = 2.0
"""Seconds after its last picture within which an album may get another one."""
PAUSE = 1.0
"""Seconds until the next look at one."""


def merged(updates: Iterable[Any]) -> list[list[Any]]:
    """Return the updates that belong together: one, or all of an album, in place of its last."""
    groups: dict[object, list[Any]] = {}
    for place, update in enumerate(updates):
        key = _key(update) or place
        groups[key] = [*groups.pop(key, []), update]
    return list(groups.values())


def as_one(updates: list[Any]) -> Any:  # noqa: ANN401 - an update, of whatever form
    """Return what one or several *updates* say, as one update."""
    if len(updates) == 1:
        return updates[0]
    messages = [update["message"] for update in updates]
    first = next((each for each in messages if each.get("caption")), messages[0])
    others = [each for each in messages if each is not first]
    return updates[0] | {"message": first | {ALBUM: others}}


class Growing:
    """Tells which albums may still grow."""

    def __init__(self) -> None:
        self._look: tuple[object, int] | None = None

    def may_grow(self, updates: list[Any], now: float) -> bool:
        """
        Tell whether more than *updates* may come of an album.

        A second look that finds no more ends that, even where the two clocks differ.

        Args:
            updates: what belongs together; see `merged`.
            now: seconds since 1970.

        """
        key = _key(updates[0])
        if key is None:
            return False
        look = key, len(updates)
        is_known, self._look = look == self._look, look
        date = updates[-1]["message"].get("date")
        return not is_known and isinstance(date, int) and now - date < GROWS


def _key(update: object) -> tuple[str, int] | None:
    """Return what all updates of an album have in common; None for any other."""
    match update:
        case {"message": {"media_group_id": str() as album, "chat": {"id": int() as chat}}}:
            return album, chat
    return None
