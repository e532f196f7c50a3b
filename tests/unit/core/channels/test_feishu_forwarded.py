"""Messages that were forwarded together to a Feishu bot."""

import json
from typing import Any

import pytest

from cococat.core.attachments import ChannelOpener
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.core.feishu_forwarded import MAX_ANSWER
from cococat.core.opened_files import OpenedFile
from cococat.simulators.feishu_api import BROKEN, HTML, LOST, NOT_SENT
from cococat.simulators.feishu_forwards import FORWARDED, SENTENCE, item
from tests.support import lark
from tests.support.clock import START
from tests.support.feishu import USER, FeishuApp
from tests.support.network import Network

MESSAGES = [
    item("om_0", {}, kind=FORWARDED, at=START),
    item("om_1", {"text": "@_user_1 您好"}, inside="om_0", name="Ann", at=START - 60,
         mentions=[(1, "Bob")]),
    item("om_2", {"image_key": "img_1"}, inside="om_0", kind="image", name="Bob", at=START - 30),
]  # fmt: skip
SHOWN = """[合并转发]
[2027-01-15T07:59:00.000+00:00] Ann
> @Bob 您好
[2027-01-15T07:59:30.000+00:00] Bob
> [图片]"""


def forward(app: FeishuApp, message_id: str = "om_0") -> dict[str, Any]:
    """Return the event of a forward: a message whose content is no JSON."""
    event = app.platform.message(USER, {}, kind=FORWARDED, message_id=message_id)
    event["event"]["message"]["content"] = SENTENCE
    return event


def opened(app: FeishuApp) -> OpenedFile:
    """Open what came with the only message."""
    (file,) = app.taken()[0].attachments
    return ChannelOpener(app.backend.directory, app, app.clock).open(file.ref)


def test_they_are_read_when_an_agent_asks_for_them() -> None:
    """As a text; the door asks Feishu for nothing."""
    app = FeishuApp()
    app.server.forwards["om_0"] = MESSAGES
    app.platform.deliver(forward(app))
    (message,) = app.taken()

    assert (message.msg_type, message.content) == ("merge_forward", "[合并转发]")
    assert [(each.kind, each.name) for each in message.attachments] == [("file", "合并转发.txt")]
    assert app.server.calls == []
    assert opened(app).content.decode() == SHOWN
    assert opened(app).content_type == "text/plain"
    assert app.server.calls[1:] == ["GET /im/v1/messages/om_0"] * 2


@pytest.mark.parametrize(
    ("failure", "error", "reason"),
    [
        (230110, AttachmentRefused, "gone"),
        (230002, AttachmentRefused, "gone"),
        (99991672, AttachmentRefused, "not_given"),
        (230027, AttachmentRefused, "not_given"),
        (NOT_SENT, PlatformUnreachable, "not sent"),
        (LOST, PlatformUnreachable, "lost"),
        (BROKEN, PlatformUnreachable, "platform_failed"),
        (HTML, PlatformUnreachable, "platform_failed"),
        (99991400, PlatformUnreachable, "rate_limited"),
    ],
)
def test_the_message_stays_where_they_are_not_to_be_had(
    failure: int | str, error: type[Exception], reason: str
) -> None:
    """It has said already that something was forwarded."""
    app = FeishuApp()
    app.server.forwards["om_0"] = MESSAGES
    app.platform.deliver(forward(app))
    app.server.fails = [failure]
    with pytest.raises(error, match=reason):
        opened(app)

    assert app.taken()[0].content == "[合并转发]"
    assert opened(app).content.decode() == SHOWN


@pytest.mark.parametrize("items", [[], MESSAGES[:1]])
def test_a_forward_without_messages_is_gone(items: list[dict[str, Any]]) -> None:
    """There is nothing to read."""
    app = FeishuApp()
    app.server.forwards["om_0"] = items
    app.platform.deliver(forward(app))
    with pytest.raises(AttachmentRefused, match="gone"):
        opened(app)


def test_what_is_too_much_is_not_read() -> None:
    """A forward of very long messages is refused like a file that is too large."""
    app = FeishuApp()
    network = app.libraries.http = Network()
    network.hosts["open.feishu.cn"] = app.server
    long = item("om_3", {"text": "x" * MAX_ANSWER}, inside="om_0")
    app.server.forwards["om_0"] = [*MESSAGES, long]
    app.platform.deliver(forward(app))
    with pytest.raises(AttachmentRefused, match="too_large"):
        opened(app)


def test_the_official_sdk_asks_and_reads_the_same() -> None:
    """Its request has our path and query; its model takes what the simulator answers."""
    models = "api.im.v1.model"
    builder = lark.module(f"{models}.get_message_request").GetMessageRequest.builder()
    request = builder.message_id("om_0").with_sender_name("true").build()
    body = {"items": json.loads(json.dumps(MESSAGES))}
    read = lark.module(f"{models}.get_message_response_body").GetMessageResponseBody(body)

    assert request.uri.replace(":message_id", "om_0") == "/open-apis/im/v1/messages/om_0"
    assert request.queries == [("with_sender_name", "true")]
    assert [each.upper_message_id for each in read.items] == [None, "om_0", "om_0"]
    assert [each.sender.sender_name for each in read.items] == [None, "Ann", "Bob"]
    assert read.items[1].mentions[0].name == "Bob"
