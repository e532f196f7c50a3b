"""
The sealed envelope and the signature of Feishu (飞书) and Lark callbacks.

Source: Feishu Open Platform, "Event subscription", section on the Encrypt Key.

    key       = SHA-256(Encrypt Key)                                          32 bytes
    encrypt   = base64(iv (16) | AES-256-CBC(key, iv, message + PKCS#7 to blocks of 16))
    signature = hex(SHA-256(timestamp | nonce | Encrypt Key | raw body))
"""

import binascii
import hashlib
import hmac

from cococat.core.errors import SealBroken
from cococat.core.sealing import CbcCipher

BLOCK = 16


def sign(timestamp: str, nonce: str, encrypt_key: str, body: bytes) -> str:
    """Return the signature over the raw *body*: SHA-256, in hex; nothing parts what is signed."""
    signed = f"{timestamp}{nonce}{encrypt_key}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(signed + body).hexdigest()


def is_same(given: str, expected: str) -> bool:
    """Tell, in constant time, whether two texts of any characters are the same."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    )


def unseal(sealed: str, encrypt_key: str, cipher: CbcCipher) -> bytes:
    """
    Return the message that *sealed* holds.

    Raises:
        SealBroken: it is not sealed with this key; the error names the step for the log.

    """
    raw = _decode(sealed)
    key = hashlib.sha256(encrypt_key.encode("utf-8", "surrogatepass")).digest()
    return _unpadded(cipher.decrypt(key, raw[:BLOCK], raw[BLOCK:]))


def _decode(sealed: str) -> bytes:
    try:
        raw = binascii.a2b_base64(sealed, strict_mode=True)
    except ValueError as error:
        raise SealBroken("base64") from error
    if len(raw) < 2 * BLOCK or len(raw) % BLOCK:
        raise SealBroken("length")
    return raw


def _unpadded(padded: bytes) -> bytes:
    """Return *padded* without its padding, each byte of which is checked."""
    count = padded[-1]
    end = padded[-BLOCK:][BLOCK - count :] if 1 <= count <= BLOCK else b"none"
    if not hmac.compare_digest(end, bytes([count]) * count):
        raise SealBroken("padding")
    return padded[:-count]
