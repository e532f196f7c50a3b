"""Verifying a web_api channel, as one of its callers and as the stack's operator."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from cococat.bootstrap.operator import Stack
from cococat.core import message_record
from cococat.core.directory import ChannelBinding
from cococat.core.http import Response
from cococat.core.message_record import MessageRecord, State
from cococat.simulators.transport import over_http
from cococat.simulators.web_api import WebApiCaller
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed

LOOK = 0.2
WAIT = 5

_REFUSED = {
    401: "the door refuses the scene's own key; was the secret changed less than 5 minutes ago?",
    404: "nothing answers at the entry's endpoint; is the scene published?",
    503: "the door can't write into the mailbox; look at its role and at the queue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApiVerification:
    """
    The three steps for one web_api channel.

    Attributes:
        stack: the stack.
        binding: the channel.
        deadline: `time.monotonic()` by which all must be done.

    """

    stack: Stack
    binding: ChannelBinding
    deadline: float

    def run(self, report: Report) -> None:
        """
        Take the three steps.

        Raises:
            StepFailed: one of them failed.

        """
        identity = report.take(SEND, self._send)
        report.take(RECEIVED, lambda: self._received(identity))
        report.take(REPLY, lambda: self._reply(identity))

    def _send(self) -> tuple[str, str]:
        stranger = self._caller(f"not-the-key-{secrets.token_hex(8)}")
        refused = self._ask(stranger)
        if refused.status in (200, 202):
            message = "the door lets in a wrong key"
            raise StepFailed(message)
        answer = self._ask(self._caller(self._key()))
        if answer.status not in (200, 202):
            why = _REFUSED.get(answer.status, "look at the door's log")
            message = f"the door answers {answer.status}: {why}"
            raise StepFailed(message)
        identity: str = json.loads(answer.body)["id"]
        return identity, f"accepted as {identity[:12]}…; a wrong key is refused"

    def _received(self, identity: str) -> tuple[None, str]:
        record = self._wait(identity, lambda record: record.state is not State.RECEIVED)
        agent = self.binding.agent
        if record is None or (record.state is State.RECEIVED and not record.finished):
            message = (
                f"agent '{agent}' did not take it from its mailbox; is the mailbox's event "
                "source mapping enabled, and what does the heartbeat's log say?"
            )
            raise StepFailed(message)
        return None, f"by agent '{agent}'"

    def _reply(self, identity: str) -> tuple[None, str]:
        caller = self._caller(self._key())
        value = _fetch(caller, identity, self.deadline)
        while value.get("state") != "answered":
            if time.monotonic() >= self.deadline:
                raise StepFailed(self._missing(identity))
            value = _fetch(caller, identity, self.deadline)
        if value.get("fallback"):
            message = f"only the fallback text came; {self._dead(identity)}"
            raise StepFailed(message)
        if value["reply"] is None:
            message = f"agent '{self.binding.agent}' gives no answer (None)"
            raise StepFailed(message)
        return None, f"{len(value['reply'])} characters"

    def _missing(self, identity: str) -> str:
        record = message_record.load(self.stack.messages, identity)
        if record is None or record.replied_at is None:
            return f"agent '{self.binding.agent}' has not answered yet; look at the heartbeat's log"
        return (
            "the agent answered, but the outbox did not deliver; is its event source mapping "
            f"enabled, and what does its log say? {self._dead(identity)}"
        )

    def _dead(self, identity: str) -> str:
        letters = [each for each in self.stack.messages.open_letters(100) if each.id == identity]
        reasons = ", ".join(each.reason for each in letters)
        return f"dead letter: {reasons}" if reasons else "there is no dead letter"

    def _wait(self, identity: str, done: Callable[[MessageRecord], bool]) -> MessageRecord | None:
        while True:
            record = message_record.load(self.stack.messages, identity)
            if record is not None and (done(record) or record.finished):
                return record
            if time.monotonic() >= self.deadline:
                return record
            time.sleep(LOOK)

    def _ask(self, caller: WebApiCaller) -> Response:
        probe = secrets.token_hex(6)
        return _carry(lambda: caller.ask(f"verify-{probe}", f"CocoCat verification {probe}"))

    def _caller(self, key: str) -> WebApiCaller:
        transport = over_http(self.stack.base_url, wait=WAIT)
        endpoint = self.binding.config["endpoint"]
        return WebApiCaller(transport=transport, endpoint=endpoint, api_key=key)

    def _key(self) -> str:
        keys = self.binding.config["api_key"]
        return keys if isinstance(keys, str) else str(keys[0])


def _carry(request: Callable[[], Response]) -> Response:
    try:
        return request()
    except requests.RequestException as error:
        message = f"the door can't be reached ({type(error).__name__})"
        raise StepFailed(message) from error


def _fetch(caller: WebApiCaller, identity: str, deadline: float) -> dict[str, Any]:
    wait = max(0.0, min(WAIT, deadline - time.monotonic()))
    answer = _carry(lambda: caller.fetch(identity, wait=round(wait, 1)))
    value: dict[str, Any] = json.loads(answer.body)
    return value
