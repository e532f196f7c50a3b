"""
WeCom (企业微信) with one intelligent bot, as our door meets it.

A message is delivered, its stream is polled until it is finished or six minutes are over, and an
address for one more answer goes with it. Taps on cards are delivered once.
Source: WeCom developer documentation, "Intelligent bot" (100719, 101027, 101031, 101138).
"""

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cococat.core.http import Request, Response
from cococat.simulators import aes
from cococat.simulators.sealing import Keys, NotTaken, OwnSeal, Seal
from cococat.simulators.transport import Cut, Transport
from cococat.simulators.weixin import CUT_AFTER, check_url, delivery, open_json
from cococat.simulators.weixin_message import GROUP, MessageRefused, check_card

API_BASE = "https://qyapi.weixin.qq.com"
POLL_EVERY = 1.0
POLLS_END = 360.0
MAX_CONTENT = 20480
BLOCK = 32
TAP = "template_card_event"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """
    A bot's settings, as its console has them.

    Attributes:
        bot_id: the bot's id.
        token: signs.
        encoding_aes_key: seals.

    """

    bot_id: str
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)

    @property
    def keys(self) -> Keys:
        """Return what its callbacks are sealed with."""
        return Keys(token=self.token, encoding_aes_key=self.encoding_aes_key, receive_id="")


