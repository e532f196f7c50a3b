"""
Calls of the keeper to the table, of which hundreds may be due at the same time.

A few are made at once, and as many as fit into a short time: whatever the table takes, the keeper
looks after its listeners and its session in between. Those that are due longest come first.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import batched

from cococat.core.chores import Chores, Task
from cococat.core.session import Monotonic

AT_ONCE = 8
"""Each has a connection of its own, which reads all authorities: 1.4 MB while it is made."""
TIME = 1.0
"""Seconds after which no more are begun for now."""

AllDone = Callable[[Sequence[Callable[[], bool]]], Sequence[bool]]
"""Does several jobs at once and returns what each of them returned, once all have ended."""


class Errands:
    """
    Does what is due of many calls that need no order.

    Args:
        chores: when what is due.
        all_done: does several at once.
        monotonic: this process's own clock.

    """

    def __init__(self, chores: Chores, all_done: AllDone, monotonic: Monotonic) -> None:
        self._chores = chores
        self._all_done = all_done
        self._monotonic = monotonic

    def run(
        self,
        kind: str,
        errands: Mapping[str, Task],
        pause: Callable[[], float] | None = None,
    ) -> Sequence[str]:
        """
        Do those of *errands* that are due; one that fails is due again after a second.

        Args:
            kind: what they are; told where one fails.
            errands: the key of each, and what is to be done.
            pause: returns the seconds after which one that went well is due again; without it,
                at once.

        Returns:
            the keys of those that went well.

        """
        until = self._monotonic() + TIME
        names = {key: f"{kind} {key}" for key in errands if self._chores.is_due(f"{kind} {key}")}
        due = sorted(names, key=lambda key: self._chores.due_at(names[key]))
        well: list[str] = []
        for some in batched(due, AT_ONCE, strict=False):
            if self._monotonic() >= until:
                break
            jobs = [partial(self._chores.safely, f"the {kind} failed", errands[k]) for k in some]
            for key, is_done in zip(some, self._all_done(jobs), strict=True):
                self._chores.settle(names[key], pause() if pause else 0.0, is_done=is_done)
                if is_done:
                    well.append(key)
                    if pause is None:
                        self._chores.forget(names[key])
        return well
