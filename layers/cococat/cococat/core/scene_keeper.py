"""
The SceneKeeper: keeps the channels that need a permanent connection as they are wanted.

It reads the wishes every few seconds and makes them true without a restart: a listener for each
channel whose token is this replica's turn, no more than one for a token over all replicas, and
none that nobody wants. See `cococat.core.lease` and `cococat.core.roster` for who gets which.
"""

import logging
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cococat.core.attendant import Attendant, Workshop, readable
from cococat.core.channel_status import LastError, Observation, Observations, Status
from cococat.core.directory import ChannelBinding
from cococat.core.failures import log_failure
from cococat.core.ids import ChannelAddress
from cococat.core.lease import SECONDS, Leases, lease_key
from cococat.core.probes import Probes
from cococat.core.roster import Roster, Turn, turns
from cococat.core.wishes import Source, StoredWish

log = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks at everything; each task has a pace of its own."""
RECONCILE = 3.0
BEAT = 2.0
LOOK = 0.75
"""Seconds between two looks at a lease that another one holds."""
REPORT = 10.0
PROBE = 2.0
AGAIN = 1.0
"""Seconds after which a task that failed is tried again."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """
    Where the keeper reads and writes.

    Attributes:
        wishes: what is wanted.
        find: reads one channel with its secrets.
        observations: how the channels are.
        leases: of the tokens.
        roster: of the replicas.
        probes: test messages that wait for us.

    """

    wishes: Wishes
    find: Find
    observations: Observations
    leases: Leases
    roster: Roster
    probes: Probes


class SceneKeeper:
    """
    One replica's keeper; every method is called by one thread.

    Args:
        types: the channel types that are listened to here.
        sources: where to read and write.
        workshop: what the attendants work with.

    """

    def __init__(self, types: Container[str], sources: Sources, workshop: Workshop) -> None:
        self._types = types
        self._sources = sources
        self._workshop = workshop
        self._wanted: dict[str, ChannelBinding] = {}
        self._known: dict[ChannelAddress, ChannelBinding] = {}
        self._attendants: dict[str, Attendant] = {}
        self._shared_out: tuple[set[str], list[str]] = (set(), [])
        self._turns: dict[str, Turn] = {}
        self._due: dict[str, float] = {}
        self._reported: dict[str, tuple[Status, str, int]] = {}
        self._is_ready = False

    @property
    def held(self) -> int:
        """Return how many tokens are held here."""
        return len(self._attendants)

    @property
    def is_ready(self) -> bool:
        """Tell whether the wishes were read at least once."""
        return self._is_ready

    def tick(self) -> None:
        """Do what is due; a failure of one thing stops no other."""
        self._every("roster", BEAT, self._sources.roster.beat)
        self._every("wishes", RECONCILE, self._read_wishes)
        self._share_out()
        for key in {*self._wanted, *self._attendants}:
            self._safely("a channel was not attended to", partial(self._attend, key))
        if self._attendants:
            self._every("probes", PROBE, self._take_probes)

    def hand_over(self) -> None:
        """Hand everything over at once: what is under way ends first, for a few seconds."""
        for attendant in self._attendants.values():
            attendant.end()
        self._wanted = {}
        pause = self._workshop.signal()
        while self._attendants:
            for key in list(self._attendants):
                self._safely("a lease was not handed over", partial(self._close, key))
            if self._attendants:
                pause.wait(TICK / 5)
        self._safely("the roster was not left", self._sources.roster.leave)

    def _take_probes(self) -> None:
        attendants = {each.binding.address: each for each in self._attendants.values()}
        for probe in self._sources.probes.take(attendants):
            attendant = attendants[probe.address]
            self._safely("a probe failed", partial(attendant.feed, probe.update))

    def _share_out(self) -> None:
        basis = (set(self._wanted), self._sources.roster.alive())
        if basis != self._shared_out:
            self._turns = turns(*basis)
            self._shared_out = basis

    def _every(self, name: str, seconds: float, task: Callable[[], object]) -> None:
        now = self._workshop.monotonic()
        if now >= self._due.get(name, now):
            is_done = self._safely(f"the {name.partition(' ')[0]} failed", task)
            self._due[name] = now + (seconds if is_done else AGAIN)

    def _safely(self, what: str, task: Callable[[], object]) -> bool:
        try:
            task()
        except Exception as error:  # noqa: BLE001 - tried again with the next tick
            log_failure(what, error)
            return False
        return True

    def _read_wishes(self) -> None:
        listed = [
            stored
            for stored in self._sources.wishes.all()
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
            key = key_of(binding)
            if key in wanted:
                self._complain(stored, "token_in_use", USED_TWICE)
            else:
                wanted[key] = binding
        self._wanted = wanted
        self._is_ready = True

    def _binding(self, stored: StoredWish) -> ChannelBinding | None:
        address = stored.wish.address
        known = self._known.get(address)
        if known is not None and known.generation == stored.generation:
            return known
        try:
            found = self._sources.find(address)
        except Exception as error:  # noqa: BLE001 - one channel stops no other
            log_failure("a channel's settings can't be read", error)
            self._complain(stored, "internal", BROKEN)
            return known
        if found is not None:
            self._known[address] = found
        return found

    def _complain(self, stored: StoredWish, code: str, message: str) -> None:
        """Tell, every few seconds, why a channel is not listened to."""
        address, now = stored.wish.address, self._workshop.clock.now()
        seen = Observation(
            status=Status.ERROR,
            generation=stored.generation,
            last_error=LastError(code, message, now),
            owner=self._workshop.me,
            alive_at=now,
        )
        self._every(
            f"complaint {readable(address)}",
            REPORT,
            lambda: self._sources.observations.note(address, seen),
        )

    def _attend(self, key: str) -> None:
        attendant, wanted = self._attendants.get(key), self._wanted.get(key)
        if attendant is None:
            if wanted is not None:
                self._try_to_take(key, wanted)
            return
        if wanted != attendant.binding or not self._is_our_turn(key):
            attendant.end()
        if attendant.is_ending:
            self._close(key)
        elif not attendant.lease.is_good():
            self._give_up(key)
        else:
            self._every(f"lease {key}", SECONDS / 3, attendant.lease.renew)
            attendant.watch()
            self._report(key, attendant)

    def _is_our_turn(self, key: str) -> bool:
        return key in self._turns and self._turns[key].first == self._workshop.me

    def _try_to_take(self, key: str, wanted: ChannelBinding) -> None:
        me, turn = self._workshop.me, self._turns[key]
        now = self._workshop.monotonic()
        if me not in (turn.first, turn.second):
            self._sources.leases.forget(key)
            return
        if now < self._due.get(f"look {key}", now):
            return
        lease = self._sources.leases.take(key, standing_by=me != turn.first)
        self._due[f"look {key}"] = min(now + LOOK, self._sources.leases.lapses_at(key))
        if lease is not None:
            log.info("a channel is attended to", extra={"channel": readable(wanted.address)})
            self._workshop.counters.count("LeaseTaken", channel=wanted.address.channel)
            self._due[f"lease {key}"] = now + SECONDS / 3
            self._attendants[key] = Attendant(wanted, lease, self._workshop)

    def _close(self, key: str) -> None:
        """End an attendant that has nothing under way any more; start the next, or hand over."""
        attendant, wanted = self._attendants[key], self._wanted.get(key)
        if not attendant.is_done():
            return
        stays = wanted is not None and attendant.lease.is_good() and self._is_our_turn(key)
        if wanted is not None and stays:
            attendant.retire()
            self._attendants[key] = Attendant(wanted, attendant.lease, self._workshop)
        else:
            self._forget(key)
            attendant.leave()

    def _give_up(self, key: str) -> None:
        log.warning(
            "a lease ran out", extra={"channel": readable(self._attendants[key].binding.address)}
        )
        channel = self._attendants[key].binding.address.channel
        self._workshop.counters.count("LeaseLost", channel=channel)
        self._attendants[key].end()
        self._attendants[key].retire()
        self._forget(key)

    def _forget(self, key: str) -> None:
        del self._attendants[key]
        self._reported.pop(key, None)
        self._due.pop(f"report {key}", None)

    def _report(self, key: str, attendant: Attendant) -> None:
        """Write how the channel is, when that has changed and every few seconds."""
        seen = attendant.observation()
        state = (seen.status, seen.last_error.code if seen.last_error else "", seen.generation)
        if self._reported.get(key) != state:
            self._due.pop(f"report {key}", None)
        address = attendant.binding.address
        self._every(f"report {key}", REPORT, lambda: self._sources.observations.note(address, seen))
        self._reported[key] = state


def key_of(binding: ChannelBinding) -> str:
    """Return the key of the lease of the token of *binding*."""
    # Discord's may come with the word that stands before it in a header.
    token = str(binding.config["bot_token"]).removeprefix("Bot ").strip()
    return lease_key(binding.address.channel, token)
