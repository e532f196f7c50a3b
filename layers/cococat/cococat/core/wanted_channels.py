"""The channels that are to be listened to, by the keys of their tokens, as the table wants them."""

from collections.abc import Callable, Container
from typing import Protocol

from cococat.core.channel_status import LastError, NotesObservations, Observation, Status
from cococat.core.chores import Chores
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.failures import log_failure
from cococat.core.ids import ChannelAddress
from cococat.core.lease import lease_key
from cococat.core.wishes import Source, StoredWish

COMPLAIN = 10.0
"""Seconds between two times that a status tells why a channel is not listened to."""
USED_TWICE = (
    "Another channel uses the same token; a platform gives each update to one of them only."
)
BROKEN = "Its settings can't be read; the sidecar's log says why."


class Wishes(Protocol):
    """What is wanted, as much of `WishStore` as is needed here."""

    def all(self) -> list[StoredWish]:
        """Return all wishes, those that are disabled too."""
        ...


Find = Callable[[ChannelAddress], ChannelBinding | None]
"""Returns a channel as the table has it at this moment."""


class WantedChannels:
    """
    Reads the wishes, and the settings and secrets of those that have changed.

    Args:
        types: the channel types that are listened to here.
        wishes: what is wanted.
        find: reads one channel with its secrets.
        observations: where it is told why one is not listened to.
        chores: when to tell that.
        clock: the time.
        me: this replica.

    """

    def __init__(
        self,
        types: Container[str],
        wishes: Wishes,
        find: Find,
        *,
        observations: NotesObservations,
        chores: Chores,
        clock: Clock,
        me: str,
    ) -> None:
        self._types = types
        self._wishes = wishes
        self._find = find
        self._observations = observations
        self._chores = chores
        self._clock = clock
        self._me = me
        self._known: dict[ChannelAddress, ChannelBinding] = {}

    def read(self) -> dict[str, ChannelBinding]:
        """Return what is wanted: the key of each token, and the channel that has it."""
        listed = [
            stored
            for stored in self._wishes.all()
            if stored.wish.enabled and stored.wish.address.channel in self._types
        ]
        listed.sort(
            key=lambda stored: (stored.wish.source is not Source.FILE, str(stored.wish.address))
        )
        addresses = {stored.wish.address for stored in listed}
        self._known = {each: known for each, known in self._known.items() if each in addresses}
        wanted: dict[str, ChannelBinding] = {}
        for stored in listed:
            binding = self._binding(stored)
            if binding is None:
                continue
            if wanted.setdefault(key_of(binding), binding) is not binding:
                self._complain(stored, "token_in_use", USED_TWICE)
        return wanted

    def _binding(self, stored: StoredWish) -> ChannelBinding | None:
        address = stored.wish.address
        known = self._known.get(address)
        if known is not None and known.generation == stored.generation:
            return known
        try:
            found = self._find(address)
            if found is not None:
                key_of(found)
                self._known[address] = found
        except Exception as error:  # noqa: BLE001 - one channel stops no other
            log_failure("a channel's settings can't be read", error)
            self._complain(stored, "internal", BROKEN)
            return known
        return found

    def _complain(self, stored: StoredWish, code: str, message: str) -> None:
        """Tell, every few seconds, why a channel is not listened to."""
        address, now = stored.wish.address, self._clock.now()
        seen = Observation(
            status=Status.ERROR,
            generation=stored.generation,
            last_error=LastError(code, message, now),
            owner=self._me,
            alive_at=now,
        )
        name = f"complaint {address.target_type} {address.target_id} {address.name}"
        self._chores.every(name, COMPLAIN, lambda: self._observations.note(address, seen))


def key_of(binding: ChannelBinding) -> str:
    """Return the key of the lease of the token of *binding*."""
    # Discord's may come with the word that stands before it in a header.
    token = str(binding.config["bot_token"]).removeprefix("Bot ").strip()
    return lease_key(binding.address.channel, token)
