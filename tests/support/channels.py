"""Channels whose platform is a list."""

from dataclasses import replace
from typing import Any, ClassVar

from cococat.core.channels import Channel, Delivery, Wiring, channel_class
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding
from cococat.core.items import Items
from cococat.core.scene_router import SceneRouter
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems
from tests.support.libraries import ListedCounters, RealLibraries
from tests.support.queues import MemoryQueues
from tests.support.tallies import MemoryTallies
from tests.support.wishes import MemoryObservations


class PlainChannel(Channel):
    """
    A channel with no more than the owner's two methods.

    Attributes:
        sent: what reached the platform: (text, user).
        fails: what the next sends raise, in order; None for one that works.

    """

    channel_type = "plain"

    def __init__(self, wiring: Wiring | None = None) -> None:
        super().__init__(wiring or no_wiring())
        self.sent: list[tuple[str, str]] = []
        self.fails: list[Exception | None] = []

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Do nothing."""

    def send(self, reply: str, user_id: str) -> None:
        """Keep *reply*, or fail as told."""
        failure = self.fails.pop(0) if self.fails else None
        if failure is not None:
            raise failure
        self.sent.append((reply, user_id))


class RepeatableChannel(PlainChannel):
    """A channel whose platform shows the same delivery once, however often it comes."""

    resend_safe: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    def answer(self, delivery: Delivery) -> None:
        """Deliver one part of an answer."""
        if delivery.key not in self.keys:
            self.send(delivery.part.text, delivery.to.user_id)
            self.keys.append(delivery.key)


class OneChannel:
    """`cococat.core.channels.Channels` that always returns the same one."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def bind(self, binding: ChannelBinding) -> Channel:
        """Return the channel."""
        return self._channel


class RealChannels:
    """
    `cococat.core.channels.Channels` that makes the real ones.

    Attributes:
        tallies: what they count against limits.
        libraries: what they work with.
        events: what their platforms have told.

    """

    def __init__(
        self,
        router: SceneRouter,
        items: Items,
        clock: Clock,
        libraries: RealLibraries | None = None,
        events: MemoryObservations | None = None,
    ) -> None:
        self._router = router
        self._items = items
        self._clock = clock
        self.tallies = MemoryTallies()
        self.libraries = libraries or RealLibraries()
        self.events = events or MemoryObservations()

    def bind(self, binding: ChannelBinding) -> Channel:
        """Return the channel of *binding*, started."""
        wiring = replace(
            a_wiring(binding, self._router, self._items, self._clock),
            libraries=self.libraries,
            tallies=self.tallies,
            events=self.events,
        )
        made = channel_class(binding.address.channel)(wiring)
        made.start(binding.scene_id, binding.config)
        return made


def a_wiring(binding: ChannelBinding, router: SceneRouter, items: Items, clock: Clock) -> Wiring:
    """Return what a channel is made with."""
    return Wiring(
        binding=binding,
        router=router,
        items=items,
        clock=clock,
        libraries=RealLibraries(),
        counters=ListedCounters(),
        tallies=MemoryTallies(),
        events=MemoryObservations(),
    )


def no_wiring() -> Wiring:
    """Return the wiring of a channel that nothing comes of."""
    clock = FakeClock()
    router = SceneRouter(mailbox=MemoryQueues(clock), clock=clock)
    return a_wiring(samples.binding(), router, MemoryItems(clock), clock)
