"""
Seals: JSON that travels through other hands and comes back, readable by all, made only by us.

Form: base64url(JSON) + "." + base64url(HMAC-SHA-256 over purpose and the first part). The
purpose is no part of the form: what was sealed for one opens for no other.
"""

import base64
import binascii
import hmac
import json
from functools import lru_cache
from typing import Any

from cococat.core import fields
from cococat.core.errors import MalformedMessage

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_TO_JSON = json.JSONEncoder(separators=(",", ":")).encode


def seal(value: dict[str, Any], key: str, purpose: str = "") -> str:
    """Return the sealed form of *value*."""
    return seal_json(_TO_JSON(value), key, purpose)


def seal_json(json_: str, key: str, purpose: str = "") -> str:
    """Return the sealed form of an object that is JSON in ASCII already."""
    payload = _encode(json_.encode("ascii"))
    return f"{payload}.{_mac(payload, key, purpose)}"


def peek(token: str) -> dict[str, Any]:
    """
    Return what *token* says, without checking its seal.

    Raises:
        MalformedMessage: it is not of our form.

    """
    return fields.parse_object(_decode(token.partition(".")[0]))


def is_sealed(token: str, key: str, purpose: str = "") -> bool:
    """Tell, in constant time, whether *token* was sealed with *key* for *purpose*."""
    payload, _, mac = token.partition(".")
    expected = _mac(payload, key, purpose).encode("ascii")
    return hmac.compare_digest(mac.encode("utf-8", "replace"), expected)


def _mac(payload: str, key: str, purpose: str) -> str:
    mac = _keyed(key).copy()
    mac.update((purpose + payload).encode("utf-8", "replace"))
    return _encode(mac.digest())


@lru_cache(maxsize=256)
def _keyed(key: str) -> hmac.HMAC:
    """Return HMAC-SHA-256 with *key*, to be copied: its setup takes longer than a message."""
    return hmac.new(key.encode("utf-8"), digestmod="sha256")


def _encode(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        message = "not base64"
        raise MalformedMessage(message) from error
