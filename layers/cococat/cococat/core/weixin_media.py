"""
Files that were uploaded to WeCom (企业微信), so that a repeated message is the same message.

Source: WeCom developer documentation, "Upload temporary media" (90253): a media id is good for
three days.
"""

from collections.abc import Callable

from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.ids import fingerprint
from cococat.core.items import Items

SK = "media"
LIFETIME = 3 * 24 * 3600 - 3600


class MediaIds:
    """
    The media ids of parts of answers.

    Args:
        items: the messages table.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock

    def get(self, key: str, upload: Callable[[], str]) -> str:
        """Return the media id of the part with *key*; *upload* is called where there is none."""
        pk = fingerprint(SK, key)
        item = self._items.get(pk, SK)
        return str(item["media_id"]) if item is not None else self._put(pk, upload(), None)

    def renew(self, key: str, upload: Callable[[], str]) -> str:
        """Return a new media id of the part with *key*, whose earlier one is no good."""
        pk = fingerprint(SK, key)
        item = self._items.get(pk, SK)
        return self._put(pk, upload(), None if item is None else int(item["version"]))

    def _put(self, pk: str, media_id: str, replacing: int | None) -> str:
        item = {
            "pk": pk,
            "sk": SK,
            "media_id": media_id,
            "expires_at": int(self._clock.now()) + LIFETIME,
            "version": (replacing or 0) + 1,
        }
        try:
            self._items.put(item, replacing=replacing)
        except Conflict as conflict:
            return str(conflict.current["media_id"])
        return media_id
