"""
weixin: WeCom (企业微信), not to be taken for WeChat Official Accounts, which are `wechat`.

    GET   the platform checks our URL: a sealed question, its echo is the answer
    POST  a sealed message, event or poll

An entry with a `corp_id` is a self-built application (自建应用), one with a `bot_id` an intelligent
bot (智能机器人) that calls us.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from cococat.core.channels import Channel, Delivery, Fetched, Spared, Wiring
from cococat.core.errors import (
    AttachmentRefused,
    DeliveryError,
    DeliveryFailed,
    OperatorNeeded,
    RequestRefused,
)
from cococat.core.http import Request, Response, text_response
from cococat.core.limits import LIMITS, Limits
from cococat.core.messages import Reply
from cococat.core.weixin_account import Vault, api_base, is_bot, keys_of

# A door pays for what comes in alone, and for one kind of account: the rest is imported later.
if TYPE_CHECKING:
    from cococat.core.progress import Shown
    from cococat.core.reply_address import ReplyAddress
    from cococat.core.weixin_api import WeComApi
    from cococat.core.weixin_app import AppDoor
    from cococat.core.weixin_bot import BotDoor
    from cococat.core.weixin_bot_answer import BotAnswers
    from cococat.core.weixin_sender import AppSender
    from cococat.core.weixin_stream import Streams


class WeixinChannel(Channel):
    """The channel of one application or bot."""

    channel_type = "weixin"
    resend_safe: ClassVar[bool] = True
    """WeCom itself drops a repeated message; a bot's stream and address answer once."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        self._scene_id = ""
        self._config: dict[str, Any] = {}

    @property
    def limits(self) -> Limits:
        """Return what the platform takes from an application, or from a bot."""
        return LIMITS["weixin_bot" if is_bot(self._config) else "weixin"]

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the account's settings; API Gateway does the listening."""
        self._scene_id = scene_id
        self._config = config

    def send(self, reply: str, user_id: str) -> None:
        """
        Deliver *reply* to the member *user_id*; a bot speaks only when it is spoken to.

        Raises:
            DeliveryError: it did not, or may not have.
            PlatformUnreachable: WeCom could not be asked, or its answer got lost.

        """
        if is_bot(self._config):
            raise DeliveryFailed("no_push")
        from cococat.core.rendering import render
        from cococat.core.weixin_sender import Outgoing

        for part in render(Reply(text=reply), self.limits):
            self._sender.send(Outgoing(user_id=user_id, part=part))

    def check_credentials(self) -> bool:
        """Return whether WeCom gives a token for them; of a bot's nobody can tell."""
        if is_bot(self._config):
            return False
        self._api.token()
        return True

    def turn(self, delivery: Delivery) -> int:
        """Return the seconds for which a bot's answer is left to its stream."""
        return self._answers.turn(delivery) if is_bot(self._config) else 0

    def answer(self, delivery: Delivery) -> Spared | None:
        """
        Deliver one part of an answer; see `AnswersInPlace.answer`.

        Raises:
            DeliveryError: it did not arrive, or may not have.
            PlatformUnreachable: WeCom could not be asked, or its answer got lost.

        """
        if is_bot(self._config):
            return self._answers.answer(delivery)
        from cococat.core.weixin_app import RESPONSE_CODE
        from cococat.core.weixin_sender import Outgoing

        outgoing = Outgoing(
            user_id=delivery.to.user_id,
            part=delivery.part,
            key=delivery.key,
            again=delivery.again,
            response_code=delivery.to.in_place.get(RESPONSE_CODE, ""),
        )
        self._sender.send(outgoing)
        return None

    def show(self, to: "ReplyAddress", text: str, shown: "Shown") -> "Shown":  # noqa: ARG002 - the port's
        """
        Do nothing: a bot's polls bring what the message's item has of the answer so far.

        An application has no way to show that it writes.
        """
        return shown

    def fetch(self, ref: str) -> Fetched:
        """Return a file that came with a message; see `FetchesAttachments`."""
        libraries = self.wiring.libraries
        if is_bot(self._config):
            from cococat.core import weixin_bot_files

            url, keys = self._vault.show(ref), keys_of(self._config)
            return weixin_bot_files.fetch(url, libraries.public_http, keys, libraries.cipher)
        from cococat.core.opened_files import MAX_SIZE
        from cococat.core.weixin_errors import MEDIA_EXPIRED

        try:
            answer = self._api.download(ref, MAX_SIZE)
        except DeliveryError as error:
            is_refused = isinstance(error, DeliveryFailed) and not isinstance(error, OperatorNeeded)
            if is_refused or error.code == MEDIA_EXPIRED:
                raise AttachmentRefused("gone") from error
            raise
        content_type = answer.headers.get("content-type", "")
        return Fetched(content_type=content_type, pieces=[answer.body])

    def receive(self, request: Request) -> Response:
        """Answer the platform; see the module's own text."""
        if request.method == "GET":
            return text_response(200, self._door.echo(request))
        if request.method == "POST":
            return self._door.take(request)
        allowed = {"allow": "GET, POST"}
        raise RequestRefused(405, "method_not_allowed", "This address takes GET and POST.", allowed)

    @cached_property
    def _door(self) -> "AppDoor | BotDoor":
        wiring, config = self.wiring, self._config
        if not is_bot(config):
            from cococat.core.weixin_app import AppDoor

            return AppDoor(wiring, self._scene_id, config)
        from cococat.core.weixin_bot import BotDoor

        return BotDoor(wiring, self._scene_id, config, self._streams, self._vault)

    @cached_property
    def _api(self) -> "WeComApi":
        from cococat.core.weixin_api import WeComApi, token_source

        source = token_source(self._config, self.wiring.libraries.http, self.wiring.clock)
        return WeComApi(source, self.wiring.libraries.tokens)

    @cached_property
    def _sender(self) -> "AppSender":
        from cococat.core.weixin_media import MediaIds
        from cococat.core.weixin_sender import AppSender

        media = MediaIds(self.wiring.items, self.wiring.clock)
        public_http = self.wiring.libraries.public_http
        return AppSender(self._api, str(self._config["agent_id"]), media, public_http)

    @cached_property
    def _streams(self) -> "Streams":
        from cococat.core.weixin_stream import Streams

        wiring = self.wiring
        return Streams(wiring.items, wiring.clock, wiring.binding.address)

    @cached_property
    def _answers(self) -> "BotAnswers":
        from cococat.core.weixin_bot_answer import BotAnswers

        wiring = self.wiring
        return BotAnswers(
            wiring.items,
            wiring.clock,
            self._streams,
            self._vault,
            wiring.libraries.http,
            api_base(self._config),
        )

    @cached_property
    def _vault(self) -> Vault:
        return Vault(self._config, self.wiring.libraries.cipher)
