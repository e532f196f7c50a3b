"""
Feishu (飞书) with one app, as our door meets it.

It seals and signs what happens, delivers it up to five times, and shows a user who clicks what
their client would show. Its cryptography is its own: the channel is not asked what is right.
Source: Feishu Open Platform, "Event subscription", "Receive message v2.0", "Card interaction
callback".
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cococat.core.http import Request, Response
from cococat.simulators import aes
from cococat.simulators.transport import Cut, Transport

Json = dict[str, Any]

AGAIN_AFTER = (15, 300, 3600, 21600)
"""Seconds between two deliveries of an event that is not answered."""
CUT_AFTER = 3.0
HANDSHAKE_CUT = 1.0


class NotTaken(Exception):
    """Raised when the platform gives up, or shows its user an error; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """
    An app, as its console has it.

    Attributes:
        app_id: `cli_…`.
        app_secret: gets access tokens.
        encrypt_key: seals and signs; empty for an app whose events come plain.
        verification_token: stands in every event.
        bot: the bot's open_id.

    """

    app_id: str
    app_secret: str = field(default="", repr=False)
    encrypt_key: str = field(default="", repr=False)
    verification_token: str = field(default="", repr=False)
    bot: str = "ou_bot"


@dataclass(slots=True, kw_only=True)
class FeishuPlatform:
    """
    The platform's side of one app.

    Attributes:
        app: the app.
        transport: the way to our door.
        path: our callback's path.
        now: the time, seconds since 1970.
        pause: lets seconds pass.
        placed: each message -> its chat.

    """

    app: App
    transport: Transport
    path: str
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    placed: dict[str, str] = field(default_factory=dict)

    def check_url(self) -> bool:
        """Ask our URL for its challenge, as the console does, and return whether it was right."""
        challenge = secrets.token_hex(16)
        asked = self.now()
        answer = self.transport(self.request(self.handshake(challenge), signed=False))
        in_time = self.now() - asked <= HANDSHAKE_CUT
        return in_time and answer.status == HTTPStatus.OK and _says(answer, challenge)

    def handshake(self, challenge: str) -> Json:
        """Return what the console sends when somebody saves our URL."""
        token = self.app.verification_token
        return {"challenge": challenge, "token": token, "type": "url_verification"}

    def write(self, user: str, text: str, *, chat: str = "", message_id: str = "") -> int:
        """Let *user* write *text*; see `message` and `deliver`."""
        said = self.message(user, {"text": text}, chat=chat, message_id=message_id)
        return self.deliver(said)

    def deliver(self, envelope: Json) -> int:
        """
        Deliver an event until it is answered and return how many deliveries that took.

        Raises:
            NotTaken: none of them was answered.

        """
        for number, seconds in enumerate((*AGAIN_AFTER, None), 1):
            if self.try_once(envelope):
                return number
            if seconds is not None:
                self.pause(seconds)
        raise NotTaken("no delivery was answered")

    def try_once(self, envelope: Json) -> bool:
        """Deliver an event once and return whether it was answered as the platform wants it."""
        started = self.now()
        try:
            answer = self.transport(self.request(envelope))
        except Cut:
            return False
        return answer.status == HTTPStatus.OK and self.now() - started <= CUT_AFTER

    def click(self, envelope: Json) -> Json:
        """
        Let a user click on a card and return what the platform was told to show.

        Raises:
            NotTaken: their client shows an error; the text is its code.

        """
        started = self.now()
        try:
            answer = self.transport(self.request(envelope))
        except Cut:
            raise NotTaken("200341") from None
        if self.now() - started > CUT_AFTER:
            raise NotTaken("200341")
        if answer.status != HTTPStatus.OK:
            raise NotTaken("200671")
        try:
            shown: Json = json.loads(answer.body)
        except ValueError:
            raise NotTaken("200672") from None
        return shown

    def message(
        self,
        user: str,
        content: Json,
        *,
        kind: str = "text",
        chat: str = "",
        thread: str = "",
        message_id: str = "",
        mentions: tuple[Json, ...] = (),
    ) -> Json:
        """
        Return the event that a message is.

        Args:
            user: open_id of who writes.
            content: what its type wants.
            kind: its type: text, post, image …
            chat: a group; empty for the direct chat with the bot.
            thread: a topic of the group.
            message_id: what the platform calls it.
            mentions: as `mention` makes them.

        """
        message: Json = {
            "message_id": message_id or f"om_{secrets.token_hex(16)}",
            "create_time": str(int(self.now() * 1000)),
            "chat_id": chat or direct_chat(user),
            "chat_type": "group" if chat else "p2p",
            "message_type": kind,
            "content": json.dumps(content, ensure_ascii=False),
        }
        self.placed[message["message_id"]] = message["chat_id"]
        if thread:
            message |= {"thread_id": thread, "root_id": f"om_{thread}", "parent_id": f"om_{thread}"}
        if mentions:
            message["mentions"] = list(mentions)
        sender = {"sender_id": _ids(user), "sender_type": "user", "tenant_key": "tenant"}
        return self.event("im.message.receive_v1", {"sender": sender, "message": message})

    def press(
        self,
        user: str,
        value: object,
        *,
        chat: str = "",
        card: str = "",
        **action: Any,  # noqa: ANN401 - JSON
    ) -> Json:
        """Return the callback that a click on a *card*, a message in *chat*, is."""
        card = card or f"om_{secrets.token_hex(16)}"
        self.placed[card] = chat or direct_chat(user)
        body = {
            "operator": {**_ids(user), "tenant_key": "tenant"},
            "token": f"c-{secrets.token_hex(16)}",
            "action": {"tag": "button", "value": value, "timezone": "Asia/Shanghai"} | action,
            "host": "im_message",
            "context": {"open_message_id": card, "open_chat_id": self.placed[card]},
        }
        return self.event("card.action.trigger", body, unit=1_000_000)

    def event(self, kind: str, body: Json, *, event_id: str = "", unit: int = 1000) -> Json:
        """Return an event of schema 2.0; its time counts *unit* to the second."""
        header = {
            "event_id": event_id or secrets.token_hex(16),
            "event_type": kind,
            "create_time": str(int(self.now() * unit)),
            "token": self.app.verification_token,
            "app_id": self.app.app_id,
            "tenant_key": "tenant",
        }
        return {"schema": "2.0", "header": header, "event": body}

    def old_event(self, kind: str, body: Json, *, event_id: str = "") -> Json:
        """Return an event of schema 1.0."""
        named = {"app_id": self.app.app_id, "tenant_key": "tenant", "type": kind}
        return {
            "uuid": event_id or secrets.token_hex(16),
            "token": self.app.verification_token,
            "ts": f"{self.now():.6f}",
            "type": "event_callback",
            "event": named | body,
        }

    def request(self, envelope: Json, *, signed: bool = True) -> Request:
        """Return the request that delivers *envelope*, sealed and signed as the app wants it."""
        return self.pack(json.dumps(envelope, ensure_ascii=False).encode("utf-8"), signed=signed)

    def pack(self, body: bytes, *, signed: bool = True) -> Request:
        """Return the request that delivers the JSON in *body*; see `request`."""
        headers = {"content-type": "application/json; charset=utf-8"}
        if self.app.encrypt_key:
            body = json.dumps({"encrypt": self.seal(body)}).encode("ascii")
            headers |= self.signature(body) if signed else {}
        return Request(method="POST", path=self.path, headers=headers, body=body)

    def signature(self, body: bytes) -> dict[str, str]:
        """Return the headers that sign the raw *body*."""
        timestamp, nonce = str(int(self.now())), secrets.token_hex(8)
        return {
            "x-lark-request-timestamp": timestamp,
            "x-lark-request-nonce": nonce,
            "x-lark-signature": self.sign(timestamp, nonce, body),
        }

    def sign(self, timestamp: str, nonce: str, body: bytes) -> str:
        """Return the signature over the raw *body*."""
        digest = hashlib.sha256(f"{timestamp}{nonce}{self.app.encrypt_key}".encode())
        digest.update(body)
        return digest.hexdigest()

    def seal(self, message: bytes) -> str:
        """Return *message* sealed for the app."""
        iv = secrets.token_bytes(16)
        missing = 16 - len(message) % 16
        key = hashlib.sha256(self.app.encrypt_key.encode()).digest()
        encrypted = aes.encrypted(key, iv, message + bytes([missing] * missing))
        return base64.b64encode(iv + encrypted).decode("ascii")


def mention(number: int, name: str, open_id: str, **more: str) -> Json:
    """Return the entry of who stands as `@_user_<number>` in a text."""
    key = f"@_user_{number}"
    return {"key": key, "id": _ids(open_id), "name": name, "tenant_key": "tenant"} | more


def direct_chat(user: str) -> str:
    """Return the direct chat of *user* with the bot."""
    return f"oc_{user.removeprefix('ou_')}"


def made_up_user() -> str:
    """Return an open_id that no app gives to a person."""
    return f"ou_verify{secrets.token_hex(12)}"


def _ids(open_id: str) -> Json:
    return {"open_id": open_id, "union_id": open_id.replace("ou_", "on_", 1), "user_id": None}


def _says(answer: Response, challenge: str) -> bool:
    try:
        return bool(json.loads(answer.body) == {"challenge": challenge})
    except ValueError:
        return False
