"""
Interrupting a worker anywhere.

Whatever a worker calls is wrapped, so that each call passes two points: one before it takes
effect, one after. A fuse that is set to a point blows there, once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from cococat.core.channels import AnswersInPlace, Channel, Channels, Spared
from cococat.core.directory import ChannelBinding
from cococat.core.items import Item, Items
from cococat.core.outbox_message import Outbox


class Killed(BaseException):
    """The process was killed here; no handler of errors sees it."""


class Fuse:
    """
    Counts the points that are passed, and blows at one of them.

    Args:
        at: the point, from 0; None for never.
        blow: what is raised there.

    """

    def __init__(self, at: int | None = None, blow: type[BaseException] = Killed) -> None:
        self.passed: list[str] = []
        self._at = at
        self._point = ""
        self._blow = blow

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        """Pass the two points of *call*, whose effect is in the body."""
        self._pass(f"before {call}")
        yield
        self._pass(f"after {call}")

    def blow_at(self, point: str) -> None:
        """Blow the next time that *point* is passed."""
        self._point = point

    def _pass(self, point: str) -> None:
        self.passed.append(point)
        if point == self._point or len(self.passed) - 1 == self._at:
            self._point = ""
            raise self._blow


class FusedItems:
    """A table behind a fuse."""

    def __init__(self, items: Items, fuse: Fuse) -> None:
        self._items = items
        self._fuse = fuse

    def get(self, pk: str, sk: str) -> Item | None:
        """Return the item; see `Items.get`."""
        with self._fuse.around("get"):
            return self._items.get(pk, sk)

    def put(self, item: Item, *, replacing: int | None) -> None:
        """Write *item*; see `Items.put`."""
        with self._fuse.around("put"):
            self._items.put(item, replacing=replacing)


class FusedOutbox:
    """An outbox behind a fuse."""

    def __init__(self, outbox: Outbox, fuse: Fuse) -> None:
        self._outbox = outbox
        self._fuse = fuse

    def send(self, body: str, *, group: str, deduplication: str) -> None:
        """Put *body* into the outbox; see `Outbox.send`."""
        with self._fuse.around("outbox"):
            self._outbox.send(body, group=group, deduplication=deduplication)


class FusedChannels:
    """Makes channels whose way to the platform is behind a fuse."""

    def __init__(self, channels: Channels, fuse: Fuse) -> None:
        self._channels = channels
        self._fuse = fuse

    def bind(self, binding: ChannelBinding) -> Channel:
        """Return the channel of *binding*; see `Channels.bind`."""
        channel = self._channels.bind(binding)
        name = "answer" if isinstance(channel, AnswersInPlace) else "send"
        setattr(channel, name, self._fused(partial(getattr(type(channel), name), channel)))
        return channel

    def _fused(self, send: Callable[..., Spared | None]) -> Callable[..., Spared | None]:
        def fused(*args: object) -> Spared | None:
            with self._fuse.around("send"):
                return send(*args)

        return fused
