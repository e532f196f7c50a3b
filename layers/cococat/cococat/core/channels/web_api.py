"""
web_api: a generic JSON interface for whoever has no platform of their own.

    POST {endpoint}                {"user_id", "content"[, "conversation_id", "attachments",
                                    "msg_id", "wait"]}
    GET  {endpoint}/messages/{id}  [?wait=seconds]

The caller's key is in `Authorization: Bearer` or `X-Api-Key`; `Idempotency-Key` makes a
repeat harmless. An answer that comes within `wait` is in the response, else it is fetched,
or pushed to the entry's `callback_url`.
"""

import logging
import uuid
from typing import Any, ClassVar

from cococat.core import message_record, web_api_answer, web_api_files, web_api_question
from cococat.core.channels import Channel, Delivery, Fetched, Wiring
from cococat.core.clock import iso
from cococat.core.errors import Conflict, DeliveryFailed, MessageTooLarge, RequestRefused
from cococat.core.http import Request, Response, json_response
from cococat.core.ids import is_id, message_id
from cococat.core.items import update
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import ChatMessage, Reply
from cococat.core.web_api_callback import Callback
from cococat.core.web_api_cors import Cors
from cococat.core.web_api_keys import NamedKey, name_of_caller, of_owner, owner_of, read_keys
from cococat.core.web_api_limits import CallLimits
from cococat.core.web_api_question import Question

log = logging.getLogger(__name__)

