"""
wechat: WeChat Official Account (公众号), not to be taken for WeCom, which is `weixin`.

    GET   the platform checks our URL: a signed question, its echo is the answer
    POST  a message or event, plain or sealed; the response may hold the reply

`wechat_door` has what comes in, `wechat_outlet` what goes out otherwise.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cococat.core.callback_gate import Callback, CallbackGate
from cococat.core.channels import Channel, Delivery, Fetched, Spared, Wiring
from cococat.core.errors import (
    AttachmentRefused,
    DeliveryDelayed,
    DeliveryError,
    DeliveryFailed,
    MalformedMessage,
    OperatorNeeded,
    PlatformUnreachable,
    RequestRefused,
)
from cococat.core.http import Request, Response, text_response
from cococat.core.ids import message_id
from cococat.core.messages import Reply
from cococat.core.opened_files import MAX_SIZE
from cococat.core.passive_window import PassiveWindow
from cococat.core.patient_route import PatientRoute
from cococat.core.progress import Shown
from cococat.core.refusal import refused
from cococat.core.reply_address import ReplyAddress
from cococat.core.sealing import Envelope
from cococat.core.text import countable
from cococat.core.wechat_door import PASSIVE_WAIT, Arrival, WeChatDoor
from cococat.core.wechat_errors import MEDIA_GONE, NO_RIGHT
from cococat.core.wechat_forms import Form, to_passive
from cococat.core.wechat_message import kind_of, to_chat_message
from cococat.core.wechat_pending import PendingAnswers
from cococat.core.wechat_right import ServiceRight

if TYPE_CHECKING:
    from cococat.core.wechat_api import WeChatApi
    from cococat.core.wechat_outlet import WeChatOutlet

SUCCESS = "success"
ACKNOWLEDGED = text_response(200, SUCCESS)


class WeChatChannel(Channel):
    """The channel of one Official Account."""

    channel_type = "wechat"

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        self._scene_id = ""
        self._config: dict[str, Any] = {}
        self._working_on = ""
        self._window = PassiveWindow(wiring.items, wiring.clock)
        self._pending = PendingAnswers(wiring.items, wiring.binding.address, wiring.clock)

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the account's settings; API Gateway does the listening."""
        self._scene_id = scene_id
        self._config = config

    def send(self, reply: str, user_id: str) -> None:
        """
        Send *reply* as customer-service messages.

        Raises:
            DeliveryError: it was not sent: `no_service_right` where the account may not.
            PlatformUnreachable: WeChat could not be asked, or may have been.

        """
        from cococat.core.rendering import render

        for part in render(Reply(text=reply), self.limits):
            self._outlet.show(part, user_id)

    def check_credentials(self) -> bool:
        """Return whether WeChat gives a token for them; without an AppSecret nobody can tell."""
        if "app_secret" not in self._config:
            return False
        self._api.check()
        return True

    def turn(self, delivery: Delivery) -> int:
        """Return the seconds until the passive window is over, if no response had the answer."""
        return self._outlet.turn(delivery)

    def answer(self, delivery: Delivery) -> Spared | None:
        """Send one part of an answer, or let it wait; see `WeChatOutlet.answer`."""
        return self._outlet.answer(delivery)

    def show(self, to: ReplyAddress, text: str, shown: Shown) -> Shown:
        """Show that an answer is being written; WeChat can't show what it says so far."""
        is_first, self._working_on = self._working_on != to.message_id, to.message_id
        if text or is_first:  # most answers are there before a second sign is due
            return shown
        until = self._outlet.type_to(to.user_id, float(shown.get("typing_until", "0")))
        return {"typing_until": str(until)}

    def fetch(self, ref: str) -> Fetched:
        """Return the file with media id *ref*; WeChat keeps it for three days."""
        if "app_secret" not in self._config:
            raise AttachmentRefused("not_supported")
        try:
            answer = self._api.media(ref, MAX_SIZE)
        except DeliveryError as error:
            is_for_now = isinstance(error, DeliveryDelayed | OperatorNeeded)
            if is_for_now and error.code != MEDIA_GONE:
                raise PlatformUnreachable(error.code) from error
            raise AttachmentRefused("gone") from error
        return Fetched(
            content_type=answer.headers.get("content-type", ""), pieces=iter([answer.body])
        )

    def receive(self, request: Request) -> Response:
        """Answer the platform; see the module's own text."""
        if request.method == "POST":
            return self._take(request)
        if request.method == "GET":
            return text_response(200, self._gate.echo(request))
        allowed = {"allow": "GET, POST"}
        raise RequestRefused(405, "method_not_allowed", "This address takes GET and POST.", allowed)

    def _take(self, request: Request) -> Response:
        callback = self._gate.open(request)
        values = callback.values
        try:
            message = to_chat_message(values, self._scene_id)
        except MalformedMessage as error:
            raise refused("message") from error
        if message is None:
            kind = countable(kind_of(values))
            self.wiring.counters.count("Ignored", channel=self.channel_type, kind=kind)
            return ACKNOWLEDGED
        address = self.wiring.binding.address
        arrival = Arrival(
            message=message,
            identity=message_id(address, message.conversation_id, message.msg_id),
            started=request.received_at or self.wiring.clock.now(),
            created=int(values["CreateTime"]),
        )
        form = self._door.take(arrival)
        return ACKNOWLEDGED if form is None else self._say(form, callback)

    def _say(self, form: Form, callback: Callback) -> Response:
        """Return *form* as the response to *callback*: to who wrote, from the account."""
        values = {
            "ToUserName": callback.values["FromUserName"],
            "FromUserName": callback.values["ToUserName"],
            "CreateTime": int(self.wiring.clock.now()),
            **to_passive(form),
        }
        content_type = "application/json" if callback.is_json else "application/xml"
        return text_response(200, self._gate.answer(values, callback), content_type)

    @cached_property
    def _gate(self) -> CallbackGate:
        keys = self._values("encoding_aes_key", "previous_encoding_aes_key")
        is_sealed = self._config.get("mode", "safe" if keys else "plain") != "plain"
        app_id, libraries = str(self._config["app_id"]), self.wiring.libraries
        envelope = Envelope(keys, app_id, libraries.cipher) if is_sealed else None
        tokens = self._values("token", "previous_token")
        return CallbackGate(tokens, envelope, libraries.xml, self.wiring.clock)

    @cached_property
    def _door(self) -> WeChatDoor:
        wiring = self.wiring
        return WeChatDoor(
            address=wiring.binding.address,
            route=PatientRoute(wiring.router, wiring.binding, wiring.clock),
            window=self._window,
            pending=self._pending,
            right=self._right,
            clock=wiring.clock,
            passive_wait=self._passive_wait,
        )

    @cached_property
    def _outlet(self) -> "WeChatOutlet":
        # Here, because a door needs none of it.
        from cococat.core.wechat_outlet import WeChatOutlet

        wiring = self.wiring
        return WeChatOutlet(
            items=wiring.items,
            window=self._window,
            pending=self._pending,
            right=self._right,
            api=lambda: self._api,
            files=wiring.libraries.public_http,
            clock=wiring.clock,
            passive_wait=self._passive_wait,
        )

    @cached_property
    def _right(self) -> ServiceRight:
        wiring = self.wiring
        return ServiceRight(wiring.items, wiring.binding, wiring.events, wiring.clock)

    @cached_property
    def _api(self) -> "WeChatApi":
        if "app_secret" not in self._config:
            raise DeliveryFailed(NO_RIGHT)
        from cococat.core.wechat_api import API_BASE, WeChatApi, WeChatTokenSource

        source = WeChatTokenSource(
            app_id=str(self._config["app_id"]),
            app_secret=str(self._config["app_secret"]),
            api_base=str(self._config.get("api_base", API_BASE)),
            http=self.wiring.libraries.http,
            clock=self.wiring.clock,
        )
        return WeChatApi(source, self.wiring.libraries.tokens)

    @property
    def _passive_wait(self) -> float:
        options = self._config.get("options", {})
        return float(options.get("passive_wait", PASSIVE_WAIT))

    def _values(self, *names: str) -> list[str]:
        return [str(self._config[name]) for name in names if name in self._config]
