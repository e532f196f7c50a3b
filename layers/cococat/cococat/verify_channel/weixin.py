"""Verifying a weixin channel, as the platform that delivers to it and as the stack's operator."""

import secrets
import time
from dataclasses import dataclass, replace
from http import HTTPStatus

from cococat.bootstrap.operator import Stack
from cococat.core import message_record
from cococat.core.directory import ChannelBinding
from cococat.core.http import Request
from cococat.core.ids import message_id
from cococat.core.message_record import MessageRecord
from cococat.simulators.transport import over_http
from cococat.simulators.weixin import CUT_AFTER, App, WeComPlatform, made_up_user
from cococat.simulators.weixin_bot import Bot, BotPlatform
from cococat.verify_channel.report import RECEIVED, REPLY, SEND, Report, StepFailed
from cococat.verify_channel.watch import Watch, reached

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
        identity = report.take(SEND, self._send)
        report.take(RECEIVED, lambda: self.watch.received(identity))
        report.take(REPLY, lambda: self._reply(identity))

    def _send(self) -> tuple[str, str]:
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
        self._mark_as_probe(identity)
        status = self._deliver(platform, _request(platform, user, msg_id))
        if status != HTTPStatus.OK:
            why = _REFUSED.get(status, "look at the door's log")
            raise StepFailed(f"the door answers {status}: {why}")
        return identity, f"accepted as {identity[:12]}…; a wrong signature is refused"

    def _deliver(self, platform: WeComPlatform | BotPlatform, request: Request) -> int:
        return reached(lambda: platform.transport(request)).status

    def _mark_as_probe(self, identity: str) -> None:
        """Let the outbox know that nobody is to be sent an answer to this message."""
        record = message_record.unseen(identity, self.binding.address, time.time())
        self.stack.messages.put(replace(record, probe=True).to_item(), replacing=None)

    def _reply(self, identity: str) -> tuple[None, str]:
        record = self.watch.until(identity, lambda record: record.finished)
        if record is None or not record.finished:
            raise StepFailed(self.watch.missing(identity))
        return None, self._told(record)

    def _told(self, record: MessageRecord) -> str:
        if record.reply is None:
            raise StepFailed(f"agent '{self.binding.agent}' gives no answer (None)")
        if record.reply.fallback:
            raise StepFailed(f"only the fallback text came; {self.watch.dead(record.id)}")
        return "a receipt: the answer came as far as the channel, and was sent to nobody"

    def _platform(self, token: str) -> WeComPlatform | BotPlatform:
        config, address = self.binding.config, self.binding.address
        name = "" if address.name == address.channel else f"/{address.name}"
        path = f"/api/channel/weixin/{address.target_id}{name}"
        transport = over_http(self.stack.base_url, patience=CUT_AFTER)
        key = str(config["encoding_aes_key"])
        if "bot_id" in config:
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
