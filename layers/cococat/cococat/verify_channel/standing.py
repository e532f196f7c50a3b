"""What the channel's own status says: some of what there is to know no test message meets."""

import time
from dataclasses import dataclass

from cococat.bootstrap.operator import Stack
from cococat.core.channel_status import PlatformEvent, Status, attended, relevant, shown
from cococat.core.clock import iso
from cococat.core.directory import ChannelBinding

_BAD = (Status.ERROR, Status.AUTH_ERROR)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    The status of a channel.

    Attributes:
        status: as the management API shows it.
        trouble: for people: what is wrong and what to do; empty where nothing is known to be.
        told: for people: what the platform told last of the account; empty where it is nothing.

    """

    status: Status
    trouble: str
    told: str


def standing(stack: Stack, binding: ChannelBinding) -> Standing:
    """Return how the channel of *binding* is."""
    seen = relevant(stack.observations.read(binding.address), binding.generation)
    if seen is not None:
        seen = attended(seen, time.time())
    status = shown(seen, enabled=True, generation=binding.generation)
    event = seen.last_event if seen else None
    told = "" if event is None or event.stops else _told(event)
    if status not in _BAD:
        return Standing(status, "", told)
    error = seen.last_error if seen else None
    why = f" ({error.code}): {error.message}" if error else ""
    return Standing(status, f"the channel's status is {status}{why}", told)


def _told(event: PlatformEvent) -> str:
    return f"at {iso(event.at)} the platform told ({event.code}): {event.message}"
