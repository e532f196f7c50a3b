"""
The door of a WeCom (企业微信) intelligent bot: messages, polls of their streams, events.

A message is answered at once with the name of its stream, and the polls for that bring the
answer. An event has no stream: a greeting is waited for in the response, and so is the card that
a tapped card becomes; what else is answered goes the one other way that the platform gives.
Source: WeCom developer documentation, "Intelligent bot: receiving messages" (100719), "Receiving
events" (101027), "Passive reply" (101031).
"""

import json
from typing import Any

from cococat.core import fields, text, weixin_bot_message
from cococat.core.channels import Wiring
from cococat.core.errors import MailboxUnavailable, MalformedMessage
from cococat.core.failures import log_failure
from cococat.core.http import Request, Response, text_response
from cococat.core.ids import is_id, message_id
from cococat.core.messages import FALLBACK_TEXT, Card, Reply
from cococat.core.patient_route import PatientRoute
from cococat.core.refusal import refused
from cococat.core.text import countable
from cococat.core.weixin_account import Vault, callbacks
from cococat.core.weixin_bot_content import Json
from cococat.core.weixin_bot_message import CARD, ENTER, BotMessage
from cococat.core.weixin_gate import WeComCallback, WeComGate
from cococat.core.weixin_stream import ALL, CARD_ALONE, FIRST_PART, Shown, Streams, said

EVENT_WAIT = 4.0
"""Seconds, counted from the platform's request, for which an event's answer is waited for."""
CARD_WAIT = 3.5
"""Seconds for which the mailbox is tried for a tap, which the platform sends once."""
AGAIN = "重试"
RESPONSE_URL = "response_url"
"""Where a reply address keeps, sealed, the address that one answer may be posted to."""
GROUP = "group"
"""What a reply address has where that address is a group's, which takes no cards."""


