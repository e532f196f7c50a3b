"""Tasks that come again and again, each at a pace of its own; one that fails stops no other."""

from collections.abc import Callable

from cococat.core.failures import log_failure
from cococat.core.session import Monotonic

AGAIN = 1.0
"""Seconds after which a task that failed is tried again."""
STALE = 600.0
"""Seconds for which a task may be due before it counts as one that nobody does any more."""

Task = Callable[[], object]


class Chores:
    """
    When what is due.

    Args:
        monotonic: this process's own clock.

    """

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._due: dict[str, float] = {}
        self._looked_at = monotonic()

    def every(self, name: str, seconds: float, task: Task) -> None:
        """Do *task* every *seconds*; where it fails, the first word of *name* is told."""
        if self.is_due(name):
            is_done = self.safely(f"the {name.partition(' ')[0]} failed", task)
            self.settle(name, seconds, is_done=is_done)

    def settle(self, name: str, seconds: float, *, is_done: bool) -> None:
        """Let *name* be due again after *seconds*, or soon where it failed."""
        now = self._monotonic()
        self._due[name] = now + (seconds if is_done else AGAIN)
        if now - self._looked_at > STALE:
            # A name that is not known is due as well, so nothing but room is lost.
            self._due = {each: at for each, at in self._due.items() if now - at <= STALE}
            self._looked_at = now

    def safely(self, what: str, task: Task) -> bool:
        """Do *task* and return whether that went well; *what* is told where it did not."""
        try:
            task()
        except Exception as error:  # noqa: BLE001 - it is tried again
            log_failure(what, error)
            return False
        return True

    def is_due(self, name: str) -> bool:
        """Tell whether it is time for what is called *name*."""
        return self._monotonic() >= self.due_at(name)

    def due_at(self, name: str) -> float:
        """Return when *name* is due, on the process's clock."""
        return self._due.get(name, float("-inf"))

    def forget(self, name: str) -> None:
        """Let *name* be due."""
        self._due.pop(name, None)
