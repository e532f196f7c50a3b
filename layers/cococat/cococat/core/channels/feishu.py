"""
feishu: Feishu (飞书), and Lark, which is the same outside of mainland China.

    POST  the platform checks our URL (url_verification), tells of an event, or of a click on a
          card; plain, or sealed and signed
"""

import logging
import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from cococat.core import feishu_card_action, feishu_turns, in_time
from cococat.core.channels import Channel, Delivery, Fetched, Wiring
from cococat.core.errors import MalformedMessage, RequestRefused
from cococat.core.feishu_account import account_of
from cococat.core.feishu_event import Event, Handshake
from cococat.core.feishu_gate import FeishuGate
from cococat.core.feishu_sealing import EncryptKey
from cococat.core.feishu_turn import Turn
from cococat.core.feishu_turns import Listener
from cococat.core.http import Request, Response, json_response
from cococat.core.ids import message_id
from cococat.core.limits import Limits
from cococat.core.messages import Reply

# What sends is imported when something is sent: a door never does, and its platform waits.
if TYPE_CHECKING:
    from cococat.core.channel_status import PlatformEvent
    from cococat.core.feishu_api import FeishuApi
    from cococat.core.feishu_growing import GrowingCards
    from cococat.core.feishu_sending import FeishuSender
    from cococat.core.progress import Shown
    from cococat.core.reply_address import ReplyAddress

log = logging.getLogger(__name__)

CLICK_SECONDS = 2.0
"""Seconds for which the mailbox is waited for; the user's client waits for three in all."""
ACKNOWLEDGED = json_response(200, {})
TAKEN = "已收到，正在处理…"

_KIND = re.compile(r"[a-z0-9_.]{1,64}", re.ASCII)


