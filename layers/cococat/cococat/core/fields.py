"""Reading untrusted JSON: each value has the type that was asked for, or there is an error."""

from collections.abc import Collection
from typing import Any

from cococat.core import json_text
from cococat.core.errors import MalformedMessage
from cococat.core.ids import ChannelAddress, is_id
from cococat.core.text import MAX_WORD, clean, cut


def parse_object(text: str | bytes) -> dict[str, Any]:
    """
    Return the JSON object in *text*.

    Raises:
        MalformedMessage: it is not UTF-8, not JSON, not an object, or nested too deeply.

    """
    try:
        value = json_text.read(text)
    except (ValueError, RecursionError) as error:
        message = "not JSON"
        raise MalformedMessage(message) from error
    if not isinstance(value, dict):
        message = "not a JSON object"
        raise MalformedMessage(message)
    return value


def only(source: dict[str, Any], known: Collection[str]) -> None:
    """
    Make sure that *source* has no other members than *known*.

    Raises:
        MalformedMessage: it has; the sentence names the first one.

    """
    unknown = next((key for key in source if key not in known), None)
    if unknown is not None:
        message = f"there is no member '{cut(clean(unknown), MAX_WORD)}'"
        raise MalformedMessage(message)


def text(source: dict[str, Any], key: str, default: str | None = None) -> str:
    """Return the string at *key*, or *default* where there is none."""
    value = source.get(key, default)
    if not isinstance(value, str):
        raise MalformedMessage(_expected(key, "a string"))
    return value


def optional_text(source: dict[str, Any], key: str) -> str | None:
    """Return the string at *key*, or None where there is none."""
    value = source.get(key)
    if value is not None and not isinstance(value, str):
        raise MalformedMessage(_expected(key, "a string"))
    return value


def identity(source: dict[str, Any], key: str) -> str:
    """Return the id of a message, 64 hex digits, at *key*."""
    value = text(source, key)
    if not is_id(value):
        raise MalformedMessage(_expected(key, "64 hex digits"))
    return value


def channel(source: dict[str, Any], key: str) -> ChannelAddress:
    """Return the channel whose address is at *key*."""
    found = mapping(source, key)
    return ChannelAddress(
        target_type=text(found, "target_type"),
        target_id=text(found, "target_id"),
        channel=text(found, "channel"),
        name=text(found, "name"),
    )


def number(source: dict[str, Any], key: str, default: float | None = None) -> float:
    """Return the number at *key*, or *default* where there is none; true and false are none."""
    value = source.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedMessage(_expected(key, "a number"))
    return value


def integer(source: dict[str, Any], key: str, default: int | None = None) -> int:
    """Return the whole number at *key*, or *default* where there is none; 1.0 is one."""
    value = source.get(key, default)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedMessage(_expected(key, "a whole number"))
    return value


def boolean(source: dict[str, Any], key: str, *, default: bool) -> bool:
    """Return true or false at *key*, or *default* where there is neither."""
    value = source.get(key, default)
    if not isinstance(value, bool):
        raise MalformedMessage(_expected(key, "true or false"))
    return value


def optional_mapping(source: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Return the object at *key*, or None where there is none."""
    return None if source.get(key) is None else mapping(source, key)


def mapping(source: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the object at *key*, empty where there is none."""
    value = source.get(key, {})
    if not isinstance(value, dict):
        raise MalformedMessage(_expected(key, "an object"))
    return value


def objects(source: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the list of objects at *key*, empty where there is none."""
    value = source.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise MalformedMessage(_expected(key, "a list of objects"))
    return value


def _expected(key: str, what: str) -> str:
    return f"'{key}' must be {what}"
