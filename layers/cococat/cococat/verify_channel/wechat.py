"""Verifying a wechat channel, as the platform that delivers to it and as the stack's operator."""

import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.http import Response
from cococat.core.ids import callback_path, message_id
from cococat.simulators.people import Person
from cococat.simulators.transport import Cut, over_http
from cococat.simulators.wechat import (
    CUT_AFTER,
    Account,
    OutOfOrder,
    WeChatPlatform,
    made_up_user,
)
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed
from cococat.verify_channel.watch import Watch, person_of, reached

_REFUSED = {
    403: "the door refuses what the platform sends; are token and EncodingAESKey the console's?",
    404: "nothing answers at the callback's address; is the scene published?",
    503: "the door can't write into the mailbox; look at its role and at the queue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """The test message, who has written it, and the platform's connection that waits."""

    identity: str
    person: Person | None
    values: dict[str, str]
    answer: Future[Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatVerification:
    """
    The three steps for one wechat channel.

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
        with ThreadPoolExecutor(1) as connection:
            sent = report.take(SEND, lambda: self._send(connection))
            report.take(RECEIVED, lambda: self.watch.received(sent.identity))
            report.take(REPLY, lambda: self._reply(sent))

    def _send(self, connection: ThreadPoolExecutor) -> tuple[_Sent, str]:
        platform = self._platform(str(self.binding.config["token"]))
        self._check_refusal()
        if not reached(platform.check_url):
            raise StepFailed(
                "the door does not echo what the platform asks when the URL is saved; "
                "is its token the console's?"
            )
        user, msg_id = made_up_user(), str(secrets.randbelow(2**63))
        person = self._person(user)
        content = f"CocoCat verification {secrets.token_hex(6)}"
        values = platform.text(user, content, msg_id=msg_id)
        identity = message_id(self.binding.address, user, msg_id)
        if person is None:
            self.watch.mark(identity, self.binding.address)
        else:
            person.wrote(user=user)
        answer = connection.submit(platform.transport, platform.request(values))
        self._await_acceptance(identity, answer)
        detail = f"accepted as {identity[:12]}…; a wrong signature is refused"
        return _Sent(identity=identity, person=person, values=values, answer=answer), detail

    def _check_refusal(self) -> None:
        stranger = self._platform(secrets.token_hex(16))
        request = stranger.request(stranger.text(made_up_user(), "verification"))
        if reached(lambda: stranger.transport(request)).status == HTTPStatus.OK:
            raise StepFailed("the door lets in a wrong signature")

    def _await_acceptance(self, identity: str, answer: Future[Response]) -> None:
        """Wait until the door has counted the delivery, or has answered it otherwise."""
        self.watch.until(identity, lambda record: record.deliveries > 0 or answer.done())
        if not answer.done():
            return
        status = reached(answer.result).status
        if status != HTTPStatus.OK:
            why = _REFUSED.get(status, "look at the door's log")
            raise StepFailed(f"the door answers {status}: {why}")

    def _reply(self, sent: _Sent) -> tuple[None, str]:
        platform = self._platform(str(self.binding.config["token"]))
        try:
            # A connection is cut where the door holds on over the platform's deliveries.
            was_cut = isinstance(sent.answer.exception(), Cut)
            text = None if was_cut else platform.read(reached(sent.answer.result), sent.values)
        except OutOfOrder as error:
            raise StepFailed(f"the platform would not take the reply: {error}") from error
        if text is None and sent.person is not None:
            text = self.watch.arrived(sent.identity, sent.person)
            return None, f"{len(text)} characters, as a customer-service message"
        self.watch.answered(sent.identity)
        if text is not None:
            return None, f"{len(text)} characters, in the platform's own request"
        return None, "a receipt: it came after the platform's request, and was sent to nobody"

    def _person(self, user: str) -> Person | None:
        """Return *user* of a simulated platform, where the account may write to them by itself."""
        config = self.binding.config
        return person_of(config, user) if "app_secret" in config else None

    def _platform(self, token: str) -> WeChatPlatform:
        config = self.binding.config
        sealed = config.get("mode", "safe") != "plain"
        return WeChatPlatform(
            account=Account(
                app_id=config["app_id"],
                token=token,
                encoding_aes_key=config.get("encoding_aes_key", "") if sealed else "",
            ),
            transport=over_http(self.stack.base_url, patience=CUT_AFTER),
            path=callback_path(self.binding.address),
        )
