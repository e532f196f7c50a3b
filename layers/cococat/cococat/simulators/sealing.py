"""
How WeChat and WeCom seal, sign and open; the simulators' own, so that no channel is asked.

Source: WeChat developer documentation, "Message encryption and decryption"; WeCom developer
documentation, "Encryption and decryption scheme" (90968).
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from cococat.simulators import aes

BLOCK = 32


class NotTaken(Exception):
    """Raised when the platform does not take an answer; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """
    The callback settings of one account, application or bot, as its console has them.

    Attributes:
        token: signs.
        encoding_aes_key: seals.
        receive_id: what every envelope ends with: appid or corp id; nothing for a bot.

    """

    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    receive_id: str


class Seal(Protocol):
    """Somebody's cryptography."""

    def sign(self, *parts: str) -> str:
        """Return the signature over *parts* and the token."""
        ...

    def close(self, message: str) -> str:
        """Return *message* sealed."""
        ...

    def open(self, signature: str, timestamp: str, nonce: str, sealed: str) -> str:
        """
        Return what *sealed* holds.

        Raises:
            NotTaken: it is not signed, or not sealed as it must be.

        """
        ...


class OwnSeal:
    """
    `Seal` by hand.

    Args:
        keys: the settings.

    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._key = base64.b64decode(keys.encoding_aes_key + "=")

    def sign(self, *parts: str) -> str:
        """Return the signature over *parts* and the token."""
        joined = "".join(sorted((self._keys.token, *parts))).encode("utf-8")
        return hashlib.sha1(joined, usedforsecurity=False).hexdigest()

    def close(self, message: str) -> str:
        """Return *message* sealed."""
        raw = message.encode("utf-8")
        plain = secrets.token_bytes(16) + len(raw).to_bytes(4, "big") + raw
        plain += self._keys.receive_id.encode("ascii")
        missing = BLOCK - len(plain) % BLOCK
        encrypted = aes.encrypted(self._key, self._key[:16], plain + bytes([missing] * missing))
        return base64.b64encode(encrypted).decode("ascii")

    def open(self, signature: str, timestamp: str, nonce: str, sealed: str) -> str:
        """Return what *sealed* holds; see `Seal.open`."""
        if signature != self.sign(timestamp, nonce, sealed):
            raise NotTaken("the answer's signature is wrong")
        try:
            raw = base64.b64decode(sealed, validate=True)
            plain = aes.decrypted(self._key, self._key[:16], raw)
            plain = plain[: -plain[-1]]
            length = int.from_bytes(plain[16:20], "big")
            message, receiver = plain[20 : 20 + length], plain[20 + length :]
            if receiver.decode("ascii") != self._keys.receive_id:
                raise NotTaken("the answer is sealed for another account")
            return message.decode("utf-8")
        except (ValueError, IndexError) as error:
            raise NotTaken("the answer is not sealed as it must be") from error
