"""
The WeChat platform with one Official Account, as our door meets it.

It seals and signs what users write, delivers it up to three times (each connection is cut
after 5 seconds), and opens the replies, refusing what the platform refuses. Its cryptography
is its own: the channel is not asked what is right.
Source: WeChat developer documentation, "Receiving standard messages", "Passive user reply
message", "Message encryption and decryption".
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from Crypto.Cipher import AES
from defusedxml.ElementTree import ParseError, fromstring

from cococat.core.http import Request, Response
from cococat.simulators.transport import Cut, Transport

DELIVERIES = 3
CUT_AFTER = 5.0
MAX_TEXT = 2048
OPEN_ID_LENGTH = 28


class OutOfOrder(Exception):
    """Raised when the user is told that the account is out of order; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """
    An Official Account's settings, as its console has them.

    Attributes:
        app_id: wx and 16 characters.
        token: signs.
        encoding_aes_key: seals; empty for an account in plain mode.
        original_id: what messages call the account.

    """

    app_id: str
    token: str = field(repr=False)
    encoding_aes_key: str = field(default="", repr=False)
    original_id: str = "gh_0123456789ab"


@dataclass(slots=True, kw_only=True)
class WeChatPlatform:
    """
    The platform's side of one account.

    Attributes:
        account: the account.
        transport: the way to our door.
        path: our callback's path.
        now: the time, seconds since 1970.
        pause: lets seconds pass.

    """

    account: Account
    transport: Transport
    path: str
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep

    def check_url(self) -> bool:
        """Ask our URL for its echo, as the console does, and return whether it was right."""
        echo = str(secrets.randbelow(10**19))
        query = self._query({}) | {"echostr": echo}
        answer = self.transport(Request(method="GET", path=self.path, query=urlencode(query)))
        return (answer.status, answer.body) == (HTTPStatus.OK, echo)

    def write(self, user: str, text: str, *, msg_id: str = "") -> str | None:
        """
        Let *user* write *text* and return what they read in answer; None for nothing.

        Raises:
            OutOfOrder: no delivery was answered as the platform wants it.

        """
        return self.deliver(self.text(user, text, msg_id=msg_id))

    def follow(self, user: str) -> str | None:
        """Let *user* follow the account and return what they read; see `write`."""
        return self.deliver(self._values(user, MsgType="event", Event="subscribe", EventKey=""))

    def text(self, user: str, text: str, *, msg_id: str = "") -> dict[str, str]:
        """Return the elements of the message that *text* becomes."""
        msg_id = msg_id or str(secrets.randbelow(2**63))
        return self._values(user, MsgType="text", Content=text, MsgId=msg_id)

    def deliver(self, values: dict[str, str]) -> str | None:
        """Deliver a message until a connection is answered; see `write`."""
        for _ in range(DELIVERIES):
            started = self.now()
            try:
                answer = self.transport(self.request(values))
            except Cut:
                answer = None
            in_time = self.now() - started < CUT_AFTER
            if answer is not None and answer.status == HTTPStatus.OK and in_time:
                return self.read(answer, values)
            self.pause(max(0.0, started + CUT_AFTER - self.now()))
        raise OutOfOrder("no delivery was answered")

    def request(self, values: dict[str, str]) -> Request:
        """Return the request that delivers *values*, signed and sealed as the account wants it."""
        body = to_xml(values)
        query = self._query(values)
        if self.account.encoding_aes_key:
            sealed = self.seal(body)
            query |= self._sealed_query(query, sealed)
            body = to_xml({"ToUserName": self.account.original_id, "Encrypt": sealed})
        return Request(
            method="POST",
            path=self.path,
            query=urlencode(query),
            headers={"content-type": "text/xml"},
            body=body.encode("utf-8"),
        )

    def read(self, answer: Response, values: dict[str, str]) -> str | None:
        """Return what the user reads of *answer*, or refuse it as the platform does."""
        if answer.body in ("", "success"):
            return None
        reply = _parse(answer.body)
        if self.account.encoding_aes_key:
            reply = _parse(self._open(reply))
        if (reply.get("ToUserName"), reply.get("FromUserName")) != (
            values["FromUserName"],
            values["ToUserName"],
        ):
            raise OutOfOrder("the reply goes to somebody else")
        content = reply.get("Content", "")
        if reply.get("MsgType") != "text" or not content or len(content.encode()) > MAX_TEXT:
            raise OutOfOrder("the reply is no text that the platform takes")
        return content

    def seal(self, body: str) -> str:
        """Return *body* sealed for the account."""
        message = body.encode("utf-8")
        plain = secrets.token_bytes(16) + len(message).to_bytes(4, "big") + message
        plain += self.account.app_id.encode("ascii")
        missing = 32 - len(plain) % 32
        encrypted = self._aes().encrypt(plain + bytes([missing] * missing))
        return base64.b64encode(encrypted).decode("ascii")

    def _values(self, user: str, **rest: str) -> dict[str, str]:
        common = {
            "ToUserName": self.account.original_id,
            "FromUserName": user,
            "CreateTime": str(int(self.now())),
        }
        return common | rest

    def _open(self, reply: dict[str, str]) -> str:
        parts = [reply.get(name, "") for name in ("TimeStamp", "Nonce", "Encrypt")]
        if reply.get("MsgSignature") != _signature(self.account.token, *parts):
            raise OutOfOrder("the reply's signature is wrong")
        try:
            plain = self._aes().decrypt(base64.b64decode(parts[2], validate=True))
            plain = plain[: -plain[-1]]
            length = int.from_bytes(plain[16:20], "big")
            message, receiver = plain[20 : 20 + length], plain[20 + length :]
            if receiver.decode("ascii") != self.account.app_id:
                raise OutOfOrder("the reply is sealed for another account")
            return message.decode("utf-8")
        except (ValueError, IndexError) as error:
            raise OutOfOrder("the reply is not sealed as it must be") from error

    def _aes(self) -> "AES.CbcMode":
        key = base64.b64decode(self.account.encoding_aes_key + "=")
        return AES.new(key, AES.MODE_CBC, key[:16])

    def _query(self, values: dict[str, str]) -> dict[str, str]:
        timestamp, nonce = str(int(self.now())), str(secrets.randbelow(10**10))
        query = {
            "signature": _signature(self.account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        user = values.get("FromUserName")
        return query | ({"openid": user} if user else {})

    def _sealed_query(self, query: dict[str, str], sealed: str) -> dict[str, str]:
        signature = _signature(self.account.token, query["timestamp"], query["nonce"], sealed)
        return {"encrypt_type": "aes", "msg_signature": signature}


def made_up_user() -> str:
    """Return an OpenID that no account gives to a person."""
    return f"o-verify-{secrets.token_hex(OPEN_ID_LENGTH)}"[:OPEN_ID_LENGTH]


def to_xml(values: dict[str, str]) -> str:
    """Return *values* as the platform writes them."""
    return f"<xml>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in values.items())}</xml>"


def _signature(*parts: str) -> str:
    joined = "".join(sorted(parts)).encode("utf-8")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def _parse(body: str) -> dict[str, str]:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError) as error:  # a DTD is a ValueError of defusedxml's
        raise OutOfOrder("the reply is no XML") from error
    return {child.tag: child.text or "" for child in root}
