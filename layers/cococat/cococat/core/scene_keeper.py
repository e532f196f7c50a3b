"""
The SceneKeeper: keeps the channels that need a permanent connection as they are wanted.

It reads the wishes every few seconds and makes them true without a restart: a listener for each
channel whose token is this replica's turn, no more than one for a token over all replicas, and
none that nobody wants. See `cococat.core.lease` and `cococat.core.roster` for who gets which.
"""

import logging
import random
from collections.abc import Container
from dataclasses import dataclass
from functools import partial

from cococat.core.attendant import DRAIN, Attendant, Workshop, readable
from cococat.core.channel_status import Observations, Status
from cococat.core.chores import Chores
from cococat.core.errands import Errands
from cococat.core.keeper_figures import figures
from cococat.core.lease import Lease, Leases
from cococat.core.probes import Probes
from cococat.core.roster import Roster, turns
from cococat.core.wanted_channels import Find, Wanted, WantedChannels, Wishes

log = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks at everything; each task has a pace of its own."""
RECONCILE = 3.0
BEAT = 2.0
LOOK = 0.5
"""Seconds between two looks at the other replicas, and at a lease that another one holds."""
REPORT = 20.0
PROBE = 2.0
SHOW = 60.0


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
        self._errands = Errands(self._chores, workshop.all_done, workshop.monotonic)
        self._wanted_channels = WantedChannels(
            types,
            sources.wishes,
            sources.find,
            observations=sources.observations,
            chores=self._chores,
            errands=self._errands,
            clock=workshop.clock,
            me=workshop.me,
        )
        self._wanted: Wanted = {}
        self._attendants: dict[str, Attendant] = {}
        self._shared_out: tuple[set[str], list[str]] = (set(), [])
        self._turns: dict[str, str] = {}
        self._reported: dict[str, tuple[str, Status, str, int]] = {}
        self._is_ready = False
        self._began = workshop.clock.now()

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
        self._stay_alive()
        self._chores.every("wishes", RECONCILE, self._read_wishes)
        self._share_out()
        for key in list(self._attendants):
            self._chores.safely("a channel was not attended to", partial(self._attend, key))
        self._close()
        self._stay_alive()
        self._report()  # before the taking: a new listener has no more to tell than its boot did
        self._stay_alive()
        self._take()
        if self._attendants:
            self._chores.every("probes", PROBE, self._take_probes)
        self._chores.every("figures", SHOW, self._show)

    def hand_over(self) -> None:
        """Hand everything over at once: what is under way ends first, for a few seconds."""
        for attendant in self._attendants.values():
            attendant.end()
        self._wanted = {}
        until = self._workshop.monotonic() + DRAIN + 1
        pause = self._workshop.signal()
        while self._attendants and self._workshop.monotonic() < until:
            self._stay_alive()
            self._close()
            if self._attendants:
                pause.wait(TICK / 5)
        self._chores.safely("the roster was not left", self._sources.roster.leave)

    def _stay_alive(self) -> None:
        """Go on with the session; to be called between all that may take long."""
        self._chores.every("beat", BEAT, self._sources.roster.beat)
        self._chores.every("look", LOOK, self._sources.roster.look)

    def _show(self) -> None:
        seen = [attendant.observation() for attendant in self._attendants.values()]
        self._workshop.gauges.show(figures(seen, now=self._workshop.clock.now(), since=self._began))

    def _take_probes(self) -> None:
        all_there = self._attendants.values()
        attendants = {each.binding.address: each for each in all_there if each.takes_probes}
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
        attendant = self._attendants[key]
        if self._wanted.get(key) != attendant.binding or not self._is_our_turn(key):
            attendant.end()
        if attendant.is_ending:
            return
        if attendant.lease.is_good():
            attendant.watch()
        else:
            self._give_up(key)

    def _is_our_turn(self, key: str) -> bool:
        return self._turns.get(key) == self._workshop.me

    def _take(self) -> None:
        """Take the leases that are our turn; hand back what was taken and is not wanted."""
        leases = self._sources.leases
        missing = [
            key for key in self._wanted if key not in self._attendants and self._is_our_turn(key)
        ]
        taken: dict[str, Lease | None] = {}

        def take(key: str) -> None:
            taken[key] = leases.take(key)

        self._errands.run("lease", {key: partial(take, key) for key in missing}, lambda: LOOK)
        for key, lease in taken.items():
            if lease is not None:
                self._chores.safely("a listener was not made", partial(self._begin, key, lease))
        unwanted = leases.doubtful.difference(missing, self._attendants)
        self._errands.run("handing back", {key: partial(leases.drop, key) for key in unwanted})

    def _begin(self, key: str, lease: Lease) -> None:
        address = self._wanted[key].address
        log.info("a channel is attended to", extra={"channel": readable(address)})
        self._workshop.counters.count("LeaseTaken", channel=address.channel)
        try:
            self._attendants[key] = Attendant(self._wanted[key], lease, self._workshop)
        except Exception:
            self._sources.leases.doubtful.add(key)
            raise

    def _close(self) -> None:
        """End attendants that have nothing under way any more: start the next, or hand over."""
        done = [key for key, attendant in self._attendants.items() if attendant.is_done()]
        stay = [key for key in done if self._stays(key)]
        for key in stay:
            self._chores.safely("a listener was not made", partial(self._begin_anew, key))
        leaving = {key: self._attendants[key].leave for key in done if key not in stay}
        for key in self._errands.run("handing over", leaving):
            self._forget(key)

    def _stays(self, key: str) -> bool:
        is_good = self._attendants[key].lease.is_good()
        return key in self._wanted and is_good and self._is_our_turn(key)

    def _begin_anew(self, key: str) -> None:
        self._attendants[key].retire()
        self._begin(key, self._attendants.pop(key).lease)

    def _give_up(self, key: str) -> None:
        attendant = self._attendants[key]
        address = attendant.binding.address
        log.warning("a lease ran out", extra={"channel": readable(address)})
        self._workshop.counters.count("LeaseLost", channel=address.channel)
        attendant.end()
        attendant.retire()
        self._forget(key)

    def _forget(self, key: str) -> None:
        del self._attendants[key]
        self._reported.pop(key, None)
        for kind in ("lease", "report"):
            self._chores.forget(f"{kind} {key}")

    def _report(self) -> None:
        """Write how the channels are, when that has changed and every few seconds."""
        note = self._sources.observations.note
        reports = {}
        for key, attendant in self._attendants.items():
            if attendant.is_ending:
                continue
            seen = attendant.observation()
            address, error = attendant.binding.address, seen.last_error
            state = (str(address), seen.status, error.code if error else "", seen.generation)
            if self._reported.get(key) != state:
                self._chores.forget(f"report {key}")
            self._reported[key] = state
            reports[key] = partial(note, address, seen)
        self._errands.run("report", reports, _until_next_report)


def _until_next_report() -> float:
    """Return seconds that differ, so that many channels are not due at the same time."""
    return REPORT * random.uniform(0.75, 1)  # noqa: S311 - no secret
