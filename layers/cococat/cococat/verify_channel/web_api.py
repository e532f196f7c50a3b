"""Verifying a web_api channel, as one of its callers and as the stack's operator."""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.http import Response
from cococat.core.web_api_keys import read_keys
from cococat.simulators.transport import over_http
from cococat.simulators.web_api import WebApiCaller
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed
from cococat.verify_channel.watch import Watch, reached

WAIT = 5
PATIENCE = 30

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
        refused = _ask(self._caller(f"not-the-key-{secrets.token_hex(8)}"))
        if refused.status in (200, 202):
            raise StepFailed("the door lets in a wrong key")
        answer = _ask(self._caller(self._key()))
        if answer.status not in (200, 202):
            why = _REFUSED.get(answer.status, "look at the door's log")
            raise StepFailed(f"the door answers {answer.status}: {why}")
        identity: str = json.loads(answer.body)["id"]
        return identity, f"accepted as {identity[:12]}…; a wrong key is refused"

    def _reply(self, identity: str) -> tuple[None, str]:
        value = self._fetch(identity)
        while value.get("state") != "answered":
            if time.monotonic() >= self.watch.deadline:
                raise StepFailed(self.watch.missing(identity))
            value = self._fetch(identity)
        if value["reply"] is None:
            raise StepFailed(f"agent '{self.binding.agent}' gives no answer (None)")
        if value["fallback"]:
            raise StepFailed(f"only the fallback text came; {self.watch.dead(identity)}")
        return None, f"{len(value['reply'])} characters"

    def _fetch(self, identity: str) -> dict[str, Any]:
        wait = max(0.0, min(WAIT, self.watch.deadline - time.monotonic()))
        caller = self._caller(self._key())
        answer = reached(lambda: caller.fetch(identity, wait=round(wait, 1)))
        value: dict[str, Any] = json.loads(answer.body)
        return value

    def _caller(self, key: str) -> WebApiCaller:
        transport = over_http(self.stack.base_url, patience=PATIENCE)
        endpoint = self.binding.config["endpoint"]
        return WebApiCaller(transport=transport, endpoint=endpoint, api_key=key)

    def _key(self) -> str:
        return read_keys(self.binding.config["api_key"])[0].key


def _ask(caller: WebApiCaller) -> Response:
    probe = secrets.token_hex(6)
    return reached(lambda: caller.ask(f"verify-{probe}", f"CocoCat verification {probe}"))