@dataclass(slots=True, kw_only=True)
class BotPlatform:
    """
    The platform's side of one bot.

    Attributes:
        bot: the bot.
        transport: the way to our door.
        path: our callback's path.
        now: the time, seconds since 1970.
        pause: lets seconds pass.
        make_seal: whose cryptography it has.
        api_base: where answers may be posted to.

    """

    bot: Bot
    transport: Transport
    path: str
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    make_seal: Callable[[Keys], Seal] = OwnSeal
    api_base: str = API_BASE
    _with_card: set[str] = field(default_factory=set)

    @property
    def seal(self) -> Seal:
        """Return the bot's seal."""
        return self.make_seal(self.bot.keys)

    def check_url(self) -> bool:
        """Ask our URL for its echo, as the console does, and return whether it was right."""
        return check_url(self.seal, self.transport, self.path, self.now())

    def text(self, user: str, text: str, *, msg_id: str = "", group: str = "") -> Json:
        """Return the message that *text* of *user* becomes, in *group* or between the two."""
        return self.message(user, "text", {"content": text}, msg_id=msg_id, group=group)

    def message(
        self, user: str, kind: str, content: Json, *, msg_id: str = "", group: str = ""
    ) -> Json:
        """Return a message of *kind* with an address for one answer."""
        common = self._common(user, kind, msg_id=msg_id, group=group)
        return common | self._address(group) | {kind: content}

    def event(self, user: str, name: str, content: Json | None = None, *, group: str = "") -> Json:
        """Return the event *name*; a tap on a card comes with an address as messages do."""
        event = {"eventtype": name} | ({name: content} if content is not None else {})
        address = self._address(group) if name == TAP else {}
        created = {"create_time": int(self.now())}
        return self._common(user, "event", group=group) | address | created | {"event": event}

    def tap(self, user: str, card: Json, key: str, *, group: str = "") -> Json:
        """Return the event of *user*'s tap on the button of *card* with *key*."""
        if key not in {button["key"] for button in card["button_list"]}:
            raise NotTaken("there is no such button")
        content = {name: card[name] for name in ("card_type", "task_id")} | {"event_key": key}
        return self.event(user, TAP, content, group=group)

    def poll(self, stream: str, user: str) -> Json:
        """Return the question for more of *stream*."""
        return self._common(user, "stream") | {"stream": {"id": stream}}

    def seal_file(self, content: bytes) -> bytes:
        """Return *content* as the platform keeps it: sealed without a frame."""
        key, missing = (
            base64.b64decode(f"{self.bot.encoding_aes_key}="),
            BLOCK - len(content) % BLOCK,
        )
        return aes.encrypted(key, key[:16], content + bytes([missing] * missing))

    def request(self, values: Json) -> Request:
        """Return the request that delivers *values*."""
        sealed = self.seal.close(json.dumps(values))
        return delivery(self.seal, self.path, sealed, json.dumps({"encrypt": sealed}), self.now())

    def ask(self, values: Json) -> Json | None:
        """
        Deliver *values* once and return the answer, None for nothing.

        Raises:
            NotTaken: there is no answer in time, or the platform does not take it.

        """
        started = self.now()
        try:
            answer = self.transport(self.request(values))
        except Cut:
            raise NotTaken("the connection was cut") from None
        if answer.status != HTTPStatus.OK or self.now() - started >= CUT_AFTER:
            raise NotTaken("the callback was not answered")
        return self.read(answer, values)

    def read(self, answer: Response, values: Json) -> Json | None:
        """
        Return what *answer* says to *values*, None for nothing.

        Raises:
            NotTaken: the platform does not take it.

        """
        if not answer.body:
            return None
        said: Json = json.loads(open_json(self.seal, answer.body))
        if not said:
            return None
        allowed = _allowed(values)
        kind = said.get("msgtype") or said.get("response_type")
        if kind not in allowed:
            raise NotTaken(f"'{kind}' is no answer to this")
        if "stream" in said:
            _check_stream(said["stream"], values)
        if "template_card" in said:
            self._check_card(said, values)
        return said

    def converse(self, values: Json) -> str:
        """
        Deliver a message, poll its stream to the end, and return what the user reads.

        Raises:
            NotTaken: an answer is not taken, or the stream does not end in time.

        """
        began = self.now()
        answer = self.ask(values)
        while answer is not None and "stream" in answer:
            stream: Json = answer["stream"]
            if stream["finish"]:
                return str(stream.get("content", ""))
            if self.now() - began >= POLLS_END:
                raise NotTaken("the stream did not end in time")
            self.pause(POLL_EVERY)
            answer = self.ask(self.poll(stream["id"], values["from"]["userid"]))
        raise NotTaken("there is no stream")

    def _check_card(self, said: Json, values: Json) -> None:
        card = said["template_card"]
        try:
            check_card(card, lambda _media: False)
        except MessageRefused as refused:
            raise NotTaken("there is no such card") from refused
        if said.get("response_type") and card["task_id"] != values["event"][TAP].get("task_id"):
            raise NotTaken("it is another card")
        if "stream" in said:
            if said["stream"]["id"] in self._with_card:
                raise NotTaken("the stream has a card already")
            self._with_card.add(said["stream"]["id"])

    def _address(self, group: str) -> Json:
        """Return the address for one more answer; a group's takes no cards."""
        code = f"{GROUP if group else ''}{secrets.token_urlsafe(24)}"
        return {"response_url": f"{self.api_base}/cgi-bin/aibot/response?response_code={code}"}

    def _common(self, user: str, kind: str, *, msg_id: str = "", group: str = "") -> Json:
        place = {"chattype": "group", "chatid": group} if group else {"chattype": "single"}
        return {
            "msgid": msg_id or secrets.token_hex(16),
            "aibotid": self.bot.bot_id,
            **place,
            "from": {"userid": user},
            "msgtype": kind,
        }


def _allowed(values: Json) -> tuple[str, ...]:
    if values["msgtype"] != "event":
        return ("stream", "template_card", "stream_with_template_card")
    name = values["event"]["eventtype"]
    kinds = {"enter_chat": ("text", "template_card")}
    return kinds.get(name, ("update_template_card",) if name == TAP else ())


def _check_stream(stream: Json, values: Json) -> None:
    if not isinstance(stream.get("finish"), bool) or not stream.get("id"):
        raise NotTaken("a stream has an id and an end")
    if values["msgtype"] == "stream" and stream["id"] != values["stream"]["id"]:
        raise NotTaken("it is another stream")
    if len(str(stream.get("content", "")).encode()) > MAX_CONTENT:
        raise NotTaken("the stream is too long")
