"""
Seals: JSON that travels through other hands and comes back, readable by all, made only by us.

Form: base64url(JSON | blanks | MAC), where the MAC is keyed BLAKE2b (RFC 7693) of 32 bytes over
what is before it, and the blanks make whole groups of three bytes: a last character with bits
that say nothing could be changed unseen. The purpose is no part of the form: what was sealed for
one opens for no other.
"""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cococat.core import fields, json_text
from cococat.core.errors import MalformedMessage

MAC = 32
"""Bytes of a MAC."""

_GROUP = 3
"""Bytes that four characters of base64 say."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def seal(value: dict[str, Any], key: str, purpose: str = "") -> str:
    """Return the sealed form of *value*."""
    raw = json_text.write(value)
    raw += b" " * (-(len(raw) + MAC) % _GROUP)
    sealed = binascii.b2a_base64(raw + _mac(raw, key, purpose), newline=False)
    return sealed.translate(_URL_SAFE).decode("ascii")


def peek(token: str) -> dict[str, Any]:
    """
    Return what *token* says, without checking its seal.

    Raises:
        MalformedMessage: it is not of our form.

    """
    return fields.parse_object(_decode(token)[:-MAC])


def is_sealed(token: str, key: str, purpose: str = "") -> bool:
    """Tell, in constant time, whether *token* was sealed with *key* for *purpose*."""
    try:
        raw = _decode(token)
    except MalformedMessage:
        return False
    return hmac.compare_digest(raw[-MAC:], _mac(raw[:-MAC], key, purpose))


def _mac(raw: bytes, key: str, purpose: str) -> bytes:
    mac = _keyed(key, purpose).copy()
    mac.update(raw)
    return mac.digest()


@lru_cache(maxsize=256)
def _keyed(key: str, purpose: str) -> "hashlib.blake2b":
    """Return what makes MACs with *key*, to be copied: its setup takes as long as a message."""
    secret = hashlib.sha256(key.encode("utf-8")).digest()
    return hashlib.blake2b(digest_size=MAC, key=secret, person=purpose.encode("ascii"))


def _decode(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except ValueError as error:
        message = "not base64"
        raise MalformedMessage(message) from error
    if "+" in encoded or "/" in encoded:  # read as well, but never written
        message = "not the URL-safe alphabet"
        raise MalformedMessage(message)
    return raw
