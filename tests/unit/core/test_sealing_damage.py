import base64
import contextlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto

from cococat.adapters.aes import AesCbc
from cococat.core.errors import SealBroken
from cococat.core.sealing import BLOCK, HEADER, RANDOM, Envelope, is_signed, sign
from tests.support.wechat_frames import (
    APP_ID,
    KEY,
    OTHER_KEY,
    START,
    an_envelope,
    encrypted,
    framed,
    padded,
    step_of,
)

RAW = base64.b64decode(KEY + "=")
messages = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


class TestDamage:
    """Whatever is wrong is refused, and the log is told where."""

    @pytest.mark.parametrize(
        ("sealed", "step"),
        [
            ("", "length"),
            ("=", "base64"),
            ("猫", "base64"),
            ("AAAA\n", "base64"),
            ("A" * 44, "length"),
            ("A" * 22 + "==", "length"),
            ("-_" * 32, "base64"),
        ],
    )
    def test_what_is_no_ciphertext(self, sealed: str, step: str) -> None:
        """Standard base64 of whole blocks of 32 bytes, and nothing else."""
        assert step_of(sealed) == step

    @pytest.mark.parametrize(
        "padding",
        [
            b"\x00" * 16,
            b"\x21" * 16,
            b"\xff" * 16,
            b"\x10" * 15 + b"\x11",
            b"\x0f" + b"\x10" * 15,
            b"\x10" * 14 + b"\x0f\x10",
            b"\x20" * 16,
        ],
    )
    def test_padding_is_checked_in_full(self, padding: bytes) -> None:
        """Its last byte says how many there are, and each of them says the same."""
        frame = framed(b"m" * (BLOCK * 2 - HEADER - len(APP_ID) - 16))

        assert step_of(encrypted(frame + padding)) == "padding"

    def test_wechatpy_alone_would_not_see_it(self) -> None:
        """Our check is stricter than the counterpart's, and has to be."""
        frame = framed(b"m" * (BLOCK * 2 - HEADER - len(APP_ID) - 16))
        sealed = encrypted(frame + b"\x0f" + b"\x10" * 15)

        assert PrpCrypto(RAW).decrypt(sealed, APP_ID)

    def test_no_padding_is_no_padding_of_none(self) -> None:
        """A frame that fills its blocks and ends with a zero has not been padded."""
        receive_id = "ends with\x00"
        frame = framed(
            b"m" * (BLOCK * 2 - HEADER - len(receive_id)), receive_id=receive_id.encode()
        )

        assert step_of(encrypted(frame), an_envelope(app_id=receive_id)) == "padding"

    @pytest.mark.parametrize("length", [0, 6, 7, 24, 2**31, 2**32 - 1])
    def test_a_length_that_does_not_fit(self, length: int) -> None:
        """Nothing, or more than there is, is no message."""
        step = step_of(encrypted(padded(framed(b"hello", length=length))))

        assert step == ("receive_id" if 0 < length <= 5 + len(APP_ID) else "frame")

    @pytest.mark.parametrize("size", range(HEADER))
    def test_a_frame_without_room_for_a_header(self, size: int) -> None:
        """There is no length to be read in it."""
        assert step_of(encrypted(padded(b"\x00" * size))) == "frame"

    @pytest.mark.parametrize(
        "receive_id",
        [b"", b"wx", APP_ID.encode() + b"x", APP_ID.encode()[:-1], APP_ID.upper().encode()],
    )
    def test_another_accounts_message(self, receive_id: bytes) -> None:
        """The receive id is ours, byte for byte."""
        assert step_of(encrypted(padded(framed(receive_id=receive_id)))) == "receive_id"

    @given(st.binary(min_size=BLOCK, max_size=BLOCK), st.integers(0, 12))
    def test_any_other_last_block_is_refused(self, block: bytes, size: int) -> None:
        """Padding and receive id leave no byte of the last block open."""
        good = padded(framed(b"m" * size))
        whole = good[:BLOCK] + block

        if whole == good:
            assert an_envelope().open(encrypted(whole)).message == b"m" * size
        else:
            assert step_of(encrypted(whole)) in ("padding", "frame", "receive_id")

    @given(messages, st.data())
    def test_any_truncation_is_refused(self, message: str, data: st.DataObject) -> None:
        """A shorter text is not the beginning of a message."""
        sealed = an_envelope().seal(message.encode(), KEY, START)
        size = data.draw(st.integers(0, len(sealed) - 1))

        step_of(sealed[:size])
        step_of(sealed[len(sealed) - size :])

    @given(messages, st.data())
    def test_a_flipped_bit_breaks_the_signature(self, message: str, data: st.DataObject) -> None:
        """The cipher alone does not protect the text; the signature covers every letter."""
        sealed = an_envelope().seal(message.encode(), KEY, START)
        signature = sign("token", "1714036504", "1514711492", sealed)
        at, bit = data.draw(st.integers(0, len(sealed) - 1)), data.draw(st.integers(0, 6))
        flipped = sealed[:at] + chr(ord(sealed[at]) ^ 1 << bit) + sealed[at + 1 :]

        assert not is_signed(signature, "token", "1714036504", "1514711492", flipped)

    @given(messages, st.data())
    def test_a_flipped_bit_in_length_id_or_padding_is_refused(
        self, message: str, data: st.DataObject
    ) -> None:
        """Even from who has the key."""
        plain = bytearray(padded(framed(message.encode())))
        end = HEADER + len(message.encode())
        at = data.draw(st.sampled_from([*range(RANDOM, HEADER), *range(end, len(plain))]))
        plain[at] ^= 1 << data.draw(st.integers(0, 7))

        assert step_of(encrypted(bytes(plain))) in ("padding", "frame", "receive_id")