class BotDoor:
    """
    Takes the callbacks of one bot.

    Args:
        wiring: the channel's.
        scene_id: the scene that it belongs to.
        config: its settings.
        streams: its streams.
        vault: hides addresses.

    """

    def __init__(
        self,
        wiring: Wiring,
        scene_id: str,
        config: dict[str, Any],
        streams: Streams,
        vault: Vault,
    ) -> None:
        self._wiring = wiring
        self._clock = wiring.clock
        self._scene_id = scene_id
        self._config = config
        self._streams = streams
        self._vault = vault
        self._gate = WeComGate(callbacks(wiring, config), None)
        self._route = PatientRoute(wiring.router, wiring.binding, wiring.clock)

    def echo(self, request: Request) -> str:
        """Return what the platform wants to hear; see `WeComGate.echo`."""
        return self._gate.echo(request)

    def take(self, request: Request) -> Response:
        """
        Answer one callback.

        Raises:
            RequestRefused: it is not the platform's.
            MailboxUnavailable: no queue took the message.

        """
        callback = self._gate.open(request)
        try:
            source = self._source(callback)
            if weixin_bot_message.kind_of(source) == "stream":
                return self._poll(callback, weixin_bot_message.stream_of(source))
            asked = weixin_bot_message.read(
                source,
                scene_id=self._scene_id,
                asked_at=int(callback.sealed.timestamp),
                seal_ref=self._vault.hide,
            )
        except MalformedMessage as error:
            raise refused("message") from error
        if asked is None:
            return self._leave_aside(source)
        return self._answer(callback, asked, request.received_at or self._clock.now())

    def _source(self, callback: WeComCallback) -> Json:
        try:
            source: Json = text.clean_all(fields.parse_object(callback.sealed.message))
        except RecursionError as error:
            raise MalformedMessage("it is too deep") from error
        if fields.text(source, "aibotid") != self._config["bot_id"]:
            raise MalformedMessage("it is another bot's")
        return source

    def _answer(self, callback: WeComCallback, asked: BotMessage, started: float) -> Response:
        address, message = self._wiring.binding.address, asked.message
        identity = message_id(address, message.conversation_id, message.msg_id)
        in_place = self._in_place(asked)
        if asked.event == CARD:
            return self._take_tap(callback, asked, identity, started, in_place)
        self._route.route(message, identity, started, in_place)
        if asked.event == ENTER:
            return self._greet(callback, identity, started + EVENT_WAIT)
        return self._show(callback, identity, self._streams.begin(identity))

    def _poll(self, callback: WeComCallback, identity: str) -> Response:
        """Answer a poll; what is no stream of ours ends, so that nobody asks for it again."""
        shown = self._streams.poll(identity) if is_id(identity) else Shown("", finish=True)
        return self._show(callback, identity, shown)

    def _show(self, callback: WeComCallback, identity: str, shown: Shown) -> Response:
        stream = {"id": identity, "finish": shown.finish, "content": shown.content}
        if shown.card is None:
            return self._say(callback, {"msgtype": "stream", "stream": stream})
        card = _template_card(shown.card, identity)
        both = {"msgtype": "stream_with_template_card", "stream": stream, "template_card": card}
        return self._say(callback, both)

    def _greet(self, callback: WeComCallback, identity: str, deadline: float) -> Response:
        """Wait for the greeting, a card or a text: it has no other way than this response."""

        def choose(reply: Reply) -> int:
            return FIRST_PART if said(reply).lone_card is None else ALL

        reply = self._streams.once(identity, deadline, choose)
        if reply is None:
            return text_response(200, "")
        lone = said(reply).lone_card
        if lone is not None:
            card = _template_card(lone, identity)
            return self._say(callback, {"msgtype": "template_card", "template_card": card})
        greeting = {"content": _text_of(reply)}
        return self._say(callback, {"msgtype": "text", "text": greeting})

    def _take_tap(
        self,
        callback: WeComCallback,
        asked: BotMessage,
        identity: str,
        started: float,
        in_place: dict[str, str],
    ) -> Response:
        """
        Route a tap, and change the card in the response where its answer is one in time.

        Where no queue takes it, offer the user to tap again.
        """
        try:
            self._route.within(CARD_WAIT, asked.message, identity, started, in_place)
        except MailboxUnavailable as error:
            log_failure("a tap on a card was not taken", error)
            return self._say(callback, _changed(asked, self._try_again(asked)))

        def choose(reply: Reply) -> int:
            return CARD_ALONE if asked.task_id and said(reply).card is not None else 0

        reply = self._streams.once(identity, started + EVENT_WAIT, choose)
        card = None if reply is None else said(reply).card
        if card is None:
            return text_response(200, "")
        return self._say(callback, _changed(asked, _template_card(card, asked.task_id)))

    def _try_again(self, asked: BotMessage) -> Json:
        options = self._config.get("options", {})
        return {
            "card_type": "button_interaction",
            "main_title": {"title": str(options.get("fallback_text", FALLBACK_TEXT))},
            "button_list": [{"text": AGAIN, "style": 1, "key": asked.event_key}],
            "task_id": asked.task_id,
        }

    def _in_place(self, asked: BotMessage) -> dict[str, str]:
        if not asked.response_url:
            return {}
        group = {GROUP: "1"} if asked.is_group else {}
        return {RESPONSE_URL: self._vault.hide(asked.response_url)} | group

    def _leave_aside(self, source: Json) -> Response:
        kind = weixin_bot_message.event_of(source) or weixin_bot_message.kind_of(source)
        self._wiring.counters.count("Ignored", channel="weixin", kind=countable(kind))
        return text_response(200, "")

    def _say(self, callback: WeComCallback, answer: Json) -> Response:
        return self._gate.seal(json.dumps(answer, ensure_ascii=False), callback)


# What follows is imported where an answer is there: most callbacks have none, and a cold door is
# in a hurry.


def _text_of(reply: Reply) -> str:
    from cococat.core import weixin_bot_card

    return weixin_bot_card.as_text(reply).text


def _template_card(card: Card, task_id: str) -> Json:
    from cococat.core import weixin_body

    return weixin_body.template_card(card, task_id)


def _changed(tap: BotMessage, card: Json) -> Json:
    """Return the answer that makes *card* of the tapped one, for who tapped it."""
    return {
        "response_type": "update_template_card",
        "userids": [tap.message.user_id],
        "template_card": card,
    }
