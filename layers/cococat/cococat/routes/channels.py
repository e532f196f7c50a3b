"""
The management API: what is connected, and connecting and disconnecting it.

The routes hold no channel state; they delegate to the ChannelManager. They are closed as long
as there is no admin key.
"""

import base64
import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cococat.core import fields, message_record
from cococat.core.channel_manager import ChannelManager
from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.clock import iso
from cococat.core.errors import (
    ConfigError,
    Conflict,
    CredentialsRefused,
    EndpointTaken,
    MalformedMessage,
    NotConnected,
    PlatformUnreachable,
    RequestRefused,
)
from cococat.core.http import Request, Response, json_response
from cococat.core.ids import is_id
from cococat.core.items import Items
from cococat.core.manager_context import ChannelView, ManagerContext
from cococat.core.query import single_values
from cococat.routes.channel_form import shown, type_shown

TARGET = frozenset({"target_type", "target_id", "channel_type", "name"})
"""What the body of a request says of the channel that is meant."""
PAGE = 50
MOST = 200
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRoutes:
    """
    The routes, each a method from request to answer.

    Attributes:
        manager: does the work.
        ctx: what it works with.
        messages: the messages table.

    """

    manager: ChannelManager
    ctx: ManagerContext
    messages: Items

    def list_channels(self, request: Request) -> Response:
        """`GET /api/channels?limit=&cursor=`: every channel with its status, page by page."""
        query = _query(request)
        limit, after = _limit(query), _decode(query.get("cursor", ""))
        stored = sorted(self.ctx.wishes.all(), key=lambda each: _sort_key(each.wish.address))
        rest = [each for each in stored if _sort_key(each.wish.address) > after]
        page = [shown(self.manager.view(each, self.ctx)) for each in rest[:limit]]
        more = _encode(_sort_key(rest[limit - 1].wish.address)) if len(rest) > limit else None
        return json_response(200, {"channels": page, "next_cursor": more})

    def list_types(self, _request: Request) -> Response:
        """`GET /api/channels/types`: the channel types with their config fields."""
        types = [type_shown(name, known) for name, known in CATALOGUE.items()]
        return json_response(200, {"types": types})

    def show(self, request: Request, target_type: str, target_id: str, kind: str) -> Response:
        """`GET /api/channels/{target_type}/{target_id}/{channel_type}[?name=]`: one status."""
        name = _query(request).get("name", "")
        with _translated():
            view = self.manager.find(target_type, target_id, kind, self.ctx, name=name)
        return json_response(200, shown(view), _etag(view))

    def connect(self, request: Request) -> Response:
        """`POST /api/channels/connect`: want a channel; answers its status or the reason."""
        asked = _asked(request, {*TARGET, "config"})
        with _translated():
            view = self.manager.connect(
                asked.target_type,
                asked.target_id,
                asked.channel_type,
                asked.config,
                self.ctx,
                name=asked.name,
                generation=asked.generation,
            )
        return json_response(200, shown(view), _etag(view))

    def disconnect(self, request: Request) -> Response:
        """`POST /api/channels/disconnect`: want a channel no more; again is no error."""
        asked = _asked(request, TARGET)
        target = (asked.target_type, asked.target_id, asked.channel_type)
        with _translated():
            name = asked.name or self._only_name(*target)
            self.manager.disconnect(*target, self.ctx, name=name, generation=asked.generation)
        return json_response(200, {"status": "disconnected"})

    def trace(self, _request: Request, identity: str) -> Response:
        """`GET /api/messages/{id}`: how far a message has come, without what it says."""
        record = message_record.load(self.messages, identity) if is_id(identity) else None
        if record is None:
            raise RequestRefused(404, "not_found", "There is no such message.")
        times = ("received_at", "claimed_at", "replied_at", "answered_at")
        stamps = {name: getattr(record, name) for name in times}
        value = {
            "id": record.id,
            "channel": record.address.channel,
            "target_type": record.address.target_type,
            "target_id": record.address.target_id,
            "name": record.address.name,
            "state": record.state.value,
            "attempt": record.attempt,
            "caller": record.caller,
            "failure": record.failure,
            **{name: None if at is None else iso(at) for name, at in stamps.items()},
        }
        return json_response(200, value)

    def _only_name(self, target_type: str, target_id: str, kind: str) -> str:
        """Return the name of the only channel of a type, or no name where there is none."""
        try:
            found = self.manager.find(target_type, target_id, kind, self.ctx)
        except NotConnected as error:
            if len(error.names) > 1:
                raise
            return ""
        return found.stored.wish.address.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    target_type: str
    target_id: str
    channel_type: str
    name: str
    config: dict[str, Any]
    generation: int | None


