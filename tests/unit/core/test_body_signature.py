import hashlib

from hypothesis import given
from hypothesis import strategies as st

from cococat.core.body_signature import signed_headers


def by_the_book(key: bytes, message: bytes) -> str:
    """Return the HMAC-SHA-256 as RFC 2104 has it, without any library for it."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).hexdigest()


@given(st.text(min_size=1), st.binary(), st.integers(0, 2**33))
def test_the_signature_is_what_anybody_computes(secret: str, body: bytes, now: int) -> None:
    """Over the timestamp, a full stop and the body."""
    headers = signed_headers(secret, body, now + 0.9)

    expected = by_the_book(secret.encode("utf-8"), f"{now}.".encode() + body)
    assert headers == {
        "X-CocoCat-Timestamp": f"{now}",
        "X-CocoCat-Signature": f"sha256={expected}",
    }