Count = list[tuple[bytes, bytes]]


@pytest.fixture(name="compared")
def _compared(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Return what is compared in constant time, as it is."""
    seen: Count = []
    real = hmac.compare_digest

    def compare(given: bytes, wanted: bytes) -> bool:
        seen.append((given, wanted))
        return real(given, wanted)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    return seen


class CountingCipher(AesCbc):
    """AES that knows how often it decrypted."""

    def __init__(self) -> None:
        self.decrypted = 0

    def decrypt(self, key: bytes, encrypted: bytes) -> bytes:
        """Count, and decrypt."""
        self.decrypted += 1
        return super().decrypt(key, encrypted)


WRONG = {
    "padding": padded(framed())[:-2] + b"\x00" + padded(framed())[-1:],
    "padding of none": padded(framed())[:-1] + b"\x00",
    "length of nothing": padded(framed(length=0)),
    "length of too much": padded(framed(length=2**32 - 1)),
    "no header": padded(b"\x00" * 3),
    "receive id": padded(framed(receive_id=b"wxanother")),
    "receive id of no length": padded(framed(receive_id=b"")),
    "everything": b"\xff" * BLOCK * 2,
}


class TestNoTell:
    """Nobody learns from the work that is done which check has failed."""

    @pytest.mark.parametrize("plain", [*WRONG.values(), padded(framed())], ids=[*WRONG, "nothing"])
    def test_every_check_is_made_whichever_fails(self, plain: bytes, compared: Count) -> None:
        """Padding and receive id are both compared, in this order, whatever the other says."""
        with contextlib.suppress(SealBroken):
            an_envelope().open(encrypted(plain))

        assert len(compared) == 2
        assert [wanted == APP_ID.encode() for _, wanted in compared] == [False, True]

    @pytest.mark.parametrize("plain", WRONG.values(), ids=WRONG)
    def test_every_key_is_tried_whichever_check_fails(self, plain: bytes) -> None:
        """What opens with none of the keys has been decrypted with each of them."""
        cipher = CountingCipher()

        step_of(encrypted(plain), Envelope([OTHER_KEY, KEY], APP_ID, cipher))
        assert cipher.decrypted == 2

    @pytest.mark.parametrize("signature", ["", "short", "0" * 40])
    def test_a_signature_is_compared_in_constant_time(
        self, signature: str, compared: Count
    ) -> None:
        """Even one that can't be right."""
        assert not is_signed(signature, "token")
        assert len(compared) == 1


def test_an_envelope_tells_no_secret() -> None:
    """Neither keys nor plaintext are in what an error says."""
    with pytest.raises(SealBroken) as broken:
        an_envelope().open(encrypted(WRONG["receive id"]))

    assert str(broken.value) == "receive_id"
    assert KEY not in repr(an_envelope())
