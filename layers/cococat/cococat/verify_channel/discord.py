"""Verifying a discord channel: by a probe, because nobody but people can write to a bot."""

import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.discord_message import EPOCH
from cococat.core.ids import message_id
from cococat.verify_channel.probing import Probing
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report
from cococat.verify_channel.watch import Watch


@dataclass(frozen=True)
class DiscordVerification:
    """
    The three steps for one discord channel.

    Attributes:
        stack: the stack.
        binding: the channel.
        watch: looks after the test message.

    """

    stack: Stack
    binding: ChannelBinding
    watch: Watch

    def run(self, report: Report) -> None:
        """
        Take the three steps.

        Raises:
            StepFailed: one of them failed.

        """
        identity = report.take(SEND, self._send)
        report.take(RECEIVED, lambda: self.watch.received(identity))
        report.take(REPLY, lambda: self.watch.receipt(identity))

    @cached_property
    def _probing(self) -> Probing:
        return Probing(self.stack, self.binding, self.watch)

    def _send(self) -> tuple[str, str]:
        age = self._probing.heard("Discord")
        update = _message()
        identity = message_id(self.binding.address, None, update["id"])
        self._probing.store(identity, update)
        return identity, f"a probe is stored; the gateway was heard {age:.0f} s ago"


def _message() -> dict[str, Any]:
    """Return a message that nobody has written, of a person and a place that there are not."""
    since = int((time.time() - EPOCH) * 1000) << 22
    own, place, person = (str(since + secrets.randbelow(2**22)) for _ in range(3))
    return {
        "id": own,
        "type": 0,
        "channel_id": place,
        "author": {"id": person, "username": "cococat"},
        "content": f"CocoCat verification {secrets.token_hex(6)}",
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
    }
