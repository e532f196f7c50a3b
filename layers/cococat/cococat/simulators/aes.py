"""AES in CBC mode, as the platforms have it; what is sealed here, our channels open."""

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC


def encrypted(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """
    Return *plain* encrypted.

    Raises:
        ValueError: it is no multiple of 16 bytes, or the key or the IV is too long or too short.

    """
    return _through(Cipher(AES(key), CBC(iv)).encryptor(), plain)


def decrypted(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """
    Return *sealed* decrypted.

    Raises:
        ValueError: it is no multiple of 16 bytes, or the key or the IV is too long or too short.

    """
    return _through(Cipher(AES(key), CBC(iv)).decryptor(), sealed)


def _through(context: CipherContext, blocks: bytes) -> bytes:
    return context.update(blocks) + context.finalize()
