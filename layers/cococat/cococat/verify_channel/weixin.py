"""Verifying a weixin channel, as the platform that delivers to it and as the stack's operator."""

import secrets
from dataclasses import dataclass
from http import HTTPStatus

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.http import Request
from cococat.core.ids import callback_path, message_id
from cococat.simulators.people import Person
from cococat.simulators.transport import over_http
from cococat.simulators.weixin import CUT_AFTER, App, WeComPlatform, made_up_user
from cococat.simulators.weixin_bot import Bot, BotPlatform
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed
from cococat.verify_channel.watch import Watch, person_of, reached

_REFUSED = {
    403: "the door refuses what the platform sends; are the ids, Token and EncodingAESKey the "
    "console's?",
    404: "nothing answers at the callback's address; is the scene published?",
    503: "the door can't write into the mailbox; look at its role and at the queue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeixinVerification:
    """
    The three steps for one weixin channel.

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
        identity, person = report.take(SEND, self._send)
        report.take(RECEIVED, lambda: self.watch.received(identity))
        report.take(REPLY, lambda: self.watch.reply(identity, person))

    def _send(self) -> tuple[tuple[str, Person | None], str]:
        platform = self._platform(str(self.binding.config["token"]))
        stranger = self._platform(secrets.token_hex(16))
        user, msg_id = made_up_user(), str(secrets.randbelow(2**63))
        if self._deliver(stranger, _request(stranger, user, msg_id)) == HTTPStatus.OK:
            raise StepFailed("the door lets in a wrong signature")
        if not reached(platform.check_url):
            raise StepFailed(
                "the door does not echo what the platform asks when the URL is saved; are Token "
                "and EncodingAESKey the console's?"
            )
        identity = message_id(self.binding.address, user, msg_id)
        person = person_of(self.binding.config, user) if self._is_app else None
        if person is None:
            self.watch.mark(identity, self.binding.address)
        status = self._deliver(platform, _request(platform, user, msg_id))
        if status != HTTPStatus.OK:
            why = _REFUSED.get(status, "look at the door's log")
            raise StepFailed(f"the door answers {status}: {why}")
        return (identity, person), f"accepted as {identity[:12]}…; a wrong signature is refused"

    @property
    def _is_app(self) -> bool:
        """Tell whether its answers are messages; a bot's grow in what the platform asks for."""
        return "bot_id" not in self.binding.config

    def _deliver(self, platform: WeComPlatform | BotPlatform, request: Request) -> int:
        return reached(lambda: platform.transport(request)).status

    def _platform(self, token: str) -> WeComPlatform | BotPlatform:
        config = self.binding.config
        path = callback_path(self.binding.address)
        transport = over_http(self.stack.base_url, patience=CUT_AFTER)
        key = str(config["encoding_aes_key"])
        if not self._is_app:
            bot = Bot(bot_id=config["bot_id"], token=token, encoding_aes_key=key)
            return BotPlatform(bot=bot, transport=transport, path=path)
        app = App(
            corp_id=config["corp_id"],
            agent_id=config["agent_id"],
            secret=config["secret"],
            token=token,
            encoding_aes_key=key,
        )
        return WeComPlatform(app=app, transport=transport, path=path)


def _request(platform: WeComPlatform | BotPlatform, user: str, msg_id: str) -> Request:
    content = f"CocoCat verification {secrets.token_hex(6)}"
    if isinstance(platform, BotPlatform):
        return platform.request(platform.text(user, content, msg_id=msg_id))
    return platform.request(platform.text(user, content, msg_id=msg_id))
