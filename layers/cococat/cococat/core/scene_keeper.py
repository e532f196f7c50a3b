"""
The SceneKeeper: keeps the channels that need a permanent connection as they are wanted.

It reads the wishes every few seconds and makes them true without a restart: a listener for each
channel whose token is this replica's turn, no more than one for a token over all replicas, and
none that nobody wants. See `cococat.core.lease` and `cococat.core.roster` for who gets which.
"""

import logging
from collections.abc import Container
from dataclasses import dataclass
from functools import partial

from cococat.core.attendant import Attendant, Workshop, readable
from cococat.core.channel_status import Observations, Status
from cococat.core.chores import Chores
from cococat.core.directory import ChannelBinding
from cococat.core.lease import SECONDS, Leases
from cococat.core.probes import Probes
from cococat.core.roster import Roster, Turn, turns
from cococat.core.wanted_channels import Find, WantedChannels, Wishes

log = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks at everything; each task has a pace of its own."""
RECONCILE = 3.0
BEAT = 2.0
LOOK = 0.75
"""Seconds between two looks at a lease that another one holds."""
REPORT = 10.0
PROBE = 2.0


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
        self._sources = sources
        self._workshop = workshop
        self._chores = Chores(workshop.monotonic)
        self._wanted_channels = WantedChannels(
            types,
            sources.wishes,
            sources.find,
            observations=sources.observations,
            chores=self._chores,
            clock=workshop.clock,
            me=workshop.me,
        )
        self._wanted: dict[str, ChannelBinding] = {}
        self._attendants: dict[str, Attendant] = {}
        self._shared_out: tuple[set[str], list[str]] = (set(), [])
        self._turns: dict[str, Turn] = {}
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
        self._chores.every("roster", BEAT, self._sources.roster.beat)
        self._chores.every("wishes", RECONCILE, self._read_wishes)
        self._share_out()
        for key in {*self._wanted, *self._attendants}:
            self._chores.safely("a channel was not attended to", partial(self._attend, key))
        if self._attendants:
            self._chores.every("probes", PROBE, self._take_probes)

    def hand_over(self) -> None:
        """Hand everything over at once: what is under way ends first, for a few seconds."""
        for attendant in self._attendants.values():
            attendant.end()
        self._wanted = {}
        pause = self._workshop.signal()
        while self._attendants:
            for key in list(self._attendants):
                self._chores.safely("a lease was not handed over", partial(self._close, key))
            if self._attendants:
                pause.wait(TICK / 5)
        self._chores.safely("the roster was not left", self._sources.roster.leave)

    def _take_probes(self) -> None:
        attendants = {each.binding.address: each for each in self._attendants.values()}
        for probe in self._sources.probes.take(attendants):
            attendant = attendants[probe.address]
            self._chores.safely("a probe failed", partial(attendant.feed, probe.update))

    def _share_out(self) -> None:
        basis = (set(self._wanted), self._sources.roster.alive())
        if basis != self._shared_out:
            self._turns = turns(*basis)
            self._shared_out = basis

    def _read_wishes(self) -> None:
        self._wanted = self._wanted_channels.read()
        self._is_ready = True

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
            self._chores.every(f"lease {key}", SECONDS / 3, attendant.lease.renew)
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
        if not self._chores.is_due(f"look {key}"):
            return
        lease = self._sources.leases.take(key, standing_by=me != turn.first)
        self._chores.put_off(f"look {key}", min(now + LOOK, self._sources.leases.lapses_at(key)))
        if lease is not None:
            log.info("a channel is attended to", extra={"channel": readable(wanted.address)})
            self._workshop.counters.count("LeaseTaken", channel=wanted.address.channel)
            self._chores.put_off(f"lease {key}", now + SECONDS / 3)
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
        self._chores.forget(f"report {key}")

    def _report(self, key: str, attendant: Attendant) -> None:
        """Write how the channel is, when that has changed and every few seconds."""
        seen = attendant.observation()
        state = (seen.status, seen.last_error.code if seen.last_error else "", seen.generation)
        if self._reported.get(key) != state:
            self._chores.forget(f"report {key}")
        address = attendant.binding.address
        self._chores.every(
            f"report {key}", REPORT, lambda: self._sources.observations.note(address, seen)
        )
        self._reported[key] = state
