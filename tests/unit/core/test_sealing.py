import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto

from cococat.adapters.aes import AesCbc
from cococat.core.http import Request, Response
from cococat.core.sealing import BLOCK, Envelope, is_signed, sign
from cococat.simulators.wechat import Account, WeChatPlatform
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
from tests.support.wechat_vectors import Vector, envelope, of_kind

RAW = base64.b64decode(KEY + "=")

keys = st.text(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=43, max_size=43
)
receive_ids = st.text(st.characters(codec="utf-8"), max_size=40)
app_ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
messages = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


class TestPublishedExamples:
    """What the platform's documentation prints."""

    @of_kind("url_verify", "inbound_plain")
    def test_a_plain_signature(self, vector: Vector) -> None:
        """Token, timestamp and nonce, sorted and joined by nothing."""
        query, token = vector["request"]["query"], vector["config"]["token"]

        assert sign(token, query["timestamp"], query["nonce"]) == query["signature"]
        assert sign(vector["expect"]["sha1_input"]) == query["signature"]
        assert is_signed(query["signature"], token, query["timestamp"], query["nonce"])

    @of_kind("inbound_encrypted")
    def test_a_sealed_message(self, vector: Vector) -> None:
        """Signed, opened, and the same bytes when it is sealed again with its random."""
        request, expected = vector["request"], vector["expect"]
        query, token = request["query"], vector["config"]["token"]
        opened = envelope(vector).open(request["encrypt"])

        signed = (token, query["timestamp"], query["nonce"], request["encrypt"])
        assert is_signed(query["msg_signature"], *signed)
        assert opened.message.decode("utf-8") == expected["plaintext"]
        assert (len(opened.message), opened.key) == (expected["msg_len"], key_of(vector))
        random = bytes.fromhex(expected["random16_hex"])
        assert envelope(vector).seal(opened.message, opened.key, random) == request["encrypt"]

    @of_kind("reply_encrypt")
    def test_a_sealed_reply_byte_for_byte(self, vector: Vector) -> None:
        """Our seal is theirs, where the random is."""
        given, expected = vector["input"], vector["expect"]
        message = given["plaintext"].encode("utf-8")
        sealed = envelope(vector).seal(
            message, key_of(vector), bytes.fromhex(given["random16_hex"])
        )

        assert sealed == expected["encrypt"]
        assert len(base64.b64decode(sealed)) == expected["cipher_bytes"]
        assert envelope(vector).open(sealed).message == message

    @of_kind("reply_encrypt")
    def test_a_replys_signature(self, vector: Vector) -> None:
        """Over our own timestamp and nonce."""
        given, expected = vector["input"], vector["expect"]
        parts = (str(given.get("timestamp", "")), given.get("nonce", ""), expected["encrypt"])

        if "msg_signature" in expected:
            assert sign(vector["config"]["token"], *parts) == expected["msg_signature"]
        else:
            assert "timestamp" not in given

    @of_kind("inbound_encrypted_reject")
    def test_a_message_that_is_to_be_refused(self, vector: Vector) -> None:
        """Another character breaks the signature, another appid the seal."""
        query, sealed = vector["request"]["query"], vector["request"]["encrypt"]
        parts = (vector["config"]["token"], query["timestamp"], query["nonce"], sealed)

        if vector["expect"]["reject"] == "msg_signature mismatch":
            assert not is_signed(query["msg_signature"], *parts)
        else:
            assert is_signed(query["msg_signature"], *parts)
            assert step_of(sealed, envelope(vector)) == "receive_id"


def key_of(vector: Vector) -> str:
    """Return the example's key."""
    key: str = vector["config"]["encoding_aes_key"]
    return key


class TestSignature:
    """What a signature covers, and what it does not."""

    def test_digits_may_move_between_nonce_and_timestamp(self) -> None:
        """Nothing stands between the parts, so their forms have to be checked elsewhere."""
        whole = sign("AAAAA", "1714036504", "1514711492")

        assert is_signed(whole, "AAAAA", "714036504", "15147114921")
        assert is_signed(whole, "AAAAA", "21714036504", "151471149")

    @pytest.mark.parametrize("signature", ["", "猫", "\ud800", "0" * 40, "0" * 4000])
    def test_nothing_else_is_one(self, signature: str) -> None:
        """Whatever stands there is compared, and is wrong."""
        assert not is_signed(signature, "AAAAA", "1714036504", "1514711492")

    def test_its_letters_are_small(self) -> None:
        """The platform writes hexadecimal in small letters, and so must who signs."""
        assert not is_signed(sign("a").upper(), "a")


class TestRoundTrips:
    """Everybody opens what anybody sealed."""

    @given(messages, keys, receive_ids)
    @example("a" * 13, KEY, "")
    def test_we_open_what_we_seal(self, message: str, key: str, receive_id: str) -> None:
        """Any text, key and receive id."""
        ours = Envelope([key], receive_id, AesCbc())
        opened = ours.open(ours.seal(message.encode(), key, START))

        assert opened.message.decode() == message

    @given(messages, keys, app_ids)
    def test_wechatpy_opens_what_we_seal(self, message: str, key: str, app_id: str) -> None:
        """Any text, key and appid."""
        sealed = an_envelope(key, app_id=app_id).seal(message.encode(), key, START)

        assert PrpCrypto(base64.b64decode(f"{key}=")).decrypt(sealed, app_id) == message

    @given(messages, keys, app_ids)
    def test_we_open_what_wechatpy_seals(self, message: str, key: str, app_id: str) -> None:
        """Any text, key and appid."""
        sealed = PrpCrypto(base64.b64decode(f"{key}=")).encrypt(message, app_id).decode()

        assert an_envelope(key, app_id=app_id).open(sealed).message.decode() == message

    @given(messages, keys, app_ids)
    def test_we_open_what_the_simulator_seals(self, message: str, key: str, app_id: str) -> None:
        """Any text, key and appid."""
        account = Account(app_id=app_id, token="t", encoding_aes_key=key)
        platform = WeChatPlatform(account=account, transport=_nowhere, path="/")

        opened = an_envelope(key, app_id=app_id).open(platform.seal(message))
        assert opened.message.decode() == message

    @pytest.mark.parametrize("size", range(1, 2 * BLOCK + 1))
    def test_every_length_of_padding(self, size: int) -> None:
        """From 1 to 32 bytes, never none."""
        ours = an_envelope()

        assert ours.open(ours.seal(b"x" * size, KEY, START)).message == b"x" * size


def _nowhere(request: Request) -> Response:
    raise AssertionError(request)


class TestKeys:
    """A key that is being changed."""

    def test_the_one_that_opened_is_told(self) -> None:
        """The answer is to be sealed with the same."""
        changing = an_envelope(OTHER_KEY, KEY)

        assert changing.open(encrypted(padded(framed()))).key == KEY
        ours = changing.seal(b"new", OTHER_KEY, START)
        assert changing.open(ours).key == OTHER_KEY

    def test_without_one_nothing_opens(self) -> None:
        """An account without a key refuses all."""
        assert step_of(encrypted(padded(framed())), Envelope([], APP_ID, AesCbc())) == "key"

    def test_another_ones_envelope_stays_shut(self) -> None:
        """A wrong key gives no plaintext."""
        assert step_of(encrypted(padded(framed())), an_envelope(OTHER_KEY)) == "padding"

    def test_unused_bits_in_the_last_letter_are_no_obstacle(self) -> None:
        """Some consoles hand out keys whose 43rd letter is not the canonical one."""
        assert base64.b64encode(RAW).decode()[:43] != KEY
        assert an_envelope().open(encrypted(padded(framed()))).key == KEY
