"""Verifying a feishu channel, as the platform that delivers to it and as the stack's operator."""

import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.ids import callback_path, message_id
from cococat.simulators.feishu import App, FeishuPlatform, made_up_user
from cococat.simulators.people import Person
from cococat.simulators.transport import over_http
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed
from cococat.verify_channel.watch import Watch, person_of, reached

PATIENCE = 10
"""Seconds; the platform waits for three, and then delivers once more."""

_REFUSED = {
    403: "the door refuses what the platform sends; are Encrypt Key, Verification Token and App "
    "ID the console's?",
    404: "nothing answers at the callback's address; is the scene published?",
    503: "the door can't write into the mailbox; look at its role and at the queue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeishuVerification:
    """
    The three steps for one feishu channel.

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
        person = person_of(self.binding.config, made_up_user())
        identity = report.take(SEND, lambda: self._send(person))
        report.take(RECEIVED, lambda: self.watch.received(identity))
        report.take(REPLY, lambda: self.watch.reply(identity, person))

    def _send(self, person: Person | None) -> tuple[str, str]:
        platform = self._platform()
        made_up = secrets.token_hex(16)
        stranger = replace(platform.app, encrypt_key=made_up, verification_token=made_up)
        refused = self._deliver(replace(platform, app=stranger), "verification", None)[1]
        if refused == HTTPStatus.OK:
            raise StepFailed("the door lets in a stranger")
        if not reached(platform.check_url):
            raise StepFailed(
                "the door does not answer the challenge that comes when the URL is saved; are "
                "Encrypt Key and Verification Token the console's?"
            )
        content = f"CocoCat verification {secrets.token_hex(6)}"
        identity, status = self._deliver(platform, content, person)
        if status != HTTPStatus.OK:
            why = _REFUSED.get(status, "look at the door's log")
            raise StepFailed(f"the door answers {status}: {why}")
        return identity, f"accepted as {identity[:12]}…; a stranger is refused"

    def _deliver(
        self, platform: FeishuPlatform, content: str, person: Person | None
    ) -> tuple[str, int]:
        """Deliver one message, nobody's as a probe, and return its id and the door's answer."""
        name = f"om_verify{secrets.token_hex(12)}"
        user = person.name if person else made_up_user()
        event = platform.message(user, {"text": content}, message_id=name)
        identity = message_id(self.binding.address, None, name)
        if person is None:
            self.watch.mark(identity, self.binding.address)
        else:
            person.wrote(user=user, message=name)
        request = platform.request(event)
        return identity, reached(lambda: platform.transport(request)).status

    def _platform(self) -> FeishuPlatform:
        config = self.binding.config
        return FeishuPlatform(
            app=App(
                app_id=config["app_id"],
                encrypt_key=config.get("encrypt_key", ""),
                verification_token=config.get("verification_token", ""),
            ),
            transport=over_http(self.stack.base_url, patience=PATIENCE),
            path=callback_path(self.binding.address),
        )
