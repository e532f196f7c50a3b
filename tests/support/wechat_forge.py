"""What a stranger, or a careless platform, might send to an account's door."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from cococat.core.http import Request
from cococat.core.sealing import sign
from cococat.simulators.wechat import Account, to_xml
from tests.support.clock import START
from tests.support.wechat import PATH, SAFE, USER
from tests.support.wechat_frames import encrypted, framed, padded

NONCE = "1514711492"
NOW = str(int(START))
MESSAGE = {
    "ToUserName": "gh_0123456789ab",
    "FromUserName": USER,
    "CreateTime": NOW,
    "MsgType": "text",
    "Content": "canary-content",
    "MsgId": "24600000000000001",
}

Query = dict[str, str] | str


@dataclass(frozen=True, kw_only=True)
class Forge:
    """
    Makes requests that are right but for what a test wants to be wrong.

    Attributes:
        account: whose door they go to.
        timestamp: of the request.
        nonce: of the request.
        token: signs.

    """

    account: Account = SAFE
    timestamp: str = NOW
    nonce: str = NONCE
    token: str = field(default=SAFE.token, repr=False)

    def signature(self, *more: str) -> str:
        """Return the signature over timestamp, nonce and *more*."""
        return sign(self.token, self.timestamp, self.nonce, *more)

    def query(self, sealed: str | None = None, **changes: str) -> dict[str, str]:
        """Return a good query for *sealed* (None: for a plain message), with *changes*."""
        good = {
            "signature": self.signature(),
            "timestamp": self.timestamp,
            "nonce": self.nonce,
            "openid": USER,
        }
        if sealed is not None:
            good |= {"encrypt_type": "aes", "msg_signature": self.signature(sealed)}
        return good | changes

    def post(self, body: str | bytes, query: Query) -> Request:
        """Return a POST of *body*."""
        raw = body.encode("utf-8") if isinstance(body, str) else body
        return Request(method="POST", path=PATH, query=_encoded(query), body=raw)

    def get(self, query: Query) -> Request:
        """Return a GET."""
        return Request(method="GET", path=PATH, query=_encoded(query))

    def plain(self, values: dict[str, str] | str | bytes = MESSAGE, **changes: str) -> Request:
        """Return a delivery of *values* in plain mode."""
        body = to_xml(values) if isinstance(values, dict) else values
        return self.post(body, self.query(**changes))

    def holding(self, inner: str | bytes, *, in_json: bool = False, **changes: str) -> Request:
        """Return a delivery whose envelope, in XML or in JSON, holds *inner*."""
        message = inner.encode("utf-8") if isinstance(inner, str) else inner
        return self.sealed(encrypted(padded(framed(message))), in_json=in_json, **changes)

    def sealed(self, text: str, *, in_json: bool = False, **changes: str) -> Request:
        """Return a delivery whose envelope is *text*, signed as it is."""
        values = {"ToUserName": MESSAGE["ToUserName"], "Encrypt": text}
        outer = json.dumps(values) if in_json else to_xml(values)
        return self.post(outer, self.query(text, **changes))

    def delivery(self, values: dict[str, str] | str | bytes = MESSAGE, **changes: str) -> Request:
        """Return a delivery of *values* in the account's own mode."""
        if not self.account.encoding_aes_key:
            return self.plain(values, **changes)
        return self.holding(
            to_xml(values) if isinstance(values, dict) else values, in_json=False, **changes
        )


def without(values: dict[str, str], *names: str) -> dict[str, str]:
    """Return *values* without *names*."""
    return {name: value for name, value in values.items() if name not in names}


def _encoded(query: Query) -> str:
    return query if isinstance(query, str) else urlencode(query)
