"""Sealed messages made by hand, so that each of their parts can be wrong."""

import base64

import pytest

from cococat.adapters.aes import AesCbc
from cococat.core.errors import SealBroken
from cococat.core.sealing import BLOCK, RANDOM, Envelope

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = "0123456789" * 4 + "abc"
APP_ID = "wx0123456789abcdef"
START = b"r" * RANDOM
"""What stands for the random bytes."""


def an_envelope(*keys: str, app_id: str = APP_ID) -> Envelope:
    """Return the envelope of an account with *keys*."""
    return Envelope(keys or (KEY,), app_id, AesCbc())


def framed(
    message: bytes = b"hello", *, length: int | None = None, receive_id: bytes = APP_ID.encode()
) -> bytes:
    """Return what is sealed, before its padding."""
    size = len(message) if length is None else length
    return START + size.to_bytes(4, "big") + message + receive_id


def padded(frame: bytes) -> bytes:
    """Return *frame* with the padding that it must have."""
    count = BLOCK - len(frame) % BLOCK
    return frame + bytes([count]) * count


def encrypted(plain: bytes, key: str = KEY) -> str:
    """Return *plain*, whole blocks, encrypted and in base64."""
    raw = base64.b64decode(key + "=")
    return base64.b64encode(AesCbc().encrypt(raw, raw[:16], plain)).decode("ascii")


def step_of(sealed: str, opener: Envelope | None = None) -> str:
    """Return the step at which *sealed* is refused."""
    with pytest.raises(SealBroken) as broken:
        (opener or an_envelope()).open(sealed)
    return broken.value.step
