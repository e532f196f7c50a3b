"""
wechat: WeChat Official Account (公众号), not to be taken for WeCom, which is `weixin`.

    GET   the platform checks our URL: a signed question, its echo is the answer
    POST  a message or event, plain or sealed; the response may hold the reply
"""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cococat.core import message_record, text
from cococat.core.callback_gate import Callback, CallbackGate
from cococat.core.channels import Channel, Delivery, Wiring
from cococat.core.errors import (
    DeliveryFailed,
    MalformedMessage,
    RequestRefused,
)
from cococat.core.http import Request, Response, text_response
from cococat.core.ids import message_id
from cococat.core.messages import ChatMessage
from cococat.core.passive_window import PassiveWindow, closes_at
from cococat.core.patient_route import PatientRoute
from cococat.core.refusal import refused
from cococat.core.rendering import render
from cococat.core.sealing import Envelope
from cococat.core.token_record import account_key
from cococat.core.wechat_api import API_BASE, WeChatTokenSource
from cococat.core.wechat_message import reply_to, to_chat_message

PASSIVE_WAIT = 4.5
"""Seconds, counted from the platform's request, for which its answer may be waited for."""
SUCCESS = "success"


class WeChatChannel(Channel):
    """The channel of one Official Account."""

    channel_type = "wechat"

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        self._scene_id = ""
        self._config: dict[str, Any] = {}
        self._window = PassiveWindow(wiring.items, wiring.clock)
        self._route = PatientRoute(wiring.router, wiring.binding, wiring.clock)

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the account's settings; API Gateway does the listening."""
        self._scene_id = scene_id
        self._config = config

    def send(self, reply: str, user_id: str) -> None:  # noqa: ARG002 - the owner's contract
        """
        Refuse: this version answers in the platform's own request, and nowhere else.

        Raises:
            DeliveryFailed: always.

        """
        raise DeliveryFailed("window_closed")

    def check_credentials(self) -> bool:
        """Return whether WeChat gives a token for them; without an AppSecret nobody can tell."""
        if "app_secret" not in self._config:
            return False
        source = WeChatTokenSource(
            app_id=str(self._config["app_id"]),
            app_secret=str(self._config["app_secret"]),
            api_base=str(self._config.get("api_base", API_BASE)),
            http=self.wiring.libraries.http,
            clock=self.wiring.clock,
        )
        key = account_key(source.api_base, source.app_id, source.app_secret)
        self.wiring.libraries.tokens.get(key, source)
        return True

    def turn(self, delivery: Delivery) -> int:
        """Return the seconds until the passive window is over, if no response had the answer."""
        record = message_record.load(self.wiring.items, delivery.to.message_id)
        if record is None or record.given:
            return 0
        return max(0, math.ceil(closes_at(record) - self.wiring.clock.now()))

    def answer(self, delivery: Delivery) -> None:
        """
        Note that a response had the first part, or send it where none may have it any more.

        Raises:
            DeliveryFailed: `window_closed`.

        """
        record = message_record.load(self.wiring.items, delivery.to.message_id)
        was_given = delivery.number == 1 and record is not None and not self._window.take(record)
        if not was_given:
            self.send(delivery.part.text, delivery.to.user_id)

    def receive(self, request: Request) -> Response:
        """Answer the platform; see the module's own text."""
        if request.method == "GET":
            return text_response(200, self._gate.echo(request))
        if request.method == "POST":
            return self._take(request)
        allowed = {"allow": "GET, POST"}
        raise RequestRefused(405, "method_not_allowed", "This address takes GET and POST.", allowed)

    def _take(self, request: Request) -> Response:
        callback = self._gate.open(request)
        try:
            message = to_chat_message(callback.values, self._scene_id)
        except MalformedMessage as error:
            raise refused("message") from error
        if message is None:
            kind = _kind(callback.values)
            self.wiring.counters.count("Ignored", channel=self.channel_type, kind=kind)
            return text_response(200, SUCCESS)
        return self._answer_in_place(request, callback, message)

    @cached_property
    def _gate(self) -> CallbackGate:
        is_sealed = self._config.get("mode", "safe" if self._keys else "plain") != "plain"
        app_id, libraries = str(self._config["app_id"]), self.wiring.libraries
        envelope = Envelope(self._keys, app_id, libraries.cipher) if is_sealed else None
        tokens = self._values("token", "previous_token")
        return CallbackGate(tokens, envelope, libraries.xml, self.wiring.clock)

    @property
    def _keys(self) -> list[str]:
        return self._values("encoding_aes_key", "previous_encoding_aes_key")

    def _values(self, *names: str) -> list[str]:
        return [str(self._config[name]) for name in names if name in self._config]

    def _answer_in_place(
        self, request: Request, callback: Callback, message: ChatMessage
    ) -> Response:
        """Put *message* into the mailbox, then wait for the answer as long as the platform does."""
        started = request.received_at or self.wiring.clock.now()
        address = self.wiring.binding.address
        identity = message_id(address, message.conversation_id, message.msg_id)
        self._route.route(message, identity, started)
        delivery = self._window.count_in(identity, address)
        reply = self._window.wait(delivery, started + self._passive_wait)
        if reply is None:
            return text_response(200, SUCCESS)
        first = render(reply, self.limits)[0]
        values = reply_to(callback.values, first.text, int(self.wiring.clock.now()))
        content_type = "application/json" if callback.is_json else "application/xml"
        return text_response(200, self._gate.answer(values, callback), content_type)

    @property
    def _passive_wait(self) -> float:
        options = self._config.get("options", {})
        return float(options.get("passive_wait", PASSIVE_WAIT))


def _kind(values: Mapping[str, str]) -> str:
    """Return the kind of a message that is left aside."""
    is_event = values["MsgType"] == "event"
    return text.countable(values.get("Event", "") if is_event else values["MsgType"])
