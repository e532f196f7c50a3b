"""AES-256 in CBC mode, by pycryptodome; see `cococat.core.sealing.CbcCipher`."""

from Crypto.Cipher import AES


class AesCbc:
    """Encrypts and decrypts whole blocks; padding is the protocol's own."""

    def encrypt(self, key: bytes, iv: bytes, plain: bytes) -> bytes:
        """Return *plain*, a multiple of 16 bytes, encrypted."""
        return AES.new(key, AES.MODE_CBC, iv).encrypt(plain)

    def decrypt(self, key: bytes, iv: bytes, encrypted: bytes) -> bytes:
        """Return *encrypted*, a multiple of 16 bytes, decrypted."""
        return AES.new(key, AES.MODE_CBC, iv).decrypt(encrypted)
