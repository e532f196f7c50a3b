import json

from hypothesis import given
from hypothesis import strategies as st

from cococat.core import outbox_message, reply_form
from cococat.core.errors import MalformedMessage
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from tests.support.schemas import validator
from tests.support.strategies import answers, anything, json_values, outbox_messages

SCHEMA = validator("outbox")
GOOD = {
    "schema": "cococat.outbox/1",
    "reply": "r",
    "content": "hi",
    "none": False,
    "failure": "agent_error",
    "message": {"id": "1"},
}

some_key = st.sampled_from([*GOOD, "unknown"]) | anything


def is_taken(source: object) -> bool:
    """Tell whether the outbox takes *source*."""
    try:
        outbox_message.parse(json.dumps(source))
    except MalformedMessage:
        return False
    return True


@given(outbox_messages)
def test_a_message_comes_back_as_it_was(message: OutboxMessage) -> None:
    """What is written is read again, whatever its texts hold."""
    assert outbox_message.parse(message.to_json()) == message


@given(outbox_messages)
def test_what_is_written_is_of_the_published_form(message: OutboxMessage) -> None:
    """Our own messages hold to the schema."""
    SCHEMA.validate(json.loads(message.to_json()))


@given(some_key, json_values | answers.map(reply_form.to_json))
def test_parse_and_schema_agree_on_any_value(key: str, value: object) -> None:
    """A message with any one member changed is taken exactly where the schema takes it."""
    source = GOOD | {key: value}

    assert is_taken(source) == SCHEMA.is_valid(source)


@given(json_values)
def test_whatever_comes_is_a_message_or_one_kind_of_error(value: object) -> None:
    """No JSON value makes the reader fail in a way of its own."""
    assert is_taken(value) == SCHEMA.is_valid(value)


def test_the_least_that_an_agent_has_to_write() -> None:
    """An agent in any language answers with the sealed address and its text."""
    body = '{"schema": "cococat.outbox/1", "reply": "r", "content": "hi"}'

    assert outbox_message.parse(body) == OutboxMessage(reply="r", answer=Reply(text="hi"))
