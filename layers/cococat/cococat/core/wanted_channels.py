"""The channels that are to be listened to, by the keys of their tokens, as the table wants them."""

import base64
from collections.abc import Callable, Container
from functools import partial
from typing import Protocol

from cococat.core.channel_status import LastError, Observation, Observations, Status
from cococat.core.chores import Chores
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.discord_api import bare_token
from cococat.core.errands import Errands
from cococat.core.ids import ChannelAddress, named
from cococat.core.lease import lease_key
from cococat.core.wishes import MISSING, Source, StoredWish

READ_ALL = 60.0
"""Seconds after which all wishes are read, though nothing tells that any has changed."""
COMPLAIN = 10.0
"""Seconds between two times that a status tells why a channel is not listened to."""
USED_TWICE = (
    "{other} uses the same token and is listened to; a platform gives each update to one of them "
    "only. Give this one a bot of its own, or disconnect one of the two."
)
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
        observations: where it is told why one is not listened to, and which one works.
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
        observations: Observations,
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
        self._missed: set[ChannelAddress] = set()
        self._users: dict[str, ChannelAddress] = {}

    def read(self) -> Wanted:
        """Return what is wanted: the key of each token, and the channel that has it."""
        self._list()
        changed = {
            str(stored.wish.address): partial(self._load, stored.wish.address)
            for stored in self._listed
            if not self._is_known(stored)
        }
        self._errands.run("settings of a channel", changed)
        self._tell_what_fails()
        wanted = {key: self._user(key, each) for key, each in self._by_key().items()}
        self._users = {key: binding.address for key, binding in wanted.items()}
        return wanted

    def _tell_what_fails(self) -> None:
        missing = set()
        for stored in self._listed:
            address = stored.wish.address
            if address in self._broken:
                self._complain(stored, "internal", BROKEN)
            elif address in self._found and self._found[address] is None:
                missing.add(address)
                if address in self._missed:  # it may have been removed since the wishes were read
                    self._complain(stored, "secret_missing", MISSING)
        self._missed = missing

    def _by_key(self) -> dict[str, list[tuple[StoredWish, ChannelBinding]]]:
        """Return the channels that have each token."""
        users: dict[str, list[tuple[StoredWish, ChannelBinding]]] = {}
        for stored in self._listed:
            binding = self._found.get(stored.wish.address)
            if binding is not None:
                users.setdefault(key_of(binding), []).append((stored, binding))
        return users

    def _user(self, key: str, users: list[tuple[StoredWish, ChannelBinding]]) -> ChannelBinding:
        """Return which of *users* of one token is listened to: the one that is, while it lasts."""
        if len(users) == 1:
            return users[0][1]
        by_address = {binding.address: binding for _, binding in users}
        works = self._users.get(key)
        if works not in by_address:
            works = next((each for each in by_address if self._is_connected(each)), None)
        first = users[0][1] if works is None else by_address[works]
        for stored, binding in users:
            if binding is not first:
                other = USED_TWICE.format(other=named(first.address))
                self._complain(stored, "token_in_use", other)
        return first

    def _is_connected(self, address: ChannelAddress) -> bool:
        seen = self._observations.read(address)
        return seen is not None and seen.status is Status.CONNECTED

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
        self._chores.every(
            f"complaint {address}", COMPLAIN, lambda: self._observations.note(address, seen)
        )


def key_of(binding: ChannelBinding) -> str:
    """Return the key of the lease of the token of *binding*; with Discord, of the token's bot."""
    return token_key(binding.address.channel, str(binding.config["bot_token"]))


def token_key(platform: str, token: str) -> str:
    """Return the key of the lease of *token*; with Discord, of the token's bot."""
    return lease_key(platform, _bot_in(bare_token(token)) if platform == "discord" else token)


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
