"""What an operator needs to see of a replica of the sidecar, as figures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Protocol

from cococat.core.channel_status import Observation, Status


class Gauges(Protocol):
    """Shows figures to the operator, over time."""

    def show(self, figures: Mapping[str, float]) -> None:
        """Show how each figure stands; a name that ends in `Age` is in seconds."""
        ...


def figures(observations: Iterable[Observation], *, now: float, since: float) -> dict[str, float]:
    """
    Return what to show of channels that are held.

    `PollAge` is the time since a platform last answered any of them, so that one bot in trouble
    does not hide that all others are well. Those whose token is refused have no say in it.

    Args:
        observations: how each of them is.
        now: seconds since 1970.
        since: when the replica began, which counts where nothing was heard yet.

    """
    seen = list(observations)
    states = Counter(each.status for each in seen)
    shown: dict[str, float] = {"HeldLeases": len(seen)}
    for status in Status:
        name = "".join(word.capitalize() for word in status.value.split("_"))
        shown[f"Listeners{name}"] = states[status]
    heard = [each.heard_at or since for each in seen if each.status is not Status.AUTH_ERROR]
    if heard:
        shown["PollAge"] = max(now - max(heard), 0.0)
    return shown
