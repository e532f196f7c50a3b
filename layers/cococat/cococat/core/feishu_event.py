"""
What a Feishu callback says, once it is verified: a handshake, or an event of either schema.

Source: Feishu Open Platform, "Event subscription", sections on the request URL and on the
structure of events (1.0 and 2.0).
"""

import re
from dataclasses import dataclass, field
from typing import Any

from cococat.core import fields
from cococat.core.errors import MalformedMessage
from cococat.core.text import clean, cut
from cococat.core.values import value

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """
    The platform's question when somebody saves our URL in its console.

    Attributes:
        challenge: what it wants to hear.
        token: the verification token that it sends; of any type, strangers send anything.

    """

    challenge: str
    token: Any = field(repr=False)


@value(frozen=True, slots=True, kw_only=True)
class Event:
    """
    One event or callback.

    Attributes:
        id: the same for every redelivery.
        kind: `im.message.receive_v1`, `card.action.trigger` …; in schema 1.0 a single word.
        time: when it was made, as it says itself, of any type; see `created`.
        signed_at: when the platform signed it, in seconds since 1970; 0 where it did not.
        app_id: the app it is for.
        token: the verification token that it sends; of any type.
        body: what happened.

    """

    id: str
    kind: str
    time: Any
    signed_at: float
    app_id: str
    token: Any = field(repr=False)
    body: Json = field(repr=False)

    @property
    def created(self) -> float:
        """Return when it was made, in seconds since 1970; 0 where nobody says."""
        return seconds(self.time) or self.signed_at


def parse(source: Json, signed_at: float) -> Handshake | Event:
    """
    Return what *source* says.

    Args:
        source: the callback, opened.
        signed_at: when the platform signed it, in seconds since 1970; 0 where it did not.

    Raises:
        MalformedMessage: it is neither a handshake nor an event of a schema that there is.

    """
    if "schema" in source:
        return _second_schema(source, signed_at)
    kind = source.get("type")
    if kind == "url_verification":
        return Handshake(challenge=fields.text(source, "challenge"), token=source.get("token"))
    if kind == "event_callback":
        return _first_schema(source, signed_at)
    raise MalformedMessage("'type' is none that there is")


def seconds(text: object) -> float:
    """
    Return a time of Feishu's in seconds since 1970, or 0 where it is none.

    Messages tell milliseconds, card callbacks microseconds, schema 1.0 seconds with a fraction.
    """
    if not isinstance(text, str) or len(text) > _LONGEST_TIME or not _TIME.fullmatch(text):
        return 0
    value = float(text)
    if value >= _MICROSECONDS:
        value /= 1e6
    elif value >= _MILLISECONDS:
        value /= 1e3
    return value if value < _MILLISECONDS else 0


_TIME = re.compile(r"[0-9]+(\.[0-9]*)?", re.ASCII)
_LONGEST_TIME = 20
_MILLISECONDS = 1e11
"""In seconds this is the year 5138, in milliseconds 1973."""
_MICROSECONDS = 1e14
"""In milliseconds this is the year 5138, in microseconds 1973."""

_LONGEST = 255
"""Bytes of an id or a kind."""


def _second_schema(source: Json, signed_at: float) -> Event:
    if source["schema"] != "2.0":
        raise MalformedMessage("'schema' is none that there is")
    header = fields.mapping(source, "header")
    return Event(
        id=_name(header, "event_id"),
        kind=_name(header, "event_type"),
        time=header.get("create_time"),
        signed_at=signed_at,
        app_id=fields.text(header, "app_id"),
        token=header.get("token"),
        body=fields.mapping(source, "event"),
    )


def _first_schema(source: Json, signed_at: float) -> Event:
    body = fields.mapping(source, "event")
    return Event(
        id=_name(source, "uuid"),
        kind=_name(body, "type"),
        time=source.get("ts"),
        signed_at=signed_at,
        app_id=fields.text(body, "app_id"),
        token=source.get("token"),
        body=body,
    )


def _name(source: Json, key: str) -> str:
    """Return the word at *key* as every queue and table takes it."""
    value = fields.text(source, key)
    if not (value.isascii() and value.isprintable() and len(value) <= _LONGEST):
        value = cut(clean(value), _LONGEST)
    if not value:
        raise MalformedMessage(f"'{key}' is empty")
    return value
