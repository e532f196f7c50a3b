"""
The sealed envelope of WeChat Official Account and WeCom callbacks.

Source: WeChat developer documentation, "Message encryption and decryption" (Official Account,
push/encryption; Open Platform, message_push); WeCom, "Callback configuration".

    key   = base64(EncodingAESKey + "=")                  32 bytes
    plain = random(16) | length of message (4, big endian) | message | receive id
    text  = base64(AES-256-CBC(key, iv = key[:16], plain + PKCS#7 to blocks of 32))
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Protocol

from cococat.core.errors import SealBroken
from cococat.core.values import value

BLOCK = 32
RANDOM = 16
HEADER = RANDOM + 4


class CbcCipher(Protocol):
    """AES in CBC mode over whole blocks."""

    def encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """Return *plain*, a multiple of 16 bytes, encrypted."""
        ...

    def decrypt(self, key: bytes, encrypted: bytes) -> bytes:
        """Return *encrypted*, a multiple of 16 bytes that begins with the IV, decrypted."""
        ...


def sign(*parts: str) -> str:
    """Return the signature over *parts*: SHA-1, in hex, of them sorted and joined by nothing."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Tell, in constant time, whether *signature* is the one over *parts*."""
    given = signature.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given, sign(*parts).encode("ascii"))


@value(frozen=True, slots=True)
class Opened:
    """
    What was in an envelope.

    Attributes:
        message: the bytes of the message.
        key: the EncodingAESKey that opened it; the answer is sealed with the same.

    """

    message: bytes
    key: str


class Envelope:
    """
    Seals and opens for one account.

    Args:
        keys: its EncodingAESKeys, the current one first; an earlier one while it is changed.
        receive_id: the appid (WeChat) or corp id (WeCom) that every envelope ends with.
        cipher: AES.

    """

    def __init__(self, keys: Sequence[str], receive_id: str, cipher: CbcCipher) -> None:
        self._keys = {key: base64.b64decode(f"{key}=") for key in keys}
        self._receive_id = receive_id.encode("utf-8")
        self._cipher = cipher

    def seal(self, message: bytes, key: str, random: bytes) -> str:
        """Return *message* sealed with *key*, beginning with 16 bytes of *random*."""
        raw = self._keys[key]
        frame = random + len(message).to_bytes(4, "big") + message + self._receive_id
        count = BLOCK - len(frame) % BLOCK
        encrypted = self._cipher.encrypt(raw, raw[:16], frame + bytes([count]) * count)
        return base64.b64encode(encrypted).decode("ascii")

    def open(self, sealed: str) -> Opened:
        """
        Return what *sealed* holds.

        Raises:
            SealBroken: it is not sealed by this account; the error names the step for the log.

        """
        encrypted = _decode(sealed)
        broken: SealBroken | None = None
        for key, raw in self._keys.items():
            try:
                frame = self._cipher.decrypt(raw, raw[:16] + encrypted)
                return Opened(_unframe(frame, self._receive_id), key)
            except SealBroken as error:
                broken = error
        raise broken or SealBroken("key")


def _decode(sealed: str) -> bytes:
    try:
        encrypted = binascii.a2b_base64(sealed, strict_mode=True)
    except ValueError as error:
        raise SealBroken("base64") from error
    if not encrypted or len(encrypted) % BLOCK:
        raise SealBroken("length")
    return encrypted


def _unframe(frame: bytes, receive_id: bytes) -> bytes:
    """Return the message in *frame*; every check is made, whichever of them fails."""
    count = frame[-1]
    padding = frame[-BLOCK:][BLOCK - count :] if 1 <= count <= BLOCK else b"none"
    padded = hmac.compare_digest(padding, bytes([count]) * count)
    rest = frame[: len(frame) - count] if padded else frame
    length = int.from_bytes(rest[RANDOM:HEADER], "big")
    framed = len(rest) >= HEADER and 0 < length <= len(rest) - HEADER
    ours = hmac.compare_digest(rest[HEADER + length :], receive_id)
    for step, held in (("padding", padded), ("frame", framed), ("receive_id", ours)):
        if not held:
            raise SealBroken(step)
    return rest[HEADER : HEADER + length]
