"""Channels and their types as the management API shows them, in JSON."""

from typing import Any

from cococat.core.channel_status import LastError, PlatformEvent
from cococat.core.channels.catalogue import CATALOGUE, COMMON, ChannelType, ConfigField
from cococat.core.clock import iso
from cococat.core.ids import callback_path
from cococat.core.manager_context import ChannelView

MASK = "***"
CUT = "?…"
"""In place of the query of a URL, in which there may be a token."""


def shown(view: ChannelView) -> dict[str, Any]:
    """Return a channel and how it is; what is secret is masked."""
    wish, seen = view.stored.wish, view.observation
    return {
        "target_type": wish.address.target_type,
        "target_id": wish.address.target_id,
        "channel_type": wish.address.channel,
        "name": wish.address.name,
        "agent": wish.agent,
        "enabled": wish.enabled,
        "source": wish.source.value,
        "config": _config(wish.config) | dict.fromkeys(view.stored.secret_names, MASK),
        "callback": _callback(view),
        "status": view.status.value,
        "generation": view.stored.generation,
        "last_error": _error(seen.last_error if seen else None),
        "connected_since": _time(seen.connected_since if seen else None),
        "message_count": seen.message_count if seen else 0,
        "last_message_at": _time(seen.last_message_at if seen else None),
        "owner": (seen.owner if seen else "") or None,
        "heard_at": _time(seen.heard_at if seen else None),
        "last_event": _event(seen.last_event if seen else None),
    }


def _config(config: dict[str, Any]) -> dict[str, Any]:
    """Return *config* with no query in its callback_url."""
    url, mark, _ = str(config.get("callback_url", "")).partition("?")
    return config | {"callback_url": url + CUT} if mark else config


def _error(error: LastError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "at": iso(error.at)}


def _event(event: PlatformEvent | None) -> dict[str, Any] | None:
    if event is None:
        return None
    told = {"code": event.code, "message": event.message}
    return told | {"chat": event.chat or None, "at": iso(event.at)}


def _callback(view: ChannelView) -> str:
    """Return the path to paste into the platform's console, or where callers go; or nothing."""
    wish = view.stored.wish
    if wish.endpoint or CATALOGUE[wish.address.channel].listens:
        return wish.endpoint
    return callback_path(wish.address)


def type_shown(name: str, known: ChannelType) -> dict[str, Any]:
    """Return a type of channels with the fields of its config."""
    return {
        "type": name,
        "title": known.title,
        "available": bool(known.implementation),
        "variants": [[_field(each) for each in (*fields_, *COMMON)] for fields_ in known.variants],
    }


def _field(known: ConfigField) -> dict[str, Any]:
    return {
        "key": known.key,
        "expected": known.expected,
        "required": known.required,
        "secret": known.secret,
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)
