"""
The keys of a web_api entry: one, several, or several with names; a name is what is logged.

Whoever has a named key is somebody of their own: their messages, ids and limits are apart from
those of all others. The keys without a name are one caller's, who may be changing them.
"""

import hmac
import re
from dataclasses import dataclass, field
from typing import Any

from cococat.core.errors import RequestRefused
from cococat.core.http import Request

_PLACE = re.compile(r"key-[0-9]+", re.ASCII)
"""What a key without a name is called; no name may begin like it."""


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key, and what logs and traces call whoever uses it."""

    name: str
    key: str = field(repr=False)


def read_keys(api_key: Any) -> tuple[NamedKey, ...]:  # noqa: ANN401 - JSON, checked before
    """
    Return the keys that the config's `api_key` holds.

    One without a name of its own is called by its place: `key-1`, `key-2` …
    """
    listed = api_key if isinstance(api_key, list) else [api_key]
    return tuple(
        NamedKey(each["name"], each["key"]) if isinstance(each, dict) else NamedKey(place, each)
        for each, place in zip(listed, _places(len(listed)), strict=True)
    )


def name_of_caller(keys: tuple[NamedKey, ...], request: Request) -> str:
    """
    Return the name of the key in *request*; every key is compared, whichever of them fits.

    Raises:
        RequestRefused: none of *keys* is in it.

    """
    scheme, _, bearer = (request.header("authorization") or "").partition(" ")
    given = bearer if scheme.lower() == "bearer" else request.header("x-api-key") or ""
    raw = given.strip().encode("utf-8", "surrogatepass")
    fitting = [each.name for each in keys if hmac.compare_digest(raw, each.key.encode("utf-8"))]
    if not fitting:
        raise RequestRefused(
            401,
            "unauthorized",
            "A valid key is needed: Authorization: Bearer <key>, or X-Api-Key.",
            {"www-authenticate": "Bearer"},
        )
    return fitting[0]


def owner_of(name: str) -> str:
    """Return whose the key *name* is: its own, or empty for those without a name of their own."""
    return "" if _PLACE.fullmatch(name) else name


def of_owner(name: str, word: str) -> str:
    """
    Return *word* as it is told apart from the same one of other callers.

    Args:
        name: the name of the key.
        word: a user or an id, without line breaks.

    """
    owner = owner_of(name)
    return f"{owner}\n{word}" if owner else word


def _places(count: int) -> list[str]:
    return [f"key-{number}" for number in range(1, count + 1)]
