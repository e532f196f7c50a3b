"""The right to listen, as a `SceneKeeper` gives it out; see `cococat.core.listener.Hold`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from cococat.core.channel_status import LastError, Status
from cococat.core.errors import LeaseLost
from cococat.core.lease import Lease
from cococat.core.listener import Cursor
from cococat.core.session import Monotonic


class Signal(Protocol):
    """Something to wait for; a `threading.Event` is one."""

    def set(self) -> None:
        """Wake whoever waits."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait for *timeout* seconds at most; return whether it was set."""
        ...


MakeSignal = Callable[[], Signal]


class GivenHold:
    """
    One thread's right to listen.

    Args:
        lease: of the channel's token.
        monotonic: this process's clock.
        over: is set when the right ends.

    Attributes:
        status: how it goes.
        error: what went wrong last, if anything did.
        heard_at: when the platform last answered, on *monotonic*; None for never.
        sign_at: the last sign of life of any kind; ahead of the time during a wait, its end.

    """

    def __init__(self, lease: Lease, monotonic: Monotonic, over: Signal) -> None:
        self._lease = lease
        self._monotonic = monotonic
        self._over = over
        self._is_open = True
        self._is_revoked = False
        self._works = 0
        self._lock = threading.Lock()
        self.status = Status.CONNECTING
        self.error: LastError | None = None
        self.heard_at: float | None = None
        self.sign_at = monotonic()

    @property
    def cursor(self) -> Cursor:
        """Return how far the listening has come."""
        return self._lease.cursor

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is being taken in."""
        return self._works == 0

    def is_good(self) -> bool:
        """Tell whether the right lasts."""
        return self._is_open and self._lease.is_good()

    def wait(self, seconds: float) -> bool:
        """Let *seconds* pass, or less where the right ends; return whether it lasts."""
        if self.is_good():
            # Its end is known, so nobody has to wonder before.
            self.sign_at = max(self.sign_at, self._monotonic() + seconds)
            self._over.wait(seconds)
        return self.is_good()

    @contextmanager
    def work(self) -> Iterator[bool]:
        """Do in the body what must not be cut into; see `Hold.work`."""
        with self._lock:
            is_good = self.is_good()
            self._works += is_good
        try:
            yield is_good
        finally:
            with self._lock:
                self._works -= is_good

    def keep(self, cursor: Cursor) -> None:
        """Keep *cursor*; work that has begun may still do so after the right has ended."""
        if self._is_revoked:
            raise LeaseLost
        self._lease.keep(cursor)

    def heard(self) -> None:
        """Take note of an answer of the platform."""
        self.heard_at = self.sign_at = self._monotonic()
        self.status, self.error = Status.CONNECTED, None

    def note(self, status: Status, error: LastError | None = None) -> None:
        """Take note of how it goes."""
        self.sign_at = self._monotonic()
        self.status, self.error = status, error

    def end(self) -> None:
        """Let no new work begin."""
        with self._lock:
            self._is_open = False
        self._over.set()

    def revoke(self) -> None:
        """End it for a thread that hangs: whatever that one still does is for nothing."""
        self._is_revoked = True
        self.end()
