"""The wishes that stand in files, in one store with those that came by API."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from enum import StrEnum

from cococat.core.errors import Conflict, EndpointTaken
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import Source, StoredWish, Wish, WishStore


class Outcome(StrEnum):
    """What came of a file's entry."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OVERRULED = "overruled"
    """Something else was wanted by API since, and that wins until the file's entry changes."""


class FileWishes:
    """
    Makes the store say what the files say.

    A wish by API wins until the file's entry changes; an entry that is gone is withdrawn.

    Args:
        wishes: the store.

    """

    def __init__(self, wishes: WishStore) -> None:
        self._wishes = wishes

    def keep(
        self, wish: Wish, endpoints: Mapping[ChannelAddress, str], spared: AbstractSet[str]
    ) -> Outcome:
        """
        Keep *wish*, which a file holds, and return what came of it.

        Args:
            wish: what is wanted.
            endpoints: of all wishes in files, so that entries may swap theirs.
            spared: scenes that keep what they have, whatever their files say.

        Raises:
            EndpointTaken: a channel that stays answers at its endpoint.

        """
        taking_over = False
        while True:
            stored = self._wishes.read(wish.address)
            try:
                if stored is not None and self._stays(stored, wish):
                    by_api = stored.wish.source is Source.API
                    return Outcome.OVERRULED if by_api else Outcome.UNCHANGED
                self._wishes.write(wish, replacing=stored, taking_over=taking_over)
            except Conflict:
                continue
            except EndpointTaken:
                if not self._is_given_up(wish.endpoint, endpoints, spared):
                    raise
                taking_over = True
            else:
                return Outcome.ADDED if stored is None else Outcome.CHANGED

    def withdraw_all_but(
        self, kept: Iterable[ChannelAddress], spared: AbstractSet[str]
    ) -> list[ChannelAddress]:
        """Take away what is in no file any more, but for *spared* scenes; return what that was."""
        staying = set(kept)
        gone = [
            stored
            for stored in self._wishes.all()
            if stored.wish.file_hash
            and stored.wish.address not in staying
            and stored.wish.address.target_id not in spared
        ]
        return [stored.wish.address for stored in gone if self._withdraw(stored)]

    def _stays(self, stored: StoredWish, wish: Wish) -> bool:
        if stored.wish.file_hash != wish.file_hash:
            return False
        if stored.wish.source is Source.API:
            return True
        return replace(stored.wish, secrets=self._wishes.secrets(stored)) == wish

    def _is_given_up(
        self, endpoint: str, endpoints: Mapping[ChannelAddress, str], spared: AbstractSet[str]
    ) -> bool:
        """Tell whether who has *endpoint* is from a file that wants it no more, or is off."""
        holders = [each.wish for each in self._wishes.all() if each.wish.endpoint == endpoint]
        return all(
            (wish.source is Source.FILE or not wish.enabled)
            and endpoints.get(wish.address) != endpoint
            and (wish.address in endpoints or wish.address.target_id not in spared)
            for wish in holders
        )

    def _withdraw(self, stored: StoredWish) -> bool:
        """Take *stored* away, or let the API's own wish stand for itself from now on."""
        current: StoredWish | None = stored
        while current is not None and current.wish.file_hash:
            try:
                return self._give_up(current)
            except Conflict:
                current = self._wishes.read(stored.wish.address)
        return False

    def _give_up(self, stored: StoredWish) -> bool:
        if stored.wish.source is Source.API and stored.wish.enabled:
            alone = replace(stored.wish, secrets=self._wishes.secrets(stored), file_hash="")
            self._wishes.write(alone, replacing=stored)
            return False
        self._wishes.remove(stored)
        return True
