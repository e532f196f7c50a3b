import base64
import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import text
from cococat.core.errors import ReplyRefused
from cococat.core.reply_address import ReplyAddress, peek, seal, unseal
from cococat.core.seal import MAC
from tests.support import samples
from tests.support.strategies import anything, json_values, reply_addresses

KEY = samples.REPLY_KEY


def encoded(value: object) -> str:
    """Return *value* in the form of a token, with no seal that holds."""
    text = json.dumps(value)
    raw = text.ljust(len(text) + -(len(text) + MAC) % 3).encode() + bytes(MAC)
    return base64.urlsafe_b64encode(raw).decode()


def unpacked(token: str) -> bytes:
    """Return the bytes of *token*: what it says, and its MAC."""
    return base64.urlsafe_b64decode(token)


def malformed() -> list[str]:
    """Return tokens that are of no form of ours."""
    good: dict[str, Any] = asdict(samples.reply_address())
    values: list[object] = [[], "a", 1, None, {}]
    values += [{**good, key: wrong} for key in good for wrong in (None, ["a"], 1.5, {"a": 1})]
    values += [{**good, "address": {**good["address"], "name": 1}}]
    values += [{**good, "message_id": wrong} for wrong in ("", "a" * 63, "A" * 64)]
    return [
        "",
        ".",
        "x",
        "!.!",
        "猫.猫",
        "\ud800.\ud800",
        "AAAA",
        f"{encoded(good)}AA",
        *map(encoded, values),
    ]


class TestSeal:
    """Only the channel that sealed an address opens it."""

    @given(reply_addresses, anything)
    def test_opens_with_its_own_key(self, address: ReplyAddress, key: str) -> None:
        """What was sealed comes back as it was."""
        key = text.clean(key)
        token = seal(address, key)

        assert unseal(token, key, address.expires_at - 1) == address
        assert peek(token) == address

    @given(reply_addresses)
    def test_is_plain_ascii(self, address: ReplyAddress) -> None:
        """A token may travel through every queue."""
        assert seal(address, KEY).isascii()

    def test_does_not_open_with_another_key(self) -> None:
        """A token of another channel is refused."""
        token = seal(samples.reply_address(), "another")

        with pytest.raises(ReplyRefused):
            unseal(token, KEY, 0)

    @given(st.data())
    def test_does_not_open_when_tampered_with(self, data: st.DataObject) -> None:
        """Any other character anywhere in a token breaks its seal."""
        token = seal(samples.reply_address(), KEY)
        at = data.draw(st.integers(0, len(token) - 1))
        character = data.draw(st.characters().filter(lambda each: each != token[at]))

        with pytest.raises(ReplyRefused):
            unseal(token[:at] + character + token[at + 1 :], KEY, 0)

    @pytest.mark.parametrize(("written", "other"), [("-", "+"), ("_", "/")])
    def test_is_written_in_one_alphabet(self, written: str, other: str) -> None:
        """The same bits in the characters of the other base64 are another token, and none."""
        token = seal(replace(samples.reply_address(), user_id="~~~???" * 9), KEY)
        assert written in token

        with pytest.raises(ReplyRefused):
            unseal(token.replace(written, other), KEY, 0)

    def test_a_changed_address_needs_a_new_seal(self) -> None:
        """Nobody writes to a stranger with the seal of their own message."""
        mine = seal(samples.reply_address(), KEY)
        other = seal(replace(samples.reply_address(), user_id="bob"), "another")
        forged = unpacked(other)[:-MAC] + unpacked(mine)[-MAC:]

        with pytest.raises(ReplyRefused):
            unseal(base64.urlsafe_b64encode(forged).decode(), KEY, 0)

    @pytest.mark.parametrize("late", [0, 1, 10**9])
    def test_does_not_open_once_expired(self, late: int) -> None:
        """An address is good until its last second."""
        address = samples.reply_address()

        with pytest.raises(ReplyRefused):
            unseal(seal(address, KEY), KEY, address.expires_at + late)


class TestPeek:
    """Reading without the key."""

    @pytest.mark.parametrize("token", malformed())
    def test_refuses_what_is_not_of_our_form(self, token: str) -> None:
        """A token of another form is one kind of error."""
        with pytest.raises(ReplyRefused):
            peek(token)
        with pytest.raises(ReplyRefused):
            unseal(token, KEY, 0)

    @given(json_values)
    def test_refuses_any_other_value(self, value: object) -> None:
        """Whatever JSON is inside, there is an address or that one error."""
        with pytest.raises(ReplyRefused):
            peek(encoded(value))


def test_the_key_is_not_in_the_token() -> None:
    """A token shows nothing of the key."""
    assert KEY.encode() not in unpacked(seal(samples.reply_address(), KEY))