def _asked(request: Request, known: AbstractSet[str]) -> _Asked:
    """Return what is asked; a member that is none of the *known* ones may be a misspelt one."""
    try:
        source = fields.parse_object(request.body)
        fields.only(source, known)
        return _Asked(
            target_type=fields.text(source, "target_type"),
            target_id=fields.text(source, "target_id"),
            channel_type=fields.text(source, "channel_type"),
            name=fields.text(source, "name", ""),
            config=fields.mapping(source, "config"),
            generation=_if_match(request),
        )
    except MalformedMessage as error:
        raise _invalid(error) from None


def _if_match(request: Request) -> int | None:
    """Return the generation that `If-Match` names; None where there is no such header."""
    given = request.header("if-match")
    if given is None or given.strip() == "*":
        return None
    number = given.strip().removeprefix('"').removesuffix('"')
    if not _NUMBER.fullmatch(number):
        raise RequestRefused(412, "changed", "If-Match must be the ETag of an earlier answer.")
    return int(number)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the manager's errors into answers."""
    try:
        yield
    except ConfigError as error:
        raise RequestRefused(400, "invalid_config", "; ".join(error.faults)) from None
    except CredentialsRefused as error:
        raise RequestRefused(422, error.code, error.message) from None
    except PlatformUnreachable:
        message = "The platform could not be asked; the earlier channel is kept. Try again."
        headers = {"retry-after": "5"}
        raise RequestRefused(503, "platform_unreachable", message, headers) from None
    except EndpointTaken:
        message = "Another channel answers at this endpoint."
        raise RequestRefused(409, "endpoint_taken", message) from None
    except Conflict:
        message = "The channel was changed meanwhile; read it again."
        raise RequestRefused(412, "changed", message) from None
    except NotConnected as error:
        if error.names:
            message = f"There are several; name one of: {', '.join(error.names)}."
            raise RequestRefused(409, "ambiguous", message) from None
        raise RequestRefused(404, "not_found", "There is no such channel.") from None


def _invalid(error: MalformedMessage) -> RequestRefused:
    return RequestRefused(400, "invalid_request", f"The request is not valid: {error}.")


def _etag(view: ChannelView) -> dict[str, str]:
    return {"etag": f'"{view.stored.generation}"'}


def _query(request: Request) -> dict[str, str]:
    try:
        return single_values(request.query)
    except MalformedMessage as error:
        raise _invalid(error) from None


def _limit(query: dict[str, str]) -> int:
    given = query.get("limit", str(PAGE))
    if not (_NUMBER.fullmatch(given) and 1 <= int(given) <= MOST):
        message = f"'limit' must be a number from 1 to {MOST}."
        raise RequestRefused(400, "invalid_request", message)
    return int(given)


def _sort_key(address: Any) -> list[str]:  # noqa: ANN401 - an address
    return [address.target_type, address.target_id, address.channel, address.name]


def _encode(key: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode("ascii")).decode("ascii")


def _decode(cursor: str) -> list[str]:
    if not cursor:
        return []
    try:
        key = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or not all(isinstance(each, str) for each in key):
        raise RequestRefused(400, "invalid_request", "'cursor' is not one of ours.")
    return key
