"""
Verifying a discord channel.

A deployed bot is given a probe, because nobody but people can write to one. A bot of the simulator
is written to, and read, as people do.
"""

import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.discord_message import EPOCH
from cococat.core.ids import message_id
from cococat.simulators.people import Person
from cococat.verify_channel.probing import Probing
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report
from cococat.verify_channel.watch import Watch, person_of


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
        report.take(RECEIVED, lambda: self._probing.received(identity))
        report.take(REPLY, lambda: self.watch.reply(identity, self._person))

    @cached_property
    def _probing(self) -> Probing:
        return Probing(self.stack, self.binding, self.watch)

    @cached_property
    def _person(self) -> Person | None:
        """Return a person of the simulator, if the bot is one of its own and they are asked."""
        if self.watch.send_to:
            return None
        return person_of(self.binding.config, _new_id())

    def _send(self) -> tuple[str, str]:
        heard = f"the gateway was heard {self._probing.heard('Discord'):.0f} s ago"
        text = f"CocoCat verification {secrets.token_hex(6)}"
        if self._person is None:
            update = _message(text, self.watch.send_to)
            self._probing.store(self._identity(update["id"]), update)
            return self._identity(update["id"]), f"a probe is stored; {heard}"
        token, user = str(self.binding.config["bot_token"]), self._person.name
        written = self._person.wrote(token=token, user=user, text=text)
        return self._identity(written["message_id"]), f"written to the simulator; {heard}"

    def _identity(self, name: str) -> str:
        return message_id(self.binding.address, None, name)


def _new_id() -> str:
    """Return an id that is as new as this moment, and nobody's."""
    since = int((time.time() - EPOCH) * 1000) << 22
    return str(since + secrets.randbelow(2**22))


def _message(text: str, channel: str = "") -> dict[str, Any]:
    """Return a message that nobody has written, in *channel* or in a place that there is not."""
    own, place, person = (_new_id() for _ in range(3))
    return {
        "id": own,
        "type": 0,
        "channel_id": channel or place,
        "author": {"id": person, "username": "cococat"},
        "content": text,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
    }
