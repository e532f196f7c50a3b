"""AES-256 in CBC mode, by cryptography (OpenSSL); see `cococat.core.sealing.CbcCipher`."""

import threading
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 16

_ONE_AT_A_TIME = threading.Lock()
"""Two that decrypt at once would write into each other's block."""


class AesCbc:
    """Encrypts and decrypts whole blocks; padding is the protocol's own."""

    def encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """Return *plain*, a multiple of 16 bytes, encrypted."""
        encryption = Cipher(AES(key), CBC(iv)).encryptor()
        return encryption.update(plain) + encryption.finalize()

    def decrypt(self, key: bytes, encrypted: bytes) -> bytes:
        """
        Return *encrypted*, a multiple of 16 bytes that begins with the IV, decrypted.

        Raises:
            ValueError: it is no multiple of 16 bytes.

        """
        if len(encrypted) % BLOCK:
            message = "these are no whole blocks"
            raise ValueError(message)
        # What a block says depends on it and on the block before it alone (NIST SP 800-38A,
        # 6.2). So the decryption may go on after any other, and the expanded key stays, if the
        # IV leads as the block before the first.
        with _ONE_AT_A_TIME:
            return _decryption(key).update(encrypted)[BLOCK:]


@lru_cache(maxsize=64)
def _decryption(key: bytes) -> CipherContext:
    """Return a decryption with *key* that goes on and on."""
    return Cipher(AES(key), CBC(bytes(BLOCK))).decryptor()