class FeishuChannel(Channel):
    """The channel of one app."""

    channel_type = "feishu"
    resend_safe: ClassVar[bool] = True
    """For an hour, by its idempotency key; the outbox tries for minutes."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        self._scene_id = ""
        self._config: dict[str, Any] = {}

    @property
    def limits(self) -> Limits:
        """Return what the platform takes; of a card, its size as it is sent."""
        from cococat.core.feishu_cards import is_small

        return replace(super().limits, takes=is_small)

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the app's settings; API Gateway does the listening."""
        self._scene_id = scene_id
        self._config = config

    def send(self, reply: str, user_id: str) -> None:
        """
        Send *reply* to a person, as a text in their direct chat.

        Raises:
            DeliveryError: it did not arrive, or may not have.

        """
        import uuid

        from cococat.core.feishu_sending import plain
        from cococat.core.rendering import render

        for part in render(Reply(text=reply), self.limits):
            self._sender.send("open_id", user_id, plain(part.text), uuid.uuid4().hex)

    def answer(self, delivery: Delivery) -> None:
        """
        Deliver one part of an answer; see `AnswersInPlace`.

        Raises:
            DeliveryError: it did not arrive, or may not have.

        """
        if not (delivery.shown and self._growing.finish(delivery)):
            self._sender.deliver(delivery)

    def show(self, to: "ReplyAddress", text: str, shown: "Shown") -> "Shown":
        """
        Let a card show *text*, as far as the answer has grown; see `progress.ShowsProgress`.

        Raises:
            DeliveryError: the platform refuses it.
            PlatformUnreachable: it could not be asked, or its answer got lost.

        """
        return self._growing.show(to, text, shown)

    def check_credentials(self) -> bool:
        """Return whether Feishu gives a token for them, and learn who the app's bot is."""
        self._api.check()
        self.wiring.libraries.bots.keep(account_of(self._config).bot_key, self._api.bot())
        return True

    def fetch(self, ref: str) -> Fetched:
        """Return a file that came with a message; see `FetchesAttachments`."""
        from cococat.core import feishu_files

        return feishu_files.fetch(self._api, ref)

    def receive(self, request: Request) -> Response:
        """Answer the platform; see the module's own text."""
        if request.method != "POST":
            allowed = {"allow": "POST"}
            raise RequestRefused(405, "method_not_allowed", "This address takes POST.", allowed)
        said = self._gate.open(request)
        if isinstance(said, Handshake):
            return json_response(200, {"challenge": said.challenge})
        try:
            turn = feishu_turns.read(said, self._listener)
            if said.kind == feishu_card_action.KIND and turn is not None:
                return self._click(turn)
            is_told = turn is None or turn.message.msg_type == "event"
            told = self._told(said) if is_told else None
        except MalformedMessage as error:
            return self._left_aside(said, error)
        if turn is not None:
            self._route(turn)
        # Noted last: where that fails, the event comes again, and a message is not routed twice.
        if told is not None:
            self.wiring.events.note_event(self.wiring.binding.address, told)
        if turn is None:
            self._count("Ignored", said)
        return ACKNOWLEDGED

    def _left_aside(self, said: Event, error: MalformedMessage) -> Response:
        """Take what is of an unknown form: it is the platform's, and would come again in vain."""
        log.warning("an event is not of its form", extra={"fault": str(error)})
        self._count("Malformed", said)
        return ACKNOWLEDGED

    def _count(self, name: str, said: Event) -> None:
        kind = said.kind if _KIND.fullmatch(said.kind) else "other"
        self.wiring.counters.count(name, channel=self.channel_type, kind=kind)

    def _told(self, said: Event) -> "PlatformEvent | None":
        """Return what *said* tells of the app, for the status; such a thing is rare."""
        from cococat.core import feishu_lifecycle

        return feishu_lifecycle.read(said, self.wiring.binding.generation)

    def _click(self, turn: Turn) -> Response:
        """Take a click; the platform does not tell of it twice, so the user hears how it went."""
        is_taken = in_time.is_done(lambda: self._route(turn), CLICK_SECONDS)
        shown = ("info", TAKEN) if is_taken else ("error", in_time.NOT_TAKEN)
        return json_response(200, feishu_card_action.toast(*shown))

    def _route(self, turn: Turn) -> None:
        binding = self.wiring.binding
        identity = message_id(binding.address, None, turn.message.msg_id)
        self.wiring.router.route(binding, turn.message, identity, turn.in_place)

    @cached_property
    def _gate(self) -> FeishuGate:
        encrypt_keys = self._values("encrypt_key")
        return FeishuGate(
            str(self._config["app_id"]),
            [EncryptKey(key, self.wiring.libraries.cipher) for key in encrypt_keys],
            self._values("verification_token", "previous_token"),
            self.wiring.clock,
        )

    @cached_property
    def _api(self) -> "FeishuApi":
        from cococat.core.feishu_api import FeishuApi

        libraries = self.wiring.libraries
        account = account_of(self._config)
        return FeishuApi(account, libraries.http, libraries.tokens, self.wiring.clock)

    @cached_property
    def _sender(self) -> "FeishuSender":
        from cococat.core.feishu_sending import FeishuSender

        return FeishuSender(self._api, self.wiring.libraries.public_http, self.limits)

    @cached_property
    def _growing(self) -> "GrowingCards":
        from cococat.core.feishu_growing import GrowingCards

        return GrowingCards(self._api, self._sender, self.limits, self.wiring.clock)

    def _values(self, name: str, *earlier: str) -> list[str]:
        """Return what *name* holds and what it held before; nothing where it holds nothing."""
        if not self._config.get(name):
            return []  # an earlier one alone would be asked of an app that has none
        names = (name, f"previous_{name}", *earlier)
        return [str(self._config[each]) for each in names if self._config.get(each)]

    @cached_property
    def _listener(self) -> Listener:
        return Listener(
            scene_id=self._scene_id,
            everything=self._config.get("options", {}).get("groups") == "all",
            own=lambda: self.wiring.libraries.bots.get(account_of(self._config).bot_key),
        )
