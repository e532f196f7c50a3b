"""
Verifying a telegram channel.

A deployed bot is given a probe. A bot of the simulator is written to, and read, as people do.
"""

import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.ids import message_id
from cococat.core.telegram_api import Bot
from cococat.core.telegram_update import Taste, read_update
from cococat.simulators.people import Person
from cococat.verify_channel.probing import Probing
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed
from cococat.verify_channel.watch import Watch, person_of


@dataclass(frozen=True)
class TelegramVerification:
    """
    The three steps for one telegram channel.

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

    def _send(self) -> tuple[str, str]:
        age = self._probing.heard("Telegram")
        poll = f"the last successful poll is {age:.0f} s old"
        text = f"CocoCat verification {secrets.token_hex(6)}"
        if self._person is None:
            return self._store_probe(text), f"a probe is stored; {poll}"
        token = str(self.binding.config["bot_token"])
        written = self._person.wrote(token=token, chat=self._chat, text=text)
        update = self._update(text, int(written["message_id"]))
        return self._identity(update), f"written to the simulator; {poll}"

    def _store_probe(self, text: str) -> str:
        update = self._update(text, secrets.randbelow(2**31))
        identity = self._identity(update)
        self._probing.store(identity, update)
        return identity

    def _update(self, text: str, number: int) -> dict[str, Any]:
        """Return the update of a message with *number* that nobody has written."""
        person = {"id": self._chat, "is_bot": False, "first_name": "CocoCat"}
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": self._chat, "type": "private"},
            "from": person,
            "text": text,
        }
        return {"update_id": 0, "message": message}

    def _identity(self, update: dict[str, Any]) -> str:
        taken = read_update(update, Bot(id=0, username=""), Taste(), self.binding.scene_id, 0)
        if taken is None:
            raise StepFailed("the test message is none")
        address = self.binding.address
        return message_id(address, taken.message.conversation_id, taken.key)

    @cached_property
    def _probing(self) -> Probing:
        return Probing(self.stack, self.binding, self.watch)

    @cached_property
    def _chat(self) -> int:
        return int(self.watch.send_to or secrets.randbelow(10**9) + 10**9)

    @cached_property
    def _person(self) -> Person | None:
        """Return a person of the simulator, if the bot is one of its own and they are asked."""
        if self.watch.send_to:
            return None
        return person_of(self.binding.config, str(self._chat))
