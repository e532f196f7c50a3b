"""AES in CBC mode."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

from cococat.adapters.aes import AesCbc

BLOCK = 16
KEYS = st.sampled_from([b"k" * 32, b"l" * 32])
IVS = st.binary(min_size=BLOCK, max_size=BLOCK)
BLOCKS = st.lists(st.binary(min_size=BLOCK, max_size=BLOCK), max_size=4).map(b"".join)


@given(st.lists(st.tuples(KEYS, IVS, BLOCKS), max_size=5))
def test_each_decryption_stands_for_itself(messages: list[tuple[bytes, bytes, bytes]]) -> None:
    """Whatever was decrypted before with the same key, a message comes out as it went in."""
    for key, iv, plain in messages:
        encrypted = AES.new(key, AES.MODE_CBC, iv).encrypt(plain)
        assert AesCbc().decrypt(key, iv + encrypted) == plain


@given(st.binary(min_size=1, max_size=100).filter(lambda sealed: len(sealed) % BLOCK))
def test_half_a_block_is_refused_and_spoils_nothing(sealed: bytes) -> None:
    """What is no whole number of blocks stays out, so the next message is as it should be."""
    key, plain, aes = b"k" * 32, b"m" * BLOCK, AesCbc()

    with pytest.raises(ValueError, match="blocks"):
        aes.decrypt(key, sealed)
    assert aes.decrypt(key, plain + aes.encrypt(key, plain, plain)) == plain


def test_two_threads_do_not_spoil_each_other() -> None:
    """Many decryptions at once, all with one key, give each thread its own message."""
    key, aes = b"k" * 32, AesCbc()
    plain = [bytes([number]) * BLOCK * 64 for number in range(200)]
    sealed = [aes.encrypt(key, each[:BLOCK], each) for each in plain]

    def opened(number: int) -> bytes:
        return aes.decrypt(key, plain[number][:BLOCK] + sealed[number])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(len(plain)))) == plain
