"""What an operator sees of one test message on its way: in the tables, from outside."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests

from cococat.adapters.http import RequestsClient
from cococat.bootstrap.operator import Stack
from cococat.core import message_record
from cococat.core.errors import PlatformUnreachable
from cococat.core.ids import ChannelAddress
from cococat.core.message_record import MessageRecord, State
from cococat.core.part_record import PartRecord, PartState, sort_key
from cococat.simulators.people import Person
from cococat.simulators.transport import Cut
from cococat.verify_channel.outside import OutsideAgent
from cococat.verify_channel.report import StepFailed

LOOK = 0.2
ENOUGH = 15
"""Seconds within which all is done as a rule; where it was waited for less, nothing is blamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """
    Looks after test messages.

    Attributes:
        stack: the stack.
        agent: who is to answer them.
        deadline: `time.monotonic()` by which all must be done.
        timeout: the seconds that were given until then.
        send_to: who is sent the answer all the same; empty for nobody.
        outside: the agent, where it is an external one.

    """

    stack: Stack
    agent: str
    deadline: float
    timeout: float
    send_to: str = ""
    outside: OutsideAgent | None = None

    def received(self, identity: str) -> tuple[None, str]:
        """
        Wait until the agent has the message; a step of a `Report`.

        Raises:
            StepFailed: it did not get it in time.

        """
        record = self.until(identity, lambda record: record.state is not State.RECEIVED)
        if record is None or not (record.finished or record.state is not State.RECEIVED):
            raise StepFailed(self._untaken())
        return None, f"by agent '{self.agent}'"

    def _untaken(self) -> str:
        if self.outside is not None:  # that it has a message is seen only by its answer
            look = self.outside.look(hurried=self.timeout < ENOUGH)
            return f"external agent '{self.agent}' did not answer within {self.timeout:g} s; {look}"
        return self.late(
            f"agent '{self.agent}' did not take it from its mailbox",
            "is the mailbox's event source mapping enabled, and what does the heartbeat's log say?",
        )

    def until(self, identity: str, done: Callable[[MessageRecord], bool]) -> MessageRecord | None:
        """Return the message's record once it is *done* or finished, or as it is in the end."""
        while True:
            record = message_record.load(self.stack.messages, identity)
            if record is not None and (done(record) or record.finished):
                return record
            if time.monotonic() >= self.deadline:
                return record
            time.sleep(LOOK)

    def mark(self, identity: str, address: ChannelAddress) -> None:
        """Let the outbox know that nobody is to be sent an answer to this message, if so it is."""
        if self.send_to:
            return
        record = message_record.unseen(identity, address, time.time())
        self.stack.messages.put(replace(record, probe=True).to_item(), replacing=None)

    def answered(self, identity: str) -> None:
        """
        Wait until all is done for the message, with an answer of the agent's.

        Raises:
            StepFailed: it did not come in time, or is none.

        """
        self._await_answer(identity, lambda record: record.finished)

    def _await_answer(self, identity: str, done: Callable[[MessageRecord], bool]) -> None:
        """
        Wait until the message's record is *done*, and refuse an answer that is none.

        Raises:
            StepFailed: it is not in time, the agent has no answer, or only the fallback text came.

        """
        record = self.until(identity, done)
        if record is None or not done(record):
            raise StepFailed(self.missing(identity))
        if record.reply is None:
            raise StepFailed(f"agent '{self.agent}' gives no answer (None)")
        if record.reply.fallback:
            raise StepFailed(f"only the fallback text came; {self.dead(record.id)}")

    def receipt(self, identity: str) -> tuple[None, str]:
        """
        Wait for the receipt of the answer, or until it was sent; a step of a `Report`.

        Raises:
            StepFailed: it did not come in time, or there is no answer.

        """
        if self.send_to:
            return None, self._sent(identity)
        self.answered(identity)
        return None, "a receipt: the answer came as far as the channel, and was sent to nobody"

    def _sent(self, identity: str) -> str:
        self._await_answer(identity, lambda record: record.replied_at is not None)
        while True:
            item = self.stack.messages.get(identity, sort_key(1))
            state = None if item is None else PartRecord.from_item(item).state
            if state is PartState.SENT:
                return f"the platform took it, for {self.send_to}"
            if state is not None and state.final:
                raise StepFailed(f"the outbox did not deliver it; {self.dead(identity)}")
            if time.monotonic() >= self.deadline:
                raise StepFailed(self.missing(identity))
            time.sleep(LOOK)

    def arrived(self, identity: str, person: Person) -> str:
        """
        Wait until *person* has received the answer to the message, and return it.

        Raises:
            StepFailed: they did not receive it in time, or it is none.

        """
        self._await_answer(identity, lambda record: record.replied_at is not None)
        while not (heard := person.heard()):
            if time.monotonic() >= self.deadline:
                raise StepFailed(self.missing(identity))
            time.sleep(LOOK)
        return heard[-1]

    def reply(self, identity: str, person: Person | None) -> tuple[None, str]:
        """
        Wait for the answer to the message of *person*, or of nobody; a step of a `Report`.

        Raises:
            StepFailed: it did not come in time, or there is no answer.

        """
        if person is None:
            return self.receipt(identity)
        return None, f"{len(self.arrived(identity, person))} characters, on the platform's side"

    def missing(self, identity: str) -> str:
        """Return why there is no reply yet, as far as can be seen."""
        record = message_record.load(self.stack.messages, identity)
        if record is None or record.replied_at is None:
            return self.late(f"agent '{self.agent}' did not answer", "look at the heartbeat's log")
        late = self.late(
            "the agent answered, but the outbox did not deliver",
            "is its event source mapping enabled, and what does its log say?",
        )
        return f"{late}; {self.dead(identity)}"

    def late(self, what: str, look: str) -> str:
        """Return *what* did not happen in which time, and where to *look* if that was enough."""
        advice = look if self.timeout >= ENOUGH else "try a longer --timeout"
        return f"{what} within {self.timeout:g} s; {advice}"

    def dead(self, identity: str) -> str:
        """Return what the dead letters say of the message."""
        letters = [each for each in self.stack.messages.open_letters(100) if each.id == identity]
        reasons = ", ".join(each.reason for each in letters)
        return f"dead letter: {reasons}" if reasons else "there is no dead letter"


def person_of(config: Mapping[str, Any], name: str) -> Person | None:
    """Return the person *name*, if the platform of the channel with *config* is simulated here."""
    base = str(config.get("api_base", ""))
    if not base.startswith("http://127.0.0.1:"):
        return None
    person = Person(RequestsClient(), base, name)
    try:
        person.heard()
    except PlatformUnreachable:
        return None
    return person


def reached[T](request: Callable[[], T]) -> T:
    """
    Return what *request* brings.

    Raises:
        StepFailed: the door can't be reached, or did not answer in time.

    """
    try:
        return request()
    except Cut:
        raise StepFailed("the door did not answer in time") from None
    except requests.RequestException as error:
        why = f"({type(error).__name__})"
        raise StepFailed(f"the door can't be reached{_where(error)} {why}") from error


def _where(error: requests.RequestException) -> str:
    """Return at which address that was, without what else a URL may hold."""
    if error.request is None or not error.request.url:
        return ""
    parts = urlsplit(error.request.url)
    return f" at {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
