"""Whether a process stays as it is."""

import statistics
from collections.abc import Callable, Sequence

from bench.process_facts import ProcessFacts

WARM_UP = 0.25
"""The part of the time that does not count."""
GROWTH = 0.05
"""The part by which a figure may grow from the first third of the rest to the last."""
LITTLE = {"memory": 2048.0, "threads": 2.0, "descriptors": 2.0}
"""By how much it may grow in any case; memory in KiB."""

_FIGURES: dict[str, Callable[[ProcessFacts], float]] = {
    "memory": lambda facts: facts.rss,
    "threads": lambda facts: facts.threads,
    "descriptors": lambda facts: facts.descriptors,
}


def faults(samples: Sequence[ProcessFacts]) -> list[str]:
    """
    Return what has grown, a sentence each.

    Args:
        samples: of the whole time, at equal distances.

    """
    settled = samples[int(len(samples) * WARM_UP) :]
    third = max(len(settled) // 3, 1)
    found = []
    for name, figure in _FIGURES.items():
        before = statistics.median(map(figure, settled[:third]))
        after = statistics.median(map(figure, settled[-third:]))
        if after > before + max(before * GROWTH, LITTLE[name]):
            unit = " KiB" if name == "memory" else ""
            found.append(f"{name} grew from {before:,.0f} to {after:,.0f}{unit}")
    return found
