"""
Files that were uploaded to WeCom (企业微信), so that a repeated message is the same message.

Source: WeCom developer documentation, "Upload temporary media" (90253): a media id is good for
three days.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from cococat.core.clock import Clock
from cococat.core.errors import Conflict
from cococat.core.ids import fingerprint
from cococat.core.items import Item, Items

SK = "media"
LIFETIME = 3 * 24 * 3600 - 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """
    An uploaded file.

    Attributes:
        kind: image, voice, video or file.
        media_id: what the platform calls it.

    """

    kind: str
    media_id: str


class MediaIds:
    """
    The uploaded files of parts of answers.

    Args:
        items: the messages table.
        clock: the time.

    """

    def __init__(self, items: Items, clock: Clock) -> None:
        self._items = items
        self._clock = clock

    def get(self, key: str, upload: Callable[[], Uploaded]) -> Uploaded:
        """Return the file of the part with *key*; *upload* is called where there is none."""
        pk = fingerprint(SK, key)
        item = self._items.get(pk, SK)
        return self._put(pk, upload(), None) if item is None else _uploaded(item)

    def renew(self, key: str, upload: Callable[[], Uploaded]) -> Uploaded:
        """Upload the file of the part with *key* again, whose earlier one is no good."""
        pk = fingerprint(SK, key)
        item = self._items.get(pk, SK)
        return self._put(pk, upload(), None if item is None else int(item["version"]))

    def _put(self, pk: str, uploaded: Uploaded, replacing: int | None) -> Uploaded:
        item: Item = {
            "pk": pk,
            "sk": SK,
            **asdict(uploaded),
            "expires_at": int(self._clock.now()) + LIFETIME,
            "version": (replacing or 0) + 1,
        }
        try:
            self._items.put(item, replacing=replacing)
        except Conflict as conflict:
            return _uploaded(conflict.current)
        return uploaded


def _uploaded(item: Item) -> Uploaded:
    return Uploaded(kind=str(item["kind"]), media_id=str(item["media_id"]))
