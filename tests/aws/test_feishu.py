"""A Feishu app through the handlers: connected by API, addressed in a group, answered there."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from cococat.aws.wish_secrets import ROTATION
from cococat.bootstrap import common
from cococat.simulators.feishu import FeishuPlatform, direct_chat, mention
from cococat.simulators.feishu_api import NOT_SENT, FeishuServer
from tests.support.api import value
from tests.support.deployed import Deployed, deployed
from tests.support.feishu import GROUP, SEALED, USER, settings

pytestmark = pytest.mark.aws


@pytest.fixture(name="stack")
def _stack() -> Iterator[Deployed]:
    with mock_aws(), deployed() as stack:
        yield stack


@pytest.fixture(name="server")
def _server(stack: Deployed) -> FeishuServer:
    server = FeishuServer(app=SEALED, now=stack.clock.now)
    vars(common.libraries())["http"] = server
    return server


@pytest.fixture(name="platform")
def _platform(stack: Deployed, server: FeishuServer) -> FeishuPlatform:
    path = "/api/channel/feishu/shop"
    return FeishuPlatform(
        app=SEALED,
        transport=stack.door,
        path=path,
        now=stack.clock.now,
        placed=server.chats.placed,
    )


def test_good_credentials_are_connected_at_once(stack: Deployed, server: FeishuServer) -> None:
    """With a token, and with the bot's own name; the URL to paste is told."""
    connected = value(stack.connect("feishu", settings(SEALED)))

    assert connected["status"] == "connected"
    assert connected["callback"] == "/api/channel/feishu/shop"
    assert server.calls == [
        "POST /auth/v3/tenant_access_token/internal",
        "GET /bot/v3/info",
    ]


def test_wrong_credentials_are_told(stack: Deployed, server: FeishuServer) -> None:
    """With a sentence that says what to do, and without the secret."""
    refused = value(stack.connect("feishu", settings(SEALED) | {"app_secret": "canary"}))

    assert (refused["status"], refused["last_error"]["code"]) == ("auth_error", "feishu_10014")
    assert "App Secret" in refused["last_error"]["message"]
    assert "canary" not in json.dumps(refused)


def test_a_platform_that_does_not_answer_is_asked_again(
    stack: Deployed, server: FeishuServer
) -> None:
    """By the keeper, each minute."""
    server.fails = [NOT_SENT]
    assert value(stack.connect("feishu", settings(SEALED)))["status"] == "error"
    stack.clock.advance(60)
    stack.keep()

    assert stack.status("feishu")["status"] == "connected"


def test_the_door_knows_the_bot_that_the_check_found(
    stack: Deployed, server: FeishuServer, platform: FeishuPlatform
) -> None:
    """A mention of somebody else in a group is none of ours; the answer goes to the group."""
    stack.connect("feishu", settings(SEALED))
    for number, (name, open_id) in enumerate([("CocoCat", SEALED.bot), ("Bob", "ou_bob")]):
        mentions = (mention(1, name, open_id),)
        said = {"text": f"@_user_1 {number}"}
        platform.deliver(platform.message(USER, said, chat=GROUP, mentions=mentions))
    platform.write(USER, "hello")
    stack.work()

    assert server.chats.said(GROUP) == ["0"]
    assert server.chats.said(direct_chat(USER)) == ["hello"]
    assert stack.status("feishu")["message_count"] == 2


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"encrypt_key": "TheNextKey", "verification_token": "TheNextToken"}, {}),
        ({"encrypt_key": "TheNextKey"}, {"previous_encrypt_key": SEALED.encrypt_key}),
        ({"verification_token": "TheNextToken"}, {"previous_token": SEALED.verification_token}),
    ],
    ids=["kept", "named key", "named token"],
)
def test_a_replaced_key_and_token_are_good_for_a_while(
    stack: Deployed, platform: FeishuPlatform, changes: dict[str, str], named: dict[str, str]
) -> None:
    """For a quarter of an hour by themselves, or as long as the entry names them."""
    stack.connect("feishu", settings(SEALED))
    assert stack.connect("feishu", settings(SEALED) | changes | named).status == 200
    stack.clock.advance(ROTATION - 1)
    assert platform.check_url()
    assert platform.try_once(platform.message(USER, {"text": "hello"}))
    stack.clock.advance(1)

    assert platform.check_url() is bool(named)
    assert platform.try_once(platform.message(USER, {"text": "hello"})) is bool(named)
