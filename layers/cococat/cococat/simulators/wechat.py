"""
The WeChat platform with one Official Account, as our door meets it.

It seals and signs what users write, delivers it up to three times (each connection is cut
after 5 seconds), and opens the replies, refusing what the platform refuses. Its cryptography
is its own: the channel is not asked what is right.
Source: WeChat developer documentation, "Receiving standard messages", "Passive user reply
message", "Message encryption and decryption".
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from defusedxml.ElementTree import ParseError, fromstring

from cococat.core.http import Request, Response
from cococat.simulators.sealing import Keys, NotTaken, OwnSeal
from cococat.simulators.transport import Cut, Transport
from cococat.simulators.wechat_users import Users, as_seen

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
        in_json: whether its messages come as JSON.
        is_compatible: whether they hold both the plain and the sealed form.

    """

    app_id: str
    token: str = field(repr=False)
    encoding_aes_key: str = field(default="", repr=False)
    original_id: str = "gh_0123456789ab"
    in_json: bool = False
    is_compatible: bool = False


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
        users: the account's followers, and what they see.
        deliveries: how often it delivers what is not answered.

    """

    account: Account
    transport: Transport
    path: str
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    users: Users = field(default_factory=Users)
    deliveries: int = DELIVERIES

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

    def picture(self, user: str, media_id: str) -> dict[str, str]:
        """Return the elements of the message that a picture becomes."""
        url, msg_id = f"http://mmbiz.qpic.cn/{media_id}", str(secrets.randbelow(2**63))
        values = {"PicUrl": url, "MediaId": media_id, "MsgId": msg_id}
        return self._values(user, MsgType="image", **values)

    def deliver(self, values: dict[str, str]) -> str | None:
        """Deliver a message until a connection is answered; see `write`."""
        user = values["FromUserName"]
        did = "event" if values["MsgType"] == "event" else "message"
        self.users.act(user, did, self.now())
        for _ in range(self.deliveries):
            started = self.now()
            try:
                answer = self.transport(self.request(values))
            except Cut:
                answer = None
            in_time = self.now() - started < CUT_AFTER
            if answer is not None and answer.status == HTTPStatus.OK and in_time:
                said = self.read(answer, values)
                if said is not None:
                    self.users.see(user, said)
                return said
            self.pause(max(0.0, started + CUT_AFTER - self.now()))
        raise OutOfOrder("no delivery was answered")

    def request(self, values: dict[str, str]) -> Request:
        """Return the request that delivers *values*, signed and sealed as the account wants it."""
        body = self._written(values)
        query = self._query(values)
        if self.account.encoding_aes_key:
            sealed = self.seal(body)
            query |= self._sealed_query(query, sealed)
            plain = values if self.account.is_compatible else {}
            outer = {"ToUserName": self.account.original_id} | plain | {"Encrypt": sealed}
            body = self._written(outer)
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
        reply = self._parse(answer.body)
        if self.account.encoding_aes_key:
            reply = self._parse(self._open(reply))
        if (reply.get("ToUserName"), reply.get("FromUserName")) != (
            values["FromUserName"],
            values["ToUserName"],
        ):
            raise OutOfOrder("the reply goes to somebody else")
        return _seen(reply)

    def seal(self, body: str) -> str:
        """Return *body* sealed for the account."""
        return self._seal().close(body)

    def _written(self, values: dict[str, str]) -> str:
        return to_json(values) if self.account.in_json else to_xml(values)

    def _parse(self, body: str) -> dict[str, str]:
        return _parse_json(body) if self.account.in_json else _parse(body)

    def _values(self, user: str, **rest: str) -> dict[str, str]:
        common = {
            "ToUserName": self.account.original_id,
            "FromUserName": user,
            "CreateTime": str(int(self.now())),
        }
        return common | rest

    def _open(self, reply: dict[str, str]) -> str:
        parts = (reply.get(name, "") for name in ("MsgSignature", "TimeStamp", "Nonce", "Encrypt"))
        try:
            return self._seal().open(*parts)
        except NotTaken as error:
            raise OutOfOrder(str(error)) from error

    def _seal(self) -> OwnSeal:
        account = self.account
        return OwnSeal(
            Keys(
                token=account.token,
                encoding_aes_key=account.encoding_aes_key,
                receive_id=account.app_id,
            )
        )

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


def to_json(values: dict[str, str]) -> str:
    """Return *values* as the platform writes them in JSON."""
    numbers = {"CreateTime", "MsgId"}
    said = {name: int(v) if name in numbers and v.isdigit() else v for name, v in values.items()}
    return json.dumps(said, ensure_ascii=False)


def _seen(reply: dict[str, str]) -> str:
    """Return what is read of *reply*, or refuse it."""
    match reply.get("MsgType"):
        case "text":
            content = reply.get("Content", "")
            if content and len(content.encode()) <= MAX_TEXT:
                return content
        case "image" | "voice" as kind if reply.get(f"{kind.capitalize()}/MediaId"):
            return as_seen(kind, {"media_id": reply[f"{kind.capitalize()}/MediaId"]})
        case "news" if reply.get("ArticleCount") == "1":
            names = {"title": "Title", "url": "Url", "description": "Description"}
            article = {key: reply.get(f"Articles/item/{name}", "") for key, name in names.items()}
            return as_seen("news", {"articles": [article]})
    raise OutOfOrder("the reply is nothing that the platform takes")


_MEDIA = ("Image", "Voice")


def _signature(*parts: str) -> str:
    joined = "".join(sorted(parts)).encode("utf-8")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def _parse(body: str) -> dict[str, str]:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError) as error:  # a DTD is a ValueError of defusedxml's
        raise OutOfOrder("the reply is no XML") from error
    return _paths(root, "")


def _paths(element: Iterable[Any], prefix: str) -> dict[str, str]:
    """Return the texts below *element* by their paths."""
    texts: dict[str, str] = {}
    for child in element:
        texts[prefix + child.tag] = child.text or ""
        texts |= _paths(child, f"{prefix}{child.tag}/")
    return texts


def _parse_json(body: str) -> dict[str, str]:
    try:
        reply = json.loads(body)
    except ValueError as error:
        raise OutOfOrder("the reply is no JSON") from error
    texts = {name: str(value) for name, value in reply.items()}
    texts |= {f"{kind}/MediaId": reply[kind]["MediaId"] for kind in _MEDIA if kind in reply}
    for article in reply.get("Articles", []):
        texts |= {f"Articles/item/{name}": value for name, value in article.items()}
    return texts
