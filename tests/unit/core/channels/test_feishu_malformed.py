"""What the platform signs, and what is of no form that its documentation shows."""

import json
import logging
from typing import Any

import pytest

from cococat.core.clock import iso
from cococat.core.messages import UNREADABLE
from tests.support.clock import START
from tests.support.feishu import APPS, GROUP, PLAIN, USER, FeishuApp
from tests.support.feishu_attacks import changed, good

each_app = pytest.mark.parametrize("app", APPS)
NOWHERE = {"sender": {"sender_type": "user"}, "message": {"chat_type": "p2p"}}


def with_message(event: dict[str, Any], **values: object) -> dict[str, Any]:
    """Return *event* with other values in its message; ... takes one away."""
    source = event["event"]["message"] | values
    kept = {name: value for name, value in source.items() if value is not ...}
    return event | {"event": event["event"] | {"message": kept}}


@each_app
@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("merge_forward", "Merged and Forwarded Message", "[合并转发]"),
        ("merge_forward", '{"content": "Merged and Forwarded Message"}', "[合并转发]"),
        ("merge_forward", "", "[合并转发]"),
        ("image", ..., "[图片]"),
        ("brand_new", "hello", UNREADABLE),
        ("text", "", UNREADABLE),
        ("text", ..., UNREADABLE),
        ("text", None, UNREADABLE),
        ("text", {"text": "hi"}, UNREADABLE),
        *[("text", content, UNREADABLE) for content in ("null", "[]", '"str"', "{", "[" * 9999)],
        ("post", "hello", UNREADABLE),
        ("interactive", "hello", "[卡片]"),
    ],
)
def test_a_content_that_is_no_object_is_a_message(
    app: str, kind: str, content: object, text: str
) -> None:
    """The agent hears at least what kind of message came."""
    feishu = FeishuApp(app=APPS[app])
    event = with_message(good(APPS[app]), message_type=kind, content=content)

    assert feishu.platform.deliver(event) == 1
    (message,) = feishu.taken()
    assert (message.msg_type, message.content) == (kind, text)
    assert len(message.attachments) == (kind == "merge_forward")


@each_app
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("im.message.receive_v1", NOWHERE | {"canary": "canary"}),
        ("im.message.receive_v1", {"sender": "canary"}),
        ("card.action.trigger", {"action": "canary"}),
        ("im.chat.member.bot.added_v1", {"chat_id": ["canary"]}),
        ("im.chat.disbanded_v1", {"chat_id": 7}),
    ],
)
def test_an_event_of_another_form_is_taken_and_counted(
    app: str, kind: str, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It is no forgery, and would come again as it is; what it holds is in no log."""
    caplog.set_level(logging.DEBUG)
    feishu = FeishuApp(app=APPS[app])

    assert feishu.platform.deliver(feishu.platform.event(kind, body)) == 1
    assert feishu.counters.counted == [("Malformed", {"channel": "feishu", "kind": kind})]
    assert (feishu.mailbox.bodies(), feishu.backend.items.stored) == ([], {})
    (record,) = caplog.records
    assert record.getMessage() == "an event is not of its form"
    assert "canary" not in repr(vars(record))


@each_app
@pytest.mark.parametrize(
    "mentions", [[{"key": "@_user_1", "id": None, "name": None}], ["@_user_1", None], {}, "all", 1]
)
def test_mentions_of_another_form_are_not_the_message_s_end(app: str, mentions: object) -> None:
    """Whoever it is, the agent hears what was said."""
    feishu = FeishuApp(app=APPS[app])
    content = json.dumps({"text": "ask @_user_1"})
    event = with_message(good(APPS[app]), content=content, mentions=mentions)

    assert feishu.platform.deliver(event) == 1
    assert [message.content for message in feishu.taken()] == ["ask @_user_1"]


@each_app
@pytest.mark.parametrize("time", ["9" * 20, "900000000000000000", "253402300800000000", "soon", 7])
def test_a_time_that_there_is_not_is_the_event_s(app: str, time: object) -> None:
    """A message says when it was written; where that can't be, it was just now."""
    feishu = FeishuApp(app=APPS[app])

    assert feishu.platform.deliver(with_message(good(APPS[app]), create_time=time)) == 1
    assert [message.timestamp for message in feishu.taken()] == [iso(START)]


def test_where_an_event_has_no_time_either_its_signature_has() -> None:
    """The platform signs just before it sends."""
    feishu = FeishuApp()
    event = with_message(changed(create_time="9" * 20), create_time=...)

    assert feishu.platform.deliver(event) == 1
    assert [message.timestamp for message in feishu.taken()] == [iso(START)]


@each_app
@pytest.mark.parametrize("event_id", ["\ud800\x00x", "x" * 200_000, "猫" * 300])
def test_any_id_of_an_event_is_taken(app: str, event_id: str) -> None:
    """As much of it as a queue takes, always the same."""
    feishu = FeishuApp(app=APPS[app])
    body = {"chat_id": GROUP, "operator_id": {"open_id": USER}}
    event = feishu.platform.event("im.chat.member.bot.added_v1", body, event_id=event_id)
    request = feishu.platform.pack(json_of(event))

    assert [feishu.handle(request).status for _ in range(2)] == [200, 200]
    assert len(feishu.taken()) == 1


def test_an_id_that_holds_nothing_is_none() -> None:
    """Nothing could be told apart by it."""
    feishu = FeishuApp(app=PLAIN)
    event = changed(PLAIN, event_id="\ud800\x00")

    assert feishu.handle(feishu.platform.pack(json_of(event))).status == 403


def json_of(event: dict[str, Any]) -> bytes:
    """Return *event* in JSON without a character beyond ASCII, which may say half a character."""
    return json.dumps(event).encode("ascii")
