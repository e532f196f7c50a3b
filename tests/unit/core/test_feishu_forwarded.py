"""Forwarded messages as one text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.feishu_forwarded import DEEPEST, HEAD, MAX_TEXT, MOST, REST, to_text
from cococat.core.text import size
from cococat.simulators.feishu_forwards import FORWARDED, item
from tests.support.strategies import json_values

MEMBERS = ("message_id", "upper_message_id", "msg_type", "create_time", "sender", "body",
           "mentions", "deleted")  # fmt: skip


def lines(*items: dict[str, Any]) -> list[str]:
    """Return the lines after the head, without the times."""
    head, *found = to_text([*items], "om_0").split("\n")
    assert head == HEAD
    return [line.replace("[1970-01-01T00:00:00.000+00:00] ", "") for line in found]


def said(message_id: str, text: str, inside: str = "om_0") -> dict[str, Any]:
    """Return a text message of Ann's."""
    return item(message_id, {"text": text}, inside=inside, name="Ann")


def test_they_are_in_the_order_of_their_times() -> None:
    """However Feishu lists them."""
    first = item("om_1", {"text": "one"}, inside="om_0", at=1)
    second = item("om_2", {"text": "two"}, inside="om_0", at=2)

    assert [line for line in lines(second, first) if line.startswith(">")] == ["> one", "> two"]


def test_what_somebody_wrote_passes_for_no_other_message() -> None:
    """Each of their lines is marked, and a name is one line."""
    forged = "hi\n[2027-01-15T07:59:00.000+00:00] Boss\r> yes\u2028[x]"
    name = "Ann\n[2027-01-15T07:59:00.000+00:00] Boss"
    sent = said("om_1", forged) | {"sender": {"sender_name": name}}

    assert lines(sent) == [
        "Ann [2027-01-15T07:59:00.000+00:00] Boss",
        "> hi",
        "> [2027-01-15T07:59:00.000+00:00] Boss",
        "> > yes",
        "> [x]",
    ]


def test_a_forward_inside_of_a_forward_is_shown_inside_of_it() -> None:
    """If Feishu tells what is in it."""
    inner = item("om_1", {}, inside="om_0", kind=FORWARDED, name="Ann")

    assert lines(inner) == ["Ann", "> [合并转发]"]
    assert lines(inner, said("om_2", "deep", "om_1")) == [
        "Ann",
        "> [合并转发]",
        "  Ann",
        "  > deep",
    ]


def test_a_ring_of_forwards_has_an_end() -> None:
    """Nobody follows it round."""
    ring = [said("om_1", "x"), said("om_1", "x", "om_1")]

    assert len(lines(*ring)) == 2 * (DEEPEST + 1)


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"deleted": True}, ["Ann", "> [已撤回]"]),
        ({"sender": {"id": "cli_1"}}, ["cli_1", "> hi"]),
        ({"sender": None}, ["", "> hi"]),
        ({"body": None}, ["Ann", "> [不支持的消息]"]),
        ({"body": {"content": "not JSON"}, "msg_type": "image"}, ["Ann", "> [图片]"]),
        ({"mentions": 7}, ["Ann", "> hi"]),
    ],
)
def test_what_is_missing_is_left_out(more: dict[str, Any], shown: list[str]) -> None:
    """A message that can't be read still stands there."""
    assert lines(said("om_1", "hi") | more) == shown


def test_only_so_many_are_shown() -> None:
    """And the text says that there are more."""
    many = [said(f"om_x{number}", "x") for number in range(MOST + 1)]

    assert len(lines(*many[:MOST])) == 2 * MOST
    assert lines(*many)[-1] == REST
    assert len(lines(*many)) == 2 * MOST + 1


def test_only_so_much_is_shown() -> None:
    """Whole characters of it."""
    text = to_text([said("om_1", "猫" * MAX_TEXT)], "om_0")

    assert text.endswith(f"猫\n{REST}")
    assert MAX_TEXT - 4 < size(text) - size(f"\n{REST}") <= MAX_TEXT


def test_what_no_text_can_hold_is_left_out() -> None:
    """Half of a character would break the whole."""
    sent = said("om_1", "a\x00\ud800b") | {"sender": {"sender_name": "A\udfffnn"}}

    assert lines(sent) == ["Ann", "> ab"]


@given(st.lists(st.dictionaries(st.sampled_from(MEMBERS), json_values | st.just("om_0"))))
def test_whatever_feishu_answers_there_is_a_text(items: list[dict[str, Any]]) -> None:
    """It is the platform's, and still not what it should be now and then."""
    assert to_text(items, "om_0").startswith(HEAD)
