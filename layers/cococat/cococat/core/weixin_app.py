"""
The door of a WeCom (企业微信) application: its callbacks, and the one answer that they may have.

An answer comes by the API, so the platform is told at once that we have the message, with an
empty body; only a tapped button is greyed in the response.
Source: WeCom developer documentation, "Receiving messages" (90238) and "Passive reply" (90241).
"""

import logging
import re
from typing import Any

from cococat.core import (
    json_message,
    weixin_event,
    weixin_message,
    weixin_passive,
    weixin_values,
    xml_message,
)
from cococat.core.channels import Wiring
from cococat.core.errors import MalformedMessage
from cococat.core.http import Request, Response, text_response
from cococat.core.ids import message_id
from cococat.core.messages import ChatMessage
from cococat.core.patient_route import PatientRoute
from cococat.core.refusal import refused
from cococat.core.text import countable
from cococat.core.weixin_account import callbacks
from cococat.core.weixin_gate import WeComCallback, WeComGate
from cococat.core.xml_message import Elements

log = logging.getLogger(__name__)

RESPONSE_CODE = "response_code"
"""Where a reply address keeps the code that a card is changed with."""

_CODE = re.compile(r"[\x21-\x7e]{1,1024}", re.ASCII)


class AppDoor:
    """
    Takes the callbacks of one application.

    Args:
        wiring: the channel's.
        scene_id: the scene that it belongs to.
        config: its settings.

    """

    def __init__(self, wiring: Wiring, scene_id: str, config: dict[str, Any]) -> None:
        self._wiring = wiring
        self._scene_id = scene_id
        self._config = config
        self._gate = WeComGate(callbacks(wiring, config), wiring.libraries.xml)
        self._route = PatientRoute(wiring.router, wiring.binding, wiring.clock)

    def echo(self, request: Request) -> str:
        """Return what the platform wants to hear; see `WeComGate.echo`."""
        return self._gate.echo(request)

    def take(self, request: Request) -> Response:
        """
        Put the message that *request* holds into the mailbox, and acknowledge it.

        Raises:
            RequestRefused: it is not the platform's.
            MailboxUnavailable: no queue took it.

        """
        callback = self._gate.open(request)
        try:
            values = weixin_values.read(callback.sealed.message, self._wiring.libraries.xml)
            message, in_place = self._read(values), _in_place(values)
        except MalformedMessage as error:
            raise refused("message") from error
        if message is None:
            self._leave_aside(values)
            return text_response(200, "")
        started = request.received_at or self._wiring.clock.now()
        address = self._wiring.binding.address
        identity = message_id(address, message.conversation_id, message.msg_id)
        self._route.route(message, identity, started, in_place)
        return self._acknowledge(callback, values)

    def _read(self, values: Elements) -> ChatMessage | None:
        """
        Return the message, or None for what is no member's turn.

        All applications of a company seal for the same receiver, so only the number inside
        tells whose a message is; nothing that a member does comes without it.
        """
        if weixin_values.text(values, "ToUserName") != self._config["corp_id"]:
            raise MalformedMessage("it is another company's")
        agent_id = values.get("AgentID")
        if agent_id is not None and agent_id != self._config["agent_id"]:
            raise MalformedMessage("it is another application's")
        is_event = weixin_message.kind_of(values) == "event"
        if weixin_values.text(values, "FromUserName").lower() == weixin_message.SYSTEM:
            return None
        said = weixin_event.read(values) if is_event else weixin_message.read(values)
        if said is None:
            return None
        if agent_id is None:
            raise MalformedMessage("it is no application's")
        return weixin_message.to_chat_message(values, said, self._scene_id)

    def _leave_aside(self, values: Elements) -> None:
        """Count what is nobody's turn; tell the operator what the platform has done."""
        is_event = weixin_message.kind_of(values) == "event"
        name = weixin_event.name_of(values) if is_event else weixin_message.kind_of(values)
        self._wiring.counters.count("Ignored", channel="weixin", kind=countable(name))
        if name in weixin_event.OF_THE_OPERATOR:
            log.warning("the platform has changed the application", extra={"event": name})

    def _acknowledge(self, callback: WeComCallback, values: Elements) -> Response:
        now = int(self._wiring.clock.now())
        answer = weixin_passive.greyed(values, str(self._config["corp_id"]), now)
        if answer is None:
            return text_response(200, "")
        write = json_message.write if callback.is_json else xml_message.write
        return self._gate.seal(write(answer), callback)


def _in_place(values: Elements) -> dict[str, str]:
    """Return what an answer needs to change the card that was tapped."""
    if not values.get("ResponseCode"):
        return {}
    return {RESPONSE_CODE: weixin_values.matching(values, "ResponseCode", _CODE)}
