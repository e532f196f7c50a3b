"""What a stranger, or a careless platform, might send to the door of an application or bot."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cococat.core.http import Request
from cococat.core.sealing import sign
from cococat.simulators.weixin import to_xml
from tests.support.clock import START
from tests.support.wechat_frames import encrypted, framed, padded
from tests.support.weixin import APP, BOT, PATH, TOKEN, USER

NONCE = "1514711492"
NOW = str(int(START))
MESSAGE: dict[str, Any] = {
    "ToUserName": APP.corp_id,
    "FromUserName": USER,
    "CreateTime": NOW,
    "MsgType": "text",
    "Content": "canary-content",
    "MsgId": "4561255354251345929",
    "AgentID": APP.agent_id,
}
BOT_MESSAGE: dict[str, Any] = {
    "msgid": "canary-msgid",
    "aibotid": BOT.bot_id,
    "chattype": "single",
    "from": {"userid": USER},
    "msgtype": "text",
    "response_url": "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=canary",
    "text": {"content": "canary-content"},
}
MODES = ("xml", "json", "bot")


@dataclass(frozen=True, kw_only=True)
class Forge:
    """
    Makes requests that are right but for what a test wants to be wrong.

    Attributes:
        mode: whose door they go to, and in which form: an application's in XML or JSON, a bot's.
        timestamp: of the request.
        nonce: of the request.
        token: signs.

    """

    mode: str = "xml"
    timestamp: str = NOW
    nonce: str = NONCE
    token: str = field(default=TOKEN, repr=False)

    @property
    def receive_id(self) -> bytes:
        """Return what good envelopes end with."""
        return b"" if self.mode == "bot" else APP.corp_id.encode()

    def signature(self, *more: str) -> str:
        """Return the signature over timestamp, nonce and *more*."""
        return sign(self.token, self.timestamp, self.nonce, *more)

    def query(self, sealed: str, **changes: str) -> dict[str, str]:
        """Return a good query for *sealed*, with *changes*."""
        good = {
            "msg_signature": self.signature(sealed),
            "timestamp": self.timestamp,
            "nonce": self.nonce,
        }
        return good | changes

    def post(self, body: str | bytes, query: dict[str, str] | str) -> Request:
        """Return a POST of *body*."""
        raw = body.encode("utf-8") if isinstance(body, str) else body
        return Request(method="POST", path=PATH, query=_encoded(query), body=raw)

    def get(self, query: dict[str, str] | str) -> Request:
        """Return a GET."""
        return Request(method="GET", path=PATH, query=_encoded(query))

    def outer(self, sealed: str) -> str:
        """Return the body around *sealed*."""
        if self.mode == "bot":
            return json.dumps({"encrypt": sealed})
        if self.mode == "json":
            outer = {"tousername": "another", "encrypt": sealed, "agentid": "another"}
            return json.dumps(outer)
        return to_xml({"ToUserName": "another", "AgentID": "another", "Encrypt": sealed})

    def inner(self, values: dict[str, Any] | None = None, **changes: Any) -> str:  # noqa: ANN401 - JSON
        """Return *values*, or a good message, with *changes*, as they are sealed."""
        good = BOT_MESSAGE if self.mode == "bot" else MESSAGE
        whole = (good if values is None else values) | changes
        return to_xml(whole) if self.mode == "xml" else json.dumps(whole)

    def seal(self, inner: str | bytes) -> str:
        """Return *inner* sealed as it must be."""
        message = inner.encode("utf-8") if isinstance(inner, str) else inner
        return encrypted(padded(framed(message, receive_id=self.receive_id)))

    def sealed(self, text: str, **changes: str) -> Request:
        """Return a delivery whose envelope is *text*, signed as it is."""
        return self.post(self.outer(text), self.query(text, **changes))

    def holding(self, inner: str | bytes) -> Request:
        """Return a delivery whose envelope holds *inner*."""
        return self.sealed(self.seal(inner))

    def delivery(self, values: dict[str, Any] | None = None, **changes: Any) -> Request:  # noqa: ANN401 - JSON
        """Return a delivery of *values*, or of a good message, with *changes*."""
        return self.holding(self.inner(values, **changes))

    def echo(self, echo: str = "1616140317555161061", **changes: str) -> Request:
        """Return the question about our URL that wants to hear *echo*."""
        sealed = self.seal(echo)
        return self.get(self.query(sealed, echostr=sealed) | changes)


def without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return *values* without *names*."""
    return {name: value for name, value in values.items() if name not in names}


def _encoded(query: dict[str, str] | str) -> str:
    return query if isinstance(query, str) else urlencode(query)
