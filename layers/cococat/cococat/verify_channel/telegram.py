"""
Verifying a telegram channel.

Nobody can write to a deployed bot but people. So a probe is stored in the channels table, and the
replica that listens takes it in as if Telegram had sent it; its answer is a receipt. A bot of the
simulator is written to, and read, as people do.
"""

import secrets
import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cococat.adapters.http import RequestsClient
from cococat.bootstrap.operator import Stack
from cococat.core import message_record
from cococat.core.channel_status import STALE, Observation
from cococat.core.directory import ChannelBinding
from cococat.core.errors import PlatformUnreachable
from cococat.core.ids import message_id
from cococat.core.message_record import MessageRecord
from cococat.core.probes import Probe
from cococat.core.telegram_api import API_BASE, Bot
from cococat.core.telegram_update import Taste, read_update
from cococat.simulators.telegram_people import Person
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed
from cococat.verify_channel.watch import LOOK, Watch


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
        report.take(RECEIVED, lambda: self.watch.received(identity))
        report.take(REPLY, lambda: self._reply(identity))

    def _send(self) -> tuple[str, str]:
        seen = self._check_listening()
        age = time.time() - (seen.heard_at or 0)
        poll = f"the last successful poll is {age:.0f} s old"
        text = f"CocoCat verification {secrets.token_hex(6)}"
        if self._person is None:
            return self._store_probe(text), f"a probe is stored; {poll}"
        number = self._person.write(text)
        return self._identity(self._update(text, number)), f"written to the simulator; {poll}"

    def _check_listening(self) -> Observation:
        """Return how the channel is, which somebody has to listen to."""
        seen = self.stack.observations.read(self.binding.address)
        if seen is None or not seen.owner or time.time() - (seen.alive_at or 0) > STALE:
            raise StepFailed("no sidecar listens to it; does one run, and what does its log say?")
        if seen.last_error is not None:
            raise StepFailed(f"{seen.status}: {seen.last_error.message}")
        if seen.heard_at is None:
            raise StepFailed("the sidecar has the channel, but has not heard of Telegram yet")
        return seen

    def _store_probe(self, text: str) -> str:
        update = self._update(text, secrets.randbelow(2**31))
        identity = self._identity(update)
        record = message_record.unseen(identity, self.binding.address, time.time())
        self.stack.messages.put(replace(record, probe=True).to_item(), replacing=None)
        self.stack.probes.store(Probe(id=identity, address=self.binding.address, update=update))
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

    def _reply(self, identity: str) -> tuple[None, str]:
        if self._person is not None:
            return None, self._read_answer(self._person, identity)
        record = self.watch.until(identity, lambda record: record.finished)
        if record is None or not record.finished:
            raise StepFailed(self.watch.missing(identity))
        self._check_answer(record)
        return None, "a receipt: the answer came as far as the channel, and was sent to nobody"

    def _read_answer(self, person: Person, identity: str) -> str:
        """Wait until *person* has got the answer to the message with *identity*."""
        record = self.watch.until(identity, lambda record: record.replied_at is not None)
        if record is None or record.replied_at is None:
            raise StepFailed(self.watch.missing(identity))
        while not (heard := person.heard()):
            if time.monotonic() >= self.watch.deadline:
                raise StepFailed(self.watch.missing(identity))
            time.sleep(LOOK)
        self._check_answer(record)
        return f"{len(heard[-1])} characters, in the chat"

    def _check_answer(self, record: MessageRecord) -> None:
        if record.reply is None:
            raise StepFailed(f"agent '{self.binding.agent}' gives no answer (None)")
        if record.reply.fallback:
            raise StepFailed(f"only the fallback text came; {self.watch.dead(record.id)}")

    @cached_property
    def _chat(self) -> int:
        return secrets.randbelow(10**9) + 10**9

    @cached_property
    def _person(self) -> Person | None:
        """Return a person of the simulator, if the bot is one of its own."""
        base, token = (
            self.binding.config.get("api_base", API_BASE),
            self.binding.config["bot_token"],
        )
        if not str(base).startswith("http://127.0.0.1:"):
            return None
        person = Person(RequestsClient(), str(base), str(token), self._chat)
        try:
            person.heard()
        except PlatformUnreachable:
            return None
        return person
