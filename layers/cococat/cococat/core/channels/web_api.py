"""
web_api: a generic JSON interface for whoever has no platform of their own.

    POST {endpoint}                {"user_id", "content"[, "msg_id", "wait"]}
    GET  {endpoint}/messages/{id}  [?wait=seconds]

The caller's key is in `Authorization: Bearer` or `X-Api-Key`; `Idempotency-Key` makes a
repeat harmless. An answer that comes within `wait` is in the response, else it is fetched.
"""

import hmac
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qs

from cococat.core import fields, message_record, text
from cococat.core.channels import Channel, Delivery, Wiring
from cococat.core.clock import iso
from cococat.core.errors import (
    Conflict,
    DeliveryFailed,
    MalformedMessage,
    MessageTooLarge,
    RequestRefused,
)
from cococat.core.http import Request, Response, json_response
from cococat.core.ids import fingerprint, is_id, message_id
from cococat.core.items import update
from cococat.core.mailbox import MAX_QUEUE_MESSAGE
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import ChatMessage

MAX_BODY = 1024 * 1024
MAX_ESCAPED = MAX_QUEUE_MESSAGE - 16 * 1024
"""Bytes of the content in JSON: the rest of a queue message is for ids and addresses."""
MAX_WAIT = 25
MAX_ID = 256
POLL = (0.03, 0.1)
"""Seconds between two looks at the answer: the first look, and every later one."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class WebApiChannel(Channel):
    """The web_api channel of one entry."""

    channel_type = "web_api"
    resend_safe: ClassVar[bool] = True

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(wiring)
        self._binding = wiring.binding
        self._items = wiring.items
        self._clock = wiring.clock
        self._scene_id = ""
        self._endpoint = ""
        self._keys: list[str] = []

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the entry's endpoint and keys; API Gateway does the listening."""
        keys = config["api_key"]
        self._scene_id = scene_id
        self._endpoint = config["endpoint"]
        self._keys = [keys] if isinstance(keys, str) else list(keys)

    def send(self, reply: str, user_id: str) -> None:  # noqa: ARG002 - the owner's contract
        """
        Refuse: a caller of the Web API fetches answers, so there is nowhere to push one.

        Raises:
            DeliveryFailed: always.

        """
        code = "no_push"
        raise DeliveryFailed(code)

    def check_credentials(self) -> bool:
        """Return True: there is no platform behind it that could refuse."""
        return True

    def answer(self, delivery: Delivery) -> None:
        """Let the caller of *delivery*'s message have the answer."""
        record = message_record.load(self._items, delivery.to.message_id)
        if record is None:
            code = "message_expired"
            raise DeliveryFailed(code)
        now = self._clock.now()
        update(self._items, record, lambda current: current.answered(delivery.reply, now))

    def receive(self, request: Request) -> Response:
        """Answer a caller; see the module's own text for the routes."""
        self._check_key(request.headers)
        rest = request.path.removeprefix(self._endpoint)
        if not rest:
            _check_method(request, "POST")
            return self._take(request)
        _check_method(request, "GET")
        return self._show(rest.removeprefix("/messages/"), request.query)

    def _check_key(self, headers: dict[str, str]) -> None:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = bearer if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        raw = given.strip().encode("utf-8", "surrogatepass")
        found = [hmac.compare_digest(raw, key.encode("utf-8")) for key in self._keys]
        if not any(found):
            raise RequestRefused(
                401,
                "unauthorized",
                "A valid key is needed: Authorization: Bearer <key>, or X-Api-Key.",
                {"www-authenticate": "Bearer"},
            )

    def _take(self, request: Request) -> Response:
        asked = _parse(request)
        record = self._receive(asked)
        if record.state is State.RECEIVED and not record.finished:
            self._route(asked, record.id)
        return self._respond(self._wait(record, asked.wait), late=202)

    def _receive(self, asked: "_Question") -> MessageRecord:
        """Store the message's item, or return the one that an earlier try has stored."""
        key = asked.key or uuid.uuid4().hex
        conversation = None if asked.idempotent else asked.user_id
        identity = message_id(self._binding.address, conversation, key)
        request = fingerprint(asked.user_id, asked.content, asked.msg_id)
        record = message_record.received(
            identity, self._binding.address, request, self._clock.now()
        )
        try:
            self._items.put(record.to_item(), replacing=None)
        except Conflict as conflict:
            earlier = MessageRecord.from_item(conflict.current)
            if earlier.request != request:
                raise RequestRefused(
                    409, "conflict", "This key was used before, with another request."
                ) from None
            return earlier
        return record

    def _route(self, asked: "_Question", identity: str) -> None:
        message = ChatMessage(
            channel_type=self.channel_type,
            scene_id=self._scene_id,
            user_id=asked.user_id,
            content=asked.content,
            msg_id=asked.msg_id or identity,
            timestamp=iso(self._clock.now()),
            conversation_id=asked.user_id,
        )
        try:
            self.wiring.router.route(self._binding, message, identity)
        except MessageTooLarge:
            raise _too_large() from None

    def _show(self, identity: str, query: str) -> Response:
        wait = _wait_of(query)
        record = message_record.load(self._items, identity) if is_id(identity) else None
        if record is None or record.address != self._binding.address:
            raise RequestRefused(404, "not_found", "There is no such message.")
        return self._respond(self._wait(record, wait), late=200)

    def _wait(self, record: MessageRecord, seconds: float) -> MessageRecord:
        """Return the record once it is finished, or as it is after *seconds*."""
        deadline = self._clock.now() + seconds
        pause = POLL[0]
        while not record.finished and self._clock.now() < deadline:
            self._clock.sleep(pause)
            pause = POLL[1]
            record = message_record.load(self._items, record.id) or record
        return record

    def _respond(self, record: MessageRecord, *, late: int) -> Response:
        value: dict[str, Any] = {"id": record.id, "state": _state(record), "reply": None}
        if not record.finished:
            where = f"{self._endpoint}/messages/{record.id}"
            return json_response(late, value, {"location": where, "retry-after": "1"})
        if record.reply is not None:
            value["reply"] = record.reply.text
            value["fallback"] = record.reply.fallback
        return json_response(200, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What a caller asks, in order."""

    user_id: str
    content: str
    msg_id: str | None
    wait: float
    idempotent: str | None

    @property
    def key(self) -> str | None:
        """What makes a repeat of it recognisable."""
        return self.idempotent or self.msg_id


def _parse(request: Request) -> _Question:
    if len(request.body) > MAX_BODY:
        raise _too_large()
    try:
        source = fields.parse_object(request.body)
        question = _Question(
            user_id=_short_text(source, "user_id"),
            content=_content(source),
            msg_id=None if source.get("msg_id") is None else _short_text(source, "msg_id"),
            wait=_seconds(fields.number(source, "wait", 0)),
            idempotent=_idempotency_key(request.headers),
        )
    except MalformedMessage as error:
        raise RequestRefused(
            400, "invalid_request", f"The request is not valid: {error}."
        ) from None
    escaped = text.size(json.dumps(question.content, ensure_ascii=False))
    if text.size(question.content) > text.MAX_CONTENT or escaped > MAX_ESCAPED:
        raise _too_large()
    return question


def _content(source: dict[str, Any]) -> str:
    content = fields.text(source, "content")
    if not content.strip() or not text.is_sendable(content):
        message = "'content' must be text, without NUL or lone surrogates"
        raise MalformedMessage(message)
    return content


def _short_text(source: dict[str, Any], key: str) -> str:
    value = fields.text(source, key)
    if not value or len(value) > MAX_ID or not value.isprintable():
        message = f"'{key}' must have 1 to {MAX_ID} printable characters"
        raise MalformedMessage(message)
    return value


def _idempotency_key(headers: dict[str, str]) -> str | None:
    key = headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        message = "Idempotency-Key must have 1 to 255 visible ASCII characters"
        raise MalformedMessage(message)
    return key


def _wait_of(query: str) -> float:
    given = parse_qs(query).get("wait", ["0"])
    try:
        return _seconds(float(given[0]) if len(given) == 1 else -1)
    except (ValueError, MalformedMessage):
        message = f"'wait' must be a number from 0 to {MAX_WAIT}."
        raise RequestRefused(400, "invalid_request", message) from None


def _seconds(wait: float) -> float:
    if not 0 <= wait <= MAX_WAIT:
        message = f"'wait' must be a number from 0 to {MAX_WAIT}"
        raise MalformedMessage(message)
    return wait


def _state(record: MessageRecord) -> str:
    if record.finished:
        return "answered"
    return "queued" if record.state is State.RECEIVED else "running"


def _check_method(request: Request, allowed: str) -> None:
    if request.method != allowed:
        raise RequestRefused(
            405, "method_not_allowed", f"This address takes {allowed}.", {"allow": allowed}
        )


def _too_large() -> RequestRefused:
    limit = text.MAX_CONTENT // 1024
    return RequestRefused(413, "too_large", f"'content' may have {limit} KiB at most.")
