"""
What verifying has in common for channels that the sidecar listens to.

Nobody but people can write to a deployed bot. So a probe is stored in the channels table, and the
replica that listens takes it in as if the platform had sent it; its answer is a receipt.
"""

import time
from dataclasses import dataclass
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core.channel_status import STALE, Status
from cococat.core.directory import ChannelBinding
from cococat.core.probes import Probe
from cococat.verify_channel.report import StepFailed
from cococat.verify_channel.watch import Watch


@dataclass(frozen=True)
class Probing:
    """
    The probe of one channel.

    Attributes:
        stack: the stack.
        binding: the channel.
        watch: looks after the probe.

    """

    stack: Stack
    binding: ChannelBinding
    watch: Watch

    def heard(self, platform: str) -> float:
        """Return the seconds since *platform* was heard by whoever listens to the channel."""
        seen = self.stack.observations.read(self.binding.address)
        if seen is None or not seen.owner or time.time() - (seen.alive_at or 0) > STALE:
            raise StepFailed("no sidecar listens to it; does one run, and what does its log say?")
        if seen.last_error is not None and seen.status is not Status.CONNECTED:
            raise StepFailed(f"{seen.status}: {seen.last_error.message}")
        if seen.heard_at is None:
            raise StepFailed(f"the sidecar has the channel, but has not heard of {platform} yet")
        return time.time() - seen.heard_at

    def store(self, identity: str, update: dict[str, Any]) -> None:
        """Store a probe: *update*, which becomes the message with *identity*."""
        address = self.binding.address
        self.watch.mark(identity, address)
        self.stack.probes.store(Probe(id=identity, address=address, update=update))
