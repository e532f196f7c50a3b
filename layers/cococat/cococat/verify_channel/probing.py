"""
What verifying has in common for channels that the sidecar listens to.

Nobody but people can write to a deployed bot. So a probe is stored in the channels table, and the
replica that listens takes it in as if the platform had sent it; its answer is a receipt.
"""

import time
from dataclasses import dataclass
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core.channel_status import UNHEARD, Status, is_held
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
        if seen is None or not is_held(seen, time.time()):
            raise StepFailed(UNHEARD)
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

    def received(self, identity: str) -> tuple[None, str]:
        """
        Wait until the agent has the message; a step of a `Report`.

        Raises:
            StepFailed: it did not get it in time; the sidecar is named where it hangs there.

        """
        try:
            return self.watch.received(identity)
        except StepFailed as late:
            raise StepFailed(self._why(identity) or str(late)) from None

    def _why(self, identity: str) -> str:
        """Return what the sidecar has to do with it that the agent has no message; or nothing."""
        seen, now = self.stack.observations.read(self.binding.address), time.time()
        if seen is None or not is_held(seen, now):
            return UNHEARD
        if not self.stack.probes.is_waiting(identity):
            return ""
        age = now - (seen.alive_at or 0)
        what = f"the sidecar, whose last sign of life is {age:.0f} s old, did not take it"
        return self.watch.late(what, "does it run, and what does its log say?")
