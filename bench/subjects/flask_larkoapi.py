"""The same job for Feishu: Flask and lark-oapi, on Lambda by a WSGI adapter."""

from typing import Any

import lark_oapi
from flask import Flask, Response
from lark_oapi.adapter.flask import parse_req, parse_resp

from bench.subjects import feishu_facts
from bench.subjects.wsgi import answering, prepare

app = Flask(__name__)
seen: dict[str, str] = {}


def take(event: Any) -> None:  # noqa: ANN401 - untyped code
    """Take a message unless it is a repeat."""
    message = event.event.message
    seen.setdefault(message.message_id, message.content)


handler = (
    lark_oapi.EventDispatcherHandler.builder(feishu_facts.ENCRYPT_KEY, feishu_facts.TOKEN)
    .register_p2_im_message_receive_v1(take)
    .build()
)


@app.post("/api/channel/feishu/<scene>")
def receive(scene: str) -> Response:  # noqa: ARG001 - part of the path
    """Verify, open and parse an event."""
    answered: Response = parse_resp(handler.do(parse_req()))
    return answered


answer = answering(app)


def taken() -> list[str]:
    """Return the ids of the messages that were taken since the last call."""
    ids = list(seen)
    seen.clear()
    return ids


__all__ = ["answer", "prepare", "taken"]
