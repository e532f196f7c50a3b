"""Replicas of the sidecar in virtual time, each with a clock of its own, that can be killed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cococat.core.attendant import Workshop
from cococat.core.directory import ChannelBinding
from cococat.core.ids import ChannelAddress
from cococat.core.items import Item
from cococat.core.lease import Leases
from cococat.core.listener import MakeListener
from cococat.core.probes import Probes
from cococat.core.roster import Roster
from cococat.core.scene_keeper import TICK, SceneKeeper, Sources
from cococat.core.wishes import StoredWish, Wish
from tests.support.clock import FakeClock
from tests.support.fuse import Killed
from tests.support.items import MemoryItems
from tests.support.libraries import KeptGauges, ListedCounters
from tests.support.wishes import MemoryObservations, MemoryWishes

SLICE = 0.2
"""Seconds of virtual time after which a waiting thread looks whether it was woken."""


@dataclass
class Cloud:
    """
    What the replicas share.

    Attributes:
        clock: the true time.
        lost: the channels whose secrets are missing.

    """

    clock: FakeClock = field(default_factory=FakeClock)
    lost: set[ChannelAddress] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.items = MemoryItems(self.clock)
        self.wishes = MemoryWishes()
        self.observations = MemoryObservations()

    def want(
        self, scene: str, token: str, *, address: ChannelAddress | None = None, **options: object
    ) -> StoredWish:
        """Want a channel of *scene* with *token*, in place of the one that there is."""
        address = address or telegram(scene)
        wish = Wish(
            address=address,
            scene_id=scene,
            agent="support",
            mailbox="mailbox",
            config={"options": options},
            secrets={"bot_token": token},
        )
        return self.wishes.write(wish, replacing=self.wishes.read(address))

    def unwant(self, scene: str) -> None:
        """Want the channel of *scene* no more."""
        stored = self.wishes.read(telegram(scene))
        assert stored is not None
        self.wishes.remove(stored)

    def find(self, address: ChannelAddress) -> ChannelBinding | None:
        """Return the channel at *address*; see `scene_keeper.Find`."""
        stored = self.wishes.kept.get(address)
        if stored is None or address in self.lost:
            return None
        return ChannelBinding(
            address=address,
            scene_id=stored.wish.scene_id,
            config=stored.wish.config | stored.wish.secrets,
            agent=stored.wish.agent,
            mailbox=stored.wish.mailbox,
            reply_key="reply key",
            generation=stored.generation,
        )


class Replica:
    """
    One process of the sidecar.

    Args:
        cloud: what it shares with others.
        name: its name.
        make: makes its listeners.
        offset: what its own clock is ahead of the true time.

    """

    def __init__(
        self,
        cloud: Cloud,
        name: str,
        make: Callable[["Replica"], MakeListener],
        *,
        offset: float = 0.0,
    ) -> None:
        self.name = name
        self.clock = cloud.clock
        self.is_dead = False
        self.is_stopped = False
        self._goes_on_at = 0.0
        self.counters = ListedCounters()
        self._offset = offset
        self.gauges = KeptGauges()
        items = Mortal(cloud.items, self)
        roster = Roster(items, clock=cloud.clock, monotonic=self.monotonic, me=name)
        sources = Sources(
            wishes=cloud.wishes,
            find=cloud.find,
            observations=cloud.observations,
            leases=Leases(items, roster, cloud.clock),
            roster=roster,
            probes=Probes(items, cloud.clock),
        )
        workshop = self._workshop(make(self))
        self.keeper = SceneKeeper({"telegram", "discord"}, sources, workshop)
        self.task = self.clock.start(lambda: self._live(self._run))

    def _workshop(self, make: MakeListener) -> Workshop:
        """Return what its attendants work with."""
        return Workshop(
            make=make,
            start=lambda _name, job: self.clock.start(lambda: self._live(job)),
            signal=lambda: VirtualSignal(self),
            all_done=lambda jobs: [job() for job in jobs],
            monotonic=self.monotonic,
            clock=self.clock,
            counters=self.counters,
            gauges=self.gauges,
            me=self.name,
        )

    def monotonic(self) -> float:
        """Return this replica's own time."""
        return self.clock.now() + self._offset

    def kill(self) -> None:
        """Let it do nothing any more, from one moment to the next."""
        self.is_dead = True

    def stop(self) -> None:
        """Tell it to hand over and end."""
        self.is_stopped = True

    def pause(self, seconds: float) -> None:
        """Let each of its threads stand still at the next thing that it does."""
        self._goes_on_at = self.clock.now() + seconds

    def check(self) -> None:
        """End here, if it was killed; stand still, if it was paused."""
        if (left := self._goes_on_at - self.clock.now()) > 0 and not self.is_dead:
            self.clock.sleep(left)
        if self.is_dead:
            raise Killed

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass in one of its threads."""
        self.check()
        self.clock.sleep(seconds)
        self.check()

    def _run(self) -> None:
        while not self.is_stopped:
            self.keeper.tick()
            self.sleep(TICK)
        self.keeper.hand_over()

    def _live(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Killed:
            return


class VirtualSignal:
    """`cococat.core.hold.Signal` in virtual time."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._is_set = False

    def set(self) -> None:
        """Wake whoever waits."""
        self._is_set = True

    def wait(self, timeout: float) -> bool:
        """Wait for *timeout* seconds at most."""
        until = self._replica.clock.now() + timeout
        while not self._is_set and (left := until - self._replica.clock.now()) > 0:
            self._replica.sleep(min(left, SLICE))
        return self._is_set


class Mortal:
    """A table, as far as a replica lives to use it."""

    def __init__(self, items: MemoryItems, replica: Replica) -> None:
        self._items = items
        self._replica = replica
        self.is_down = False

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item."""
        self._replica.check()
        return self._items.get(pk, sk)

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write it."""
        self._replica.check()
        self._items.put(item, replacing=replacing)


def telegram(scene: str, *, channel: str = "telegram") -> ChannelAddress:
    """Return the address of the Telegram channel of *scene*, or of one of the same name."""
    return ChannelAddress(target_type="scene", target_id=scene, channel=channel, name="telegram")
