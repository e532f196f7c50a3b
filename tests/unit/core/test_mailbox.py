import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import mailbox
from cococat.core.errors import MalformedMessage
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import ChatMessage
from tests.support import samples
from tests.support.schemas import validator
from tests.support.strategies import anything, json_values, mailbox_messages

SCHEMA = validator("mailbox")
GOOD: dict[str, Any] = json.loads(samples.mailbox_message().to_json()) | {
    "attachments": [{"kind": "image", "name": "a.png", "size": 3, "ref": "r"}]
}

some_key = st.sampled_from([*GOOD, "unknown"]) | anything


def is_taken(source: object) -> bool:
    """Tell whether an agent's library takes *source*."""
    try:
        mailbox.parse(json.dumps(source))
    except MalformedMessage:
        return False
    return True


@given(mailbox_messages)
def test_a_message_comes_back_as_it_was(message: MailboxMessage) -> None:
    """What is written is read again, whatever its texts hold."""
    assert mailbox.parse(message.to_json()) == message


@given(mailbox_messages)
def test_what_is_written_is_of_the_published_form(message: MailboxMessage) -> None:
    """Our own messages hold to the schema."""
    SCHEMA.validate(json.loads(message.to_json()))


@given(some_key, json_values)
def test_parse_and_schema_agree_on_any_value(key: str, value: object) -> None:
    """A message with any one member changed is taken exactly where the schema takes it."""
    source = GOOD | {key: value}

    assert is_taken(source) == SCHEMA.is_valid(source)


@given(st.sampled_from(["kind", "name", "size", "ref"]), json_values)
def test_parse_and_schema_agree_on_attachments(key: str, value: object) -> None:
    """The same holds inside an attachment."""
    source = GOOD | {"attachments": [GOOD["attachments"][0] | {key: value}]}

    assert is_taken(source) == SCHEMA.is_valid(source)


@given(json_values)
def test_whatever_comes_is_a_message_or_one_kind_of_error(value: object) -> None:
    """No JSON value makes the reader fail in a way of its own."""
    assert is_taken(value) == SCHEMA.is_valid(value)


@pytest.mark.parametrize("key", GOOD)
def test_every_member_is_needed_but_attachments(key: str) -> None:
    """A message that lacks a member is malformed."""
    source = {name: value for name, value in GOOD.items() if name != key}

    assert is_taken(source) == SCHEMA.is_valid(source) == (key == "attachments")


def written(message: ChatMessage) -> str:
    """Return what the mailbox gets of *message*."""
    return mailbox.write(message, identity=samples.identity(), address=samples.ADDRESS, reply="r")


@given(mailbox_messages)
def test_a_door_writes_what_a_message_is(message: MailboxMessage) -> None:
    """It is of the published form, and what the channel parsed is in it, whatever that is."""
    said = samples.chat_message()
    shared = ("content", "timestamp", "msg_type", "msg_id", "conversation_id", "attachments")
    said = replace(
        said, user_id=message.external_user, **{key: getattr(message, key) for key in shared}
    )

    SCHEMA.validate(json.loads(written(said)))
    found = mailbox.parse(written(said))
    assert json.loads(found.to_json()) == json.loads(written(said))
    assert (found.id, found.external_user, found.reply) == (samples.identity(), said.user_id, "r")
    assert [getattr(found, key) for key in shared] == [getattr(message, key) for key in shared]


def test_a_door_fills_in_cococats_own_names() -> None:
    """The first eight names are the ones that CocoCat's agents read."""
    source = json.loads(written(samples.chat_message()))

    assert source["schema"] == "cococat.mailbox/1"
    assert source["from"] == "scene:shop:web_api:ann"
    assert {name: source[name] for name in ("content", "target_type", "target_id", "scene_id")} == {
        "content": "hello",
        "target_type": "scene",
        "target_id": "shop",
        "scene_id": "shop",
    }
    assert (source["channel"], source["external_user"]) == ("web_api", "ann")
    assert source["timestamp"] == "2027-01-15T08:00:00.000+00:00"


def test_raw_characters_travel_as_they_are() -> None:
    """Text is written in UTF-8, not as escapes that would triple its size."""
    assert "猫🐈" in samples.mailbox_message("猫🐈").to_json()
    assert "猫🐈" in written(samples.chat_message("猫🐈"))
