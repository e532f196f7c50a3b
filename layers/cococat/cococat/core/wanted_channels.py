"""The channels that are to be listened to, by the keys of their tokens, as the table wants them."""

import base64
from collections.abc import Callable, Container
from functools import partial
from typing import Protocol

from cococat.core.channel_status import LastError, NotesObservations, Observation, Status
from cococat.core.chores import Chores
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.errands import Errands
from cococat.core.ids import ChannelAddress
from cococat.core.lease import lease_key
from cococat.core.wishes import Source, StoredWish

READ_ALL = 60.0
"""Seconds after which all wishes are read, though nothing tells that any has changed."""
COMPLAIN = 10.0
"""Seconds between two times that a status tells why a channel is not listened to."""
USED_TWICE = "Another channel uses the same bot; a platform gives each update to one of them only."
BROKEN = "Its settings can't be read; the sidecar's log says why."


class Wishes(Protocol):
    """What is wanted, as much of `WishStore` as is needed here."""

    def all(self) -> list[StoredWish]:
        """Return all wishes, those that are disabled too."""
        ...

    def revision(self) -> str:
        """Return a word that is another one soon after any of them has changed."""
        ...


Find = Callable[[ChannelAddress], ChannelBinding | None]
"""Returns a channel as the table has it at this moment."""
Wanted = dict[str, ChannelBinding]
"""The key of each token's lease, and the channel that has the token."""


class WantedChannels:
    """
    Reads the wishes, and the settings and secrets of those that have changed.

    Args:
        types: the channel types that are listened to here.
        wishes: what is wanted.
        find: reads one channel with its secrets.
        observations: where it is told why one is not listened to.
        chores: when to tell that, and when to read all.
        errands: reads the settings of several at once.
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
        errands: Errands,
        clock: Clock,
        me: str,
    ) -> None:
        self._types = types
        self._wishes = wishes
        self._find = find
        self._observations = observations
        self._chores = chores
        self._errands = errands
        self._clock = clock
        self._me = me
        self._listed: list[StoredWish] = []
        self._revision = ""
        self._found: dict[ChannelAddress, ChannelBinding | None] = {}
        self._broken: set[ChannelAddress] = set()

    def read(self) -> Wanted:
        """Return what is wanted: the key of each token, and the channel that has it."""
        self._list()
        changed = {
            str(stored.wish.address): partial(self._load, stored.wish.address)
            for stored in self._listed
            if not self._is_known(stored)
        }
        self._errands.run("settings of a channel", changed)
        wanted: Wanted = {}
        for stored in self._listed:
            binding = self._found.get(stored.wish.address)
            if stored.wish.address in self._broken:
                self._complain(stored, "internal", BROKEN)
            if binding is None:
                continue
            if wanted.setdefault(key_of(binding), binding) is not binding:
                self._complain(stored, "token_in_use", USED_TWICE)
        return wanted

    def _list(self) -> None:
        """Read the wishes, where any may have changed: that takes the whole table."""
        revision = self._wishes.revision()
        if revision == self._revision and not self._chores.is_due("all wishes"):
            return
        listed = [
            stored
            for stored in self._wishes.all()
            if stored.wish.enabled and stored.wish.address.channel in self._types
        ]
        listed.sort(
            key=lambda stored: (stored.wish.source is not Source.FILE, str(stored.wish.address))
        )
        self._listed = listed
        self._revision = revision
        self._chores.settle("all wishes", READ_ALL, is_done=True)
        addresses = {stored.wish.address for stored in listed}
        self._found = {each: found for each, found in self._found.items() if each in addresses}
        self._broken &= addresses

    def _is_known(self, stored: StoredWish) -> bool:
        found = self._found.get(stored.wish.address)
        return found is not None and found.generation == stored.generation

    def _load(self, address: ChannelAddress) -> None:
        """Read a channel's settings and secrets; where that fails, the earlier ones stay."""
        self._broken.add(address)
        found = self._find(address)
        if found is not None:
            key_of(found)
        self._found[address] = found
        self._broken.discard(address)

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
    """Return the key of the lease of the token of *binding*; with Discord, of the token's bot."""
    # Discord's may come with the word that stands before it in a header.
    token = str(binding.config["bot_token"]).removeprefix("Bot ").strip()
    platform = binding.address.channel
    return lease_key(platform, _bot_in(token) if platform == "discord" else token)


def _bot_in(token: str) -> str:
    """
    Return the id of the bot that a token of Discord's names; the token itself where it is none.

    The platform promises no form of a token: its parts are joined by dots, and the first one is
    the id in base64url (RFC 4648), without padding, in all that it gives out.
    """
    first = token.partition(".")[0]
    try:
        bot = base64.b64decode(first + "=" * (-len(first) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return token
    return bot.decode("ascii") if bot.isdigit() else token
