"""
WeCom (企业微信) with one self-built application, as our door meets it.

It seals and signs what members do, and delivers it up to four times: each connection is cut
after 5 seconds, and three more follow. What is sent to the members is `weixin_api`'s.
Source: WeCom developer documentation, "Receiving messages" (90238, 90239, 90240), "Passive reply"
(90241), "Callback configuration" (90930).
"""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from defusedxml.ElementTree import ParseError, fromstring

from cococat.core.http import Request, Response
from cococat.simulators.sealing import Keys, NotTaken, OwnSeal, Seal
from cococat.simulators.transport import Cut, Transport

DELIVERIES = 4
CUT_AFTER = 5.0
NOTHING = ("", "success")
PASSIVE_KINDS = frozenset(
    {"text", "image", "voice", "video", "news", "update_button", "update_template_card"}
    | {"update_taskcard"}
)

Values = dict[str, "str | Values | list[str | Values]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """
    An application's settings, as its console has them.

    Attributes:
        corp_id: the company's id.
        agent_id: the application's number.
        secret: what its access tokens are for.
        token: signs.
        encoding_aes_key: seals.

    """

    corp_id: str
    agent_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)

    @property
    def keys(self) -> Keys:
        """Return what its callbacks are sealed with."""
        return Keys(
            token=self.token, encoding_aes_key=self.encoding_aes_key, receive_id=self.corp_id
        )


@dataclass(slots=True, kw_only=True)
class WeComPlatform:
    """
    The platform's side of one application.

    Attributes:
        app: the application.
        transport: the way to our door.
        path: our callback's path.
        now: the time, seconds since 1970.
        pause: lets seconds pass.
        make_seal: whose cryptography it has.
        as_json: whether it sends JSON, as Tencent's demos do, instead of XML.

    """

    app: App
    transport: Transport
    path: str
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    make_seal: Callable[[Keys], Seal] = OwnSeal
    as_json: bool = False

    @property
    def seal(self) -> Seal:
        """Return the application's seal."""
        return self.make_seal(self.app.keys)

    def check_url(self) -> bool:
        """Ask our URL for its echo, as the console does, and return whether it was right."""
        return check_url(self.seal, self.transport, self.path, self.now())

    def text(self, user: str, text: str, *, msg_id: str = "") -> Values:
        """Return the elements of the message that *text* becomes."""
        return self.message(user, "text", msg_id=msg_id, Content=text)

    def message(self, user: str, kind: str, *, msg_id: str = "", **rest: str) -> Values:
        """Return the elements of a message of *kind*."""
        msg_id = msg_id or str(secrets.randbelow(2**63))
        return self._values(user, kind) | rest | {"MsgId": msg_id}

    def event(self, user: str, name: str, **rest: "str | Values") -> Values:
        """Return the elements of the event *name*."""
        return self._values(user, "event") | {"Event": name, "EventKey": ""} | rest

    def deliver(self, values: Values) -> Values | None:
        """
        Deliver a message until a connection is answered; return its answer, None for nothing.

        Raises:
            NotTaken: no delivery was answered, or not as the platform takes it.

        """
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
        raise NotTaken("no delivery was answered")

    def request(self, values: Values) -> Request:
        """Return the request that delivers *values*."""
        if self.as_json:
            sealed = self.seal.close(json.dumps(_with_numbers(values), ensure_ascii=False))
            outer = {
                "tousername": self.app.corp_id,
                "encrypt": sealed,
                "agentid": self.app.agent_id,
            }
            return delivery(self.seal, self.path, sealed, json.dumps(outer), self.now())
        sealed = self.seal.close(to_xml(values))
        outer_xml = to_xml(
            {"ToUserName": self.app.corp_id, "AgentID": self.app.agent_id, "Encrypt": sealed}
        )
        return delivery(self.seal, self.path, sealed, outer_xml, self.now())

    def read(self, answer: Response, values: Values) -> Values | None:
        """
        Return what *answer* says, or None for nothing.

        Raises:
            NotTaken: the platform does not take it.

        """
        if answer.body in NOTHING:
            return None
        if self.as_json:
            reply: Values = json.loads(open_json(self.seal, answer.body))
        else:
            outer = _parse(answer.body)
            parts = (str(outer.get(each, "")) for each in _SEALED)
            reply = _parse(self.seal.open(*parts))
        expected = (values["FromUserName"], self.app.corp_id)
        if (reply.get("ToUserName"), reply.get("FromUserName")) != expected:
            raise NotTaken("the answer goes to somebody else")
        if reply.get("MsgType") not in PASSIVE_KINDS:
            raise NotTaken("there is no such passive answer")
        return reply

    def _values(self, user: str, kind: str) -> Values:
        return {
            "ToUserName": self.app.corp_id,
            "FromUserName": user,
            "CreateTime": str(int(self.now())),
            "MsgType": kind,
            "AgentID": self.app.agent_id,
        }


_SEALED = ("MsgSignature", "TimeStamp", "Nonce", "Encrypt")


def check_url(seal: Seal, transport: Transport, path: str, now: float) -> bool:
    """Ask the URL at *path* for its echo and return whether it was right."""
    echo = str(secrets.randbelow(10**19))
    sealed = seal.close(echo)
    query = signed(seal, sealed, now) | {"echostr": sealed}
    answer = transport(Request(method="GET", path=path, query=urlencode(query)))
    return (answer.status, answer.body) == (HTTPStatus.OK, echo)


def signed(seal: Seal, sealed: str, now: float) -> dict[str, str]:
    """Return the query of a callback with *sealed*."""
    timestamp, nonce = str(int(now)), str(secrets.randbelow(10**10))
    signature = seal.sign(timestamp, nonce, sealed)
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def delivery(seal: Seal, path: str, sealed: str, body: str, now: float) -> Request:
    """Return the request that brings *body*, in which *sealed* is."""
    query = urlencode(signed(seal, sealed, now))
    return Request(method="POST", path=path, query=query, body=body.encode("utf-8"))


def open_json(seal: Seal, body: str) -> str:
    """
    Return what a sealed answer in JSON holds.

    Raises:
        NotTaken: it is not of the form that Tencent's demos have.

    """
    try:
        outer: dict[str, str] = json.loads(body)
        parts = [outer[name] for name in ("msgsignature", "timestamp", "nonce", "encrypt")]
    except (ValueError, KeyError, TypeError) as error:
        raise NotTaken("the answer is no sealed JSON") from error
    return seal.open(*parts)


def to_xml(values: Values) -> str:
    """Return *values* as the platform writes them."""
    return f"<xml>{_children(values)}</xml>"


def made_up_user() -> str:
    """Return a member's id that no company gives to a person."""
    return f"verify-{secrets.token_hex(16)}"


def _children(values: Values) -> str:
    return "".join(
        f"<{name}>{_content(each)}</{name}>"
        for name, value in values.items()
        for each in (value if isinstance(value, list) else [value])
    )


def _content(value: "str | Values") -> str:
    return escape(value) if isinstance(value, str) else _children(value)


def _with_numbers(values: Values) -> dict[str, object]:
    """Return *values* with the numbers that the JSON of Tencent's demos has."""
    numbers = ("CreateTime", "MsgId", "AgentID")
    return {
        name: int(value) if name in numbers and isinstance(value, str) else value
        for name, value in values.items()
    }


def _parse(body: str) -> Values:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError) as error:  # a DTD is a ValueError of defusedxml's
        raise NotTaken("the answer is no XML") from error
    return {
        child.tag: {inner.tag: inner.text or "" for inner in child} or child.text or ""
        for child in root
    }
