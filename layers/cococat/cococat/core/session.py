"""
The time for which a replica of the sidecar may hold leases.

A replica that holds five hundred leases does not renew each of them: it gives a sign of life, and
while that is seen, nobody else takes any of its leases. See `cococat.core.roster`.
"""

from collections.abc import Callable

SECONDS = 14.0
"""How long a session lasts after its last sign of life."""
MARGIN = 0.1
"""The part of that time by which its replica stops early."""

Monotonic = Callable[[], float]
"""Returns seconds that never go back, and count while the machine sleeps."""


class Session:
    """
    One session of one replica, from any thread; once it is over, it is so for good.

    Args:
        name: a name that no other session has, nor ever had.
        began: when its first sign of life was begun to be given, on the clock *monotonic*.
        monotonic: the replica's own clock.

    """

    def __init__(self, name: str, began: float, monotonic: Monotonic) -> None:
        self.name = name
        self._monotonic = monotonic
        self._good_until = began + SECONDS * (1 - MARGIN)
        self._is_over = False

    def is_good(self) -> bool:
        """Tell whether nobody else can count it as over."""
        if self._monotonic() >= self._good_until:
            self._is_over = True
        return not self._is_over

    def extend(self, began: float) -> None:
        """
        Let it last longer: a sign of life that was begun at *began* has been seen.

        Where the answer came too late it stays over. The others may have counted it out by then,
        and taken what it held, before the sign came.
        """
        if self.is_good():
            self._good_until = began + SECONDS * (1 - MARGIN)
