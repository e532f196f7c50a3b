"""AES-256 in CBC mode, by pycryptodome; see `cococat.core.sealing.CbcCipher`."""

import threading
from functools import lru_cache
from typing import Protocol

from Crypto.Cipher import AES

BLOCK = 16

_ONE_AT_A_TIME = threading.Lock()
"""Two that decrypt at once would write into each other's block."""


class AesCbc:
    """Encrypts and decrypts whole blocks; padding is the protocol's own."""

    def encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """Return *plain*, a multiple of 16 bytes, encrypted."""
        return AES.new(key, AES.MODE_CBC, iv).encrypt(plain)

    def decrypt(self, key: bytes, iv: bytes, encrypted: bytes) -> bytes:
        """Return *encrypted*, a multiple of 16 bytes, decrypted."""
        # What a block says depends on it and on the block before it alone (NIST SP 800-38A,
        # 6.2). So the decryption may go on after any other, and the expanded key stays, if the
        # IV leads as the block before the first.
        with _ONE_AT_A_TIME:
            return _decryption(key).decrypt(iv + encrypted)[BLOCK:]


class _Decryption(Protocol):
    def decrypt(self, ciphertext: bytes) -> bytes: ...


@lru_cache(maxsize=64)
def _decryption(key: bytes) -> _Decryption:
    """Return a decryption with *key* that goes on and on."""
    return AES.new(key, AES.MODE_CBC, bytes(BLOCK))
