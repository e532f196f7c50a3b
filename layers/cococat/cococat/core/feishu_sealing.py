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


class EncryptKey:
    """
    One Encrypt Key of an app.

    Args:
        key: as the console shows it.
        cipher: AES.

    """

    def __init__(self, key: str, cipher: CbcCipher) -> None:
        self._text = key.encode("utf-8", "surrogatepass")
        self._raw = hashlib.sha256(self._text).digest()
        self._cipher = cipher

    def sign(self, timestamp: str, nonce: str, body: bytes) -> str:
        """Return the signature over the raw *body*; nothing parts what is signed."""
        signed = f"{timestamp}{nonce}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(signed + self._text + body).hexdigest()

    def unseal(self, sealed: str) -> bytes:
        """
        Return the message that *sealed* holds.

        Raises:
            SealBroken: it is not sealed with this key; the error names the step for the log.

        """
        try:
            raw = binascii.a2b_base64(sealed, strict_mode=True)
        except ValueError as error:
            raise SealBroken("base64") from error
        if len(raw) < 2 * BLOCK or len(raw) % BLOCK:
            raise SealBroken("length")
        return _unpadded(self._cipher.decrypt(self._raw, raw))


def is_same(given: str, expected: str) -> bool:
    """Tell, in constant time, whether two texts of any characters are the same."""
    try:
        return hmac.compare_digest(given, expected)
    except TypeError:  # it takes texts in ASCII only
        return hmac.compare_digest(
            given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
        )


def _unpadded(padded: bytes) -> bytes:
    """Return *padded* without its padding, each byte of which is checked."""
    count = padded[-1]
    if not (1 <= count <= BLOCK and hmac.compare_digest(padded[-count:], _PADDINGS[count])):
        raise SealBroken("padding")
    return padded[:-count]


_PADDINGS = [bytes([count]) * count for count in range(BLOCK + 1)]
"""The padding of each length."""
