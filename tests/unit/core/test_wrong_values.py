"""What the faults of a config say of a value."""

from typing import Any

import pytest

from cococat.core import config_check
from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.errors import ConfigError
from cococat.core.ids import ChannelAddress
from cococat.core.scenes import Entry
from cococat.core.wish_check import check
from cococat.core.wrong_values import what_is_wrong
from tests.support import samples

CANARY = "CANARY"


def said(channel_type: str, key: str, value: object, inside: str = "") -> str:
    """Return what is said of *value* as the *key* of an entry of a file, or of what is *inside*."""
    made = Entry(
        scene_id="shop",
        index=3,
        channel_type=channel_type,
        name=channel_type,
        enabled=True,
        agent="support",
        config={key: value},
    )
    path = f"$.channels[3].config.{key}{inside}"
    (found,) = [fault for fault in config_check.check(made) if fault.path == path]
    return found.expected


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        (123456, "is a number and not a text"),
        (True, "is true or false and not a text"),
        ([CANARY], "is a list and not a text"),
        ({CANARY: CANARY}, "is an object and not a text"),
        ("", "is empty"),
        (" \n", "is blank"),
        (f"{CANARY}\n", "begins or ends with a blank or a line break"),
        (f"{CANARY} {CANARY}", "has a blank or a line break in it"),
        (f"{CANARY}猫", "has a character in it that is not ASCII"),
        (f"{CANARY}\x00", "has a control character in it"),
        (f"{CANARY} 猫", "has a blank in it and a character that is not ASCII"),
        (CANARY * 50, "is a text of 300 characters"),
        ("xxx", "still is the example's placeholder"),
        ("XXXXXXXX", "still is the example's placeholder"),
        ("<your token>", "still is the example's placeholder"),
        ("123456:ABC-DEF...", "still is the example's placeholder"),
    ],
)
def test_a_fault_says_what_is_expected_and_what_is_wrong(value: object, wrong: str) -> None:
    """But nothing of the value itself."""
    expected = "the bot's token, 1 to 256 visible ASCII characters"

    assert said("telegram", "bot_token", value) == f"{expected}; it {wrong}"


@pytest.mark.parametrize(
    ("channel_type", "key", "value", "wrong"),
    [
        ("wechat", "encoding_aes_key", "a" * 42, "it is a text of 42 characters"),
        ("wechat", "token", "a", "it is a text of 1 character"),
        ("wechat", "token", "a-b", "it has a character in it that is neither letter nor digit"),
        ("wechat", "mode", "safe", "encoding_aes_key is missing"),
        ("weixin", "agent_id", 1000002, "it is a number and not a text"),
        ("feishu", "encrypt_key", "a b\n", "it begins or ends with a blank or a line break"),
        ("feishu", "domain", "larks", "it is a text of 5 characters"),
        ("web_api", "endpoint", "/web", "it is a text of 4 characters"),
        ("web_api", "api_key", [], "the list holds 0 values, and may hold 1 to 20"),
        ("web_api", "api_key", ["k" * 16, ""], "value 2 of the list is empty"),
        ("web_api", "api_key", [{"name": "a"}], "value 1 of the list has other keys than name"),
        ("web_api", "api_key", [{"name": "", "key": "k"}], "the name of value 1 of the list is"),
        ("web_api", "api_key", [{"name": "a", "key": "k" * 16}] * 2, "value 2 of the list has the"),
        ("web_api", "api_key", [{"name": "a", "key": 1}], "value 1 of the list is a number and"),
        ("web_api", "options", [], "it is a list"),
    ],
)
def test_each_key_has_its_words(channel_type: str, key: str, value: object, wrong: str) -> None:
    """For lists with the number of the value."""
    assert f"; {wrong}" in said(channel_type, key, value)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"groups": "some"}, "it is a text of 4 characters"),
        ({"edits": "true"}, "it is a text of 4 characters"),
        ({"fallback_text": ""}, "it is an empty text"),
        ({"passive_wait": 9}, "it is a number"),
        ({"rate_limit": None}, "it is null"),
    ],
)
def test_so_has_each_option(options: dict[str, Any], wrong: str) -> None:
    """It says what it is instead."""
    (key,) = options

    assert f"; {wrong}, and not such a one" in said("web_api", "options", options, f".{key}")


@pytest.mark.parametrize(
    ("channel_type", "key"),
    sorted(
        {
            (each, known.key)
            for each, kind in CATALOGUE.items()
            for variant in kind.variants
            for known in variant
        }
    ),
)
def test_the_api_says_it_too(channel_type: str, key: str) -> None:
    """Of every key of every type, without the value."""
    address = ChannelAddress(
        target_type="scene", target_id="shop", channel=channel_type, name="one"
    )
    with pytest.raises(ConfigError) as raised:
        check(address, {key: f"\x07{CANARY}"}, lambda _: True)

    line, *_ = [
        each for each in raised.value.faults if each.startswith(f"request: $.config.{key}: ")
    ]
    assert "; it " in line
    assert CANARY not in str(raised.value)


def test_what_is_right_has_no_words() -> None:
    """An empty text."""
    assert what_is_wrong(samples.API_KEY, lambda _: True) == ""
