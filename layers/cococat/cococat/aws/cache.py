"""A small cache whose entries grow old."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from cococat.core.clock import Clock


class AgingCache:
    """
    Keeps values for a while, the newest *size* of them, for several threads.

    Args:
        seconds: how long a value is good for.
        size: how many are kept, so that made-up keys can't fill the memory.
        clock: the time.

    """

    def __init__(self, *, seconds: float, size: int, clock: Clock) -> None:
        self._seconds = seconds
        self._size = size
        self._clock = clock
        self._changing = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Any, float]] = OrderedDict()

    def get[T](self, key: Hashable, load: Callable[[], T]) -> T:
        """Return the value of *key*, loading it where it is not here or too old."""
        return self.aging(key, load)[0]

    def forget(self, key: Hashable) -> None:
        """Let the value of *key* be loaded when it is next asked for."""
        with self._changing:
            self._entries.pop(key, None)

    def aging[T](self, key: Hashable, load: Callable[[], T]) -> tuple[T, float]:
        """Return the value of *key*, as `get`, and until when it is good (seconds since 1970)."""
        now = self._clock.now()
        entry = self._entries.get(key)
        if entry is not None and entry[1] > now:
            return entry
        entry = load(), now + self._seconds
        with self._changing:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
        return entry