POLL = (0.03, 0.1)
"""Seconds between two looks at the answer: the first look, and every later one."""


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
        self._keys: tuple[NamedKey, ...] = ()
        self._cors = Cors([])
        self._limits = CallLimits({}, wiring.binding.address, wiring.tallies, wiring.clock)
        self._callback: Callback | None = None

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the entry's endpoint, keys and options; API Gateway does the listening."""
        self._scene_id = scene_id
        self._endpoint = config["endpoint"]
        self._keys = read_keys(config["api_key"])
        origins = config.get("cors_origins", [])
        self._cors = Cors([origins] if isinstance(origins, str) else origins)
        rates = config.get("options", {}).get("rate_limit", {})
        address, tallies = self._binding.address, self.wiring.tallies
        self._limits = CallLimits(rates, address, tallies, self._clock)
        if "callback_url" in config:
            secret = config["callback_secret"]
            self._callback = Callback(config["callback_url"], secret, self._clock)

    def send(self, reply: str, user_id: str) -> None:
        """
        Push *reply*, which answers no message, to the entry's `callback_url`.

        Raises:
            DeliveryError: it did not arrive, or there is no such address (`no_push`).

        """
        if self._callback is None:
            code = "no_push"
            raise DeliveryFailed(code)
        value = web_api_answer.pushed(Reply(text=reply), None, user_id, user_id)
        self._callback.push(self.wiring.libraries.public_http, value, uuid.uuid4().hex)

    def check_credentials(self) -> bool:
        """Return True: there is no platform behind it that could refuse."""
        return True

    def answer(self, delivery: Delivery) -> None:
        """Let the caller of *delivery*'s message have the answer: stored, and pushed if wanted."""
        record = message_record.load(self._items, delivery.to.message_id)
        if record is None and self._callback is None:
            code = "message_expired"
            raise DeliveryFailed(code)
        if record is not None:
            now = self._clock.now()
            update(self._items, record, lambda current: current.answered(delivery.reply, now))
        if self._callback is not None:
            to, reply = delivery.to, delivery.reply
            value = web_api_answer.pushed(reply, to.message_id, to.user_id, to.conversation_id)
            self._callback.push(self.wiring.libraries.public_http, value, delivery.key)

    def fetch(self, ref: str) -> Fetched:
        """Return a file that came with a question; see `FetchesAttachments`."""
        return web_api_files.fetch(self._items, self.wiring.libraries.callers_http, ref)

    def headers_for(self, request: Request) -> dict[str, str]:
        """Return what lets a web page read the answer; see `AddsHeaders`."""
        return self._cors.headers(request)

    def receive(self, request: Request) -> Response:
        """Answer a caller; see the module's own text for the routes."""
        rest = request.path.removeprefix(self._endpoint)
        method = "GET" if rest else "POST"
        preflight = self._cors.preflight(request, method)
        if preflight is not None:
            return preflight
        caller = name_of_caller(self._keys, request)
        if request.method != method:
            message = f"This address takes {method}."
            raise RequestRefused(405, "method_not_allowed", message, {"allow": method})
        if rest:
            return self._show(rest.removeprefix("/messages/"), request.query, caller)
        return self._take(request, caller)

    def _take(self, request: Request, caller: str) -> Response:
        self._limits.take("per_key", caller, key=caller)
        asked = web_api_question.parse(request)
        self._limits.take("per_user", of_owner(caller, asked.user_id), key=caller)
        record = self._receive(asked, caller)
        if record.state is State.RECEIVED and not record.finished:
            self._route(asked, record)
            log.info("taken", extra={"message_id": record.id, "key": caller})
        where = f"{self._endpoint.rpartition('/')[2]}/messages/{record.id}"
        return self._respond(self._wait(record, asked.wait), where, late=202)

    def _receive(self, asked: Question, caller: str) -> MessageRecord:
        """Store the message's item, or return the one that an earlier try has stored."""
        key = of_owner(caller, asked.key or uuid.uuid4().hex)
        conversation = None if asked.idempotent else asked.user_id
        identity = message_id(self._binding.address, conversation, key)
        record = message_record.received(
            identity, self._binding.address, asked.fingerprint, self._clock.now(), caller=caller
        )
        try:
            self._items.put(record.to_item(), replacing=None)
        except Conflict as conflict:
            earlier = MessageRecord.from_item(conflict.current)
            if earlier.request != asked.fingerprint:
                raise RequestRefused(
                    409, "conflict", "This key was used before, with another request."
                ) from None
            return earlier
        return record

    def _route(self, asked: Question, record: MessageRecord) -> None:
        web_api_files.keep(self._items, record.id, asked.files, record.expires_at)
        message = ChatMessage(
            channel_type=self.channel_type,
            scene_id=self._scene_id,
            user_id=asked.user_id,
            content=asked.content,
            msg_type=asked.msg_type,
            msg_id=asked.msg_id or record.id,
            timestamp=iso(self._clock.now()),
            conversation_id=asked.conversation_id,
            attachments=web_api_files.attachments(record.id, asked.files),
        )
        try:
            in_place = {message_record.CALLER: record.caller}
            self.wiring.router.route(self._binding, message, record.id, in_place)
        except MessageTooLarge:
            raise web_api_question.too_large() from None

    def _show(self, identity: str, query: str, caller: str) -> Response:
        wait = web_api_question.wait_of(query)
        record = message_record.load(self._items, identity) if is_id(identity) else None
        is_theirs = (
            record is not None
            and record.address == self._binding.address
            and owner_of(record.caller) == owner_of(caller)
        )
        if record is None or not is_theirs:
            raise RequestRefused(404, "not_found", "There is no such message.")
        return self._respond(self._wait(record, wait), record.id, late=200)

    def _wait(self, record: MessageRecord, seconds: float) -> MessageRecord:
        """Return the record once it is finished, or as it is after *seconds*."""
        deadline = self._clock.now() + seconds
        pause = POLL[0]
        while not record.finished and self._clock.now() < deadline:
            self._clock.sleep(pause)
            pause = POLL[1]
            record = message_record.load(self._items, record.id) or record
        return record

    def _respond(self, record: MessageRecord, where: str, *, late: int) -> Response:
        """
        Return how far the message of *record* has come.

        Args:
            record: of the message.
            where: its address, relative to that of the request (RFC 9110, section 10.2.2): only
                the caller knows what comes before the path that we see.
            late: the status where there is no answer yet.

        """
        value = web_api_answer.shown(record)
        if record.finished:
            return json_response(200, value)
        return json_response(late, value, {"location": where, "retry-after": "1"})
