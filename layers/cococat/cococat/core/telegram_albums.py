"""
Albums: several pictures that somebody sends as one come as an update each.

Those of one batch become one message with several files; its text is the one caption that an
album usually has. Source: Telegram Bot API, "Message", `media_group_id`.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

ALBUM = "album"
"""Where the merged message has the others of its album; Telegram has no such key."""


def merged(updates: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the updates that belong together, in their order: one, or all of an album."""
    for key, group in groupby(enumerate(updates), key=lambda each: _key(*each)):
        listed = [update for _, update in group]
        if isinstance(key, tuple):
            yield listed
        else:
            yield from ([update] for update in listed)


def as_one(updates: list[Any]) -> Any:  # noqa: ANN401 - an update, of whatever form
    """Return what one or several *updates* say, as one update."""
    if len(updates) == 1:
        return updates[0]
    messages = [update["message"] for update in updates]
    first = next((each for each in messages if each.get("caption")), messages[0])
    others = [each for each in messages if each is not first]
    return updates[0] | {"message": first | {ALBUM: others}}


def _key(place: int, update: object) -> object:
    """Return what all updates of an album have in common; a number for any other."""
    match update:
        case {"message": {"media_group_id": str() as album, "chat": {"id": int() as chat}}}:
            return album, chat
    return place
