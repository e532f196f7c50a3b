"""AES-256 in CBC mode, by pycryptodome; see `cococat.core.sealing.CbcCipher`."""

from functools import lru_cache
from typing import Protocol

from Crypto.Cipher import AES


class AesCbc:
    """Encrypts and decrypts whole blocks; padding is the protocol's own."""

    def encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """Return *plain*, a multiple of 16 bytes, encrypted."""
        return AES.new(key, AES.MODE_CBC, iv).encrypt(plain)

    def decrypt(self, key: bytes, iv: bytes, encrypted: bytes) -> bytes:
        """Return *encrypted*, a multiple of 16 bytes, decrypted."""
        # Each plain block is its decrypted block XOR the encrypted one before it (NIST SP
        # 800-38A, 6.2). A CBC object is good for one message; this way the expanded key stays.
        blocks = int.from_bytes(_expanded(key).decrypt(encrypted))
        before = int.from_bytes((iv + encrypted)[: len(encrypted)])
        return (blocks ^ before).to_bytes(len(encrypted))


class _BlockCipher(Protocol):
    def decrypt(self, ciphertext: bytes) -> bytes: ...


@lru_cache(maxsize=64)
def _expanded(key: bytes) -> _BlockCipher:
    """Return AES with *key* on single blocks; it has no state beside the key."""
    return AES.new(key, AES.MODE_ECB)
