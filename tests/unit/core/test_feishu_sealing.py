import base64
import contextlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.adapters.aes import AesCbc
from cococat.core.errors import SealBroken
from cococat.core.feishu_sealing import BLOCK, EncryptKey, is_same
from cococat.simulators.feishu import App
from tests.support.feishu_attacks import a_platform
from tests.support.lark import AESCipher

Vector = dict[str, Any]
KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50)
MESSAGES = st.binary(max_size=200)


@cache
def vectors() -> list[Vector]:
    """Return the worked examples."""
    text = (Path(__file__).parents[2] / "data" / "feishu.json").read_text("utf-8")
    found: list[Vector] = json.loads(text)["vectors"]
    return found


def of_kind(kind: str) -> pytest.MarkDecorator:
    """Run a test with each example of *kind* as its `vector`."""
    found = [vector for vector in vectors() if vector["kind"] == kind]
    assert found
    return pytest.mark.parametrize("vector", found, ids=lambda vector: vector["id"])


def sealed_by_simulator(key: str, message: bytes) -> str:
    """Return *message* as the platform's simulator seals it."""
    return a_platform(App(app_id="cli_a", encrypt_key=key)).seal(message)


def the_key(text: str) -> EncryptKey:
    """Return the Encrypt Key *text* with the AES that is used."""
    return EncryptKey(text, AesCbc())


class TestExamples:
    """What Feishu and its SDKs publish."""

    @of_kind("aes_decrypt")
    def test_what_is_sealed_opens(self, vector: Vector) -> None:
        """Each ciphertext holds what was published, and lark-oapi says the same."""
        opened = the_key(vector["encrypt_key"]).unseal(vector["encrypt"])

        assert opened.decode("utf-8") == vector["plaintext"]
        assert (
            AESCipher(vector["encrypt_key"]).decrypt_str(vector["encrypt"]) == vector["plaintext"]
        )

    @of_kind("signature")
    def test_signatures(self, vector: Vector) -> None:
        """Each signature is the one over time, nonce, key and the raw body."""
        body = vector["body"].encode("utf-8")
        key, signed = the_key(vector["encrypt_key"]), (vector["timestamp"], vector["nonce"])

        assert key.sign(*signed, body) == vector["signature"]
        assert key.sign(*signed, body + b" ") != vector["signature"]


class TestBothDirections:
    """Ours, lark-oapi's and the simulator's say the same of everything."""

    @given(KEYS, MESSAGES)
    def test_what_the_simulator_seals_opens_here_and_there(self, key: str, message: bytes) -> None:
        """Any key and any bytes, none at all too."""
        sealed = sealed_by_simulator(key, message)

        assert the_key(key).unseal(sealed) == message
        assert AESCipher(key).decrypt(base64.b64decode(sealed)) == message

    @given(KEYS, st.binary(max_size=80))
    def test_what_opens_there_opens_here(self, key: str, raw: bytes) -> None:
        """Any bytes: both refuse them, or both read the same."""
        theirs = ours = None
        with contextlib.suppress(ValueError):
            theirs = AESCipher(key).decrypt(raw)
        with contextlib.suppress(SealBroken):
            ours = the_key(key).unseal(base64.b64encode(raw).decode("ascii"))

        assert ours == theirs

    @given(KEYS, MESSAGES, st.data())
    def test_a_changed_byte_never_gives_the_message(
        self, key: str, message: bytes, data: st.DataObject
    ) -> None:
        """Damage is refused, or changes what is read; CBC alone promises no more."""
        sealed = bytearray(base64.b64decode(sealed_by_simulator(key, message)))
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
        with contextlib.suppress(SealBroken):
            assert the_key(key).unseal(base64.b64encode(sealed).decode("ascii")) != message


class TestDamage:
    """Whatever is wrong is refused, and the log is told where."""

    @pytest.mark.parametrize(
        "padding",
        [
            b"\x00" * 16,
            b"\x11" * 16,
            b"\xff" * 16,
            b"m" * 14 + b"\x01\x02",
            b"m" * 13 + b"\x02\x03\x03",
            b"\x10" * 14 + b"\x0f\x10",
            b"\x0f" + b"\x10" * 15,
        ],
    )
    def test_padding_is_checked_in_full(self, padding: bytes) -> None:
        """Its last byte says how many there are, and each of them says the same."""
        key = AESCipher("key").digest
        encrypted = b"\x00" * BLOCK + AesCbc().encrypt(key, b"\x00" * BLOCK, b"m" * BLOCK + padding)
        with pytest.raises(SealBroken) as broken:
            the_key("key").unseal(base64.b64encode(encrypted).decode("ascii"))

        assert broken.value.step == "padding"


@pytest.mark.parametrize("given_", ["", "签名", "\ud800", "a", "secreT", "secret "])
def test_any_text_can_be_compared(given_: str) -> None:
    """Characters that have no bytes are no reason to fail."""
    assert not is_same(given_, "secret")
    assert is_same(given_, given_)
