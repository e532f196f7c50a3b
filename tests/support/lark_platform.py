"""The Feishu platform whose every request lark-oapi, which knows nothing of us, has to accept."""

import json
import logging
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

from cococat.core.http import Request
from cococat.simulators.feishu import App, FeishuPlatform, Json
from tests.support import lark


class LarkPlatform(FeishuPlatform):
    """`FeishuPlatform` that shows each request to lark-oapi before it delivers it."""

    __slots__ = ()

    def request(self, envelope: Json, *, signed: bool = True) -> Request:
        """Return the request that delivers *envelope*, opened by lark-oapi first."""
        request = FeishuPlatform.request(self, envelope, signed=signed)
        judged = judge(self.app, request)
        assert judged.status == 200, judged
        return request


@dataclass(frozen=True, slots=True)
class Judged:
    """
    What lark-oapi makes of a request.

    Attributes:
        status: the status that it answers with.
        content: what it answers.
        read: the events that it has read, as plain values.

    """

    status: int
    content: str
    read: list[Json]


def judge(app: App, request: Request) -> Judged:
    """Return what lark-oapi's event handler of *app* makes of *request*."""
    tools = _tools()
    read: list[Json] = []

    def take(event: Any) -> None:  # noqa: ANN401 - untyped code
        read.append(json.loads(tools.json.marshal(event)))

    def click(event: Any) -> Any:  # noqa: ANN401 - untyped code
        take(event)
        return tools.clicked({})

    handler = tools.handler.builder(app.encrypt_key, app.verification_token)
    handler.register_p2_card_action_trigger(click)
    handler.register_p2_im_message_receive_v1(take)
    handler.register_p2_im_chat_member_bot_added_v1(take)
    handler.register_p1_customized_event("message", take)
    raw = tools.request()
    raw.uri, raw.body = "/", request.body
    # lark-oapi knows the headers by their exact names alone.
    raw.headers = {name.title(): value for name, value in request.headers.items()}
    answer = handler.build().do(raw)
    return Judged(answer.status_code, answer.content.decode("utf-8"), read)


@dataclass(frozen=True, slots=True)
class _Tools:
    """The parts of lark-oapi that judge."""

    handler: Any
    clicked: Any
    request: Any
    json: Any


@cache
def _tools() -> _Tools:
    with warnings.catch_warnings(action="ignore"):
        made = _Tools(
            handler=lark.event_handler(),
            clicked=lark.module(
                "event.callback.model.p2_card_action_trigger"
            ).P2CardActionTriggerResponse,
            request=lark.module("core.model").RawRequest,
            json=lark.module("core.json").JSON,
        )
    # It logs what it refuses, with all that was in it.
    logging.getLogger("Lark").disabled = True
    return made
