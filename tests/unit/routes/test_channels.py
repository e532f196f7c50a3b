"""Channels are connected by the management API, as an operator with a key uses it."""

from typing import Any

import pytest

from cococat.core.ids import ChannelAddress
from tests.support import samples
from tests.support.api import said, value
from tests.support.console import AT_START, Console, wanted
from tests.support.manager import APP_ID, shop


class TestConnect:
    """`POST /api/channels/connect`."""

    def test_the_answer_is_the_channel(self, console: Console) -> None:
        """Everything but the secrets."""
        answer = console.connect(name="second")

        assert (answer.status, answer.headers["etag"]) == (200, '"1"')
        assert value(answer) == {
            "target_type": "scene",
            "target_id": "shop",
            "channel_type": "wechat",
            "name": "second",
            "agent": "shop",
            "enabled": True,
            "source": "api",
            "config": {"app_id": APP_ID, "token": "***"},
            "callback": "/api/channel/wechat/shop/second",
            "status": "connected",
            "generation": 1,
            "last_error": None,
            "connected_since": AT_START,
            "message_count": 0,
            "last_message_at": None,
            "owner": None,
            "heard_at": None,
            "last_event": None,
        }

    @pytest.mark.parametrize(
        ("members", "callback"),
        [
            ({}, "/api/channel/wechat/shop"),
            ({"name": "wechat"}, "/api/channel/wechat/shop"),
            ({"target_type": "agent", "target_id": "bot"}, "/api/channel/wechat/agents/bot"),
            (
                {"target_type": "agent", "target_id": "bot", "name": "b"},
                "/api/channel/wechat/agents/bot/b",
            ),
            (
                {
                    "channel_type": "web_api",
                    "config": {"endpoint": "/api/channel/a/b", "api_key": samples.API_KEY},
                },
                "/api/channel/a/b",
            ),
        ],
    )
    def test_the_callback_is_the_path_to_paste(
        self, console: Console, members: dict[str, Any], callback: str
    ) -> None:
        """The doors answer there."""
        assert value(console.connect(**members))["callback"] == callback

    def test_a_wrong_secret_is_an_answer_with_a_reason(self, console: Console) -> None:
        """The channel is there, and says what is wrong with it."""
        answer = console.connect(token="bad")

        assert answer.status == 200
        assert (value(answer)["status"], value(answer)["last_error"]) == (
            "auth_error",
            {
                "code": "invalid_token",
                "message": "The platform refuses the token.",
                "at": AT_START,
            },
        )

    def test_a_good_channel_is_kept(self, console: Console) -> None:
        """422 where its platform refuses the new one, 503 where it could not be asked."""
        console.connect()
        refused, unknown = console.connect(token="bad"), console.connect(token="down")

        assert said(refused) == (422, "invalid_token")
        assert said(unknown) == (503, "platform_unreachable")
        assert unknown.headers["retry-after"] == "5"
        assert value(console.ask("GET", "/api/channels/scene/shop/wechat"))["generation"] == 1

    def test_every_fault_is_told(self, console: Console) -> None:
        """In one sentence each."""
        answer = console.connect(config={"app_id": "x", "mode": "open"})

        assert said(answer) == (400, "invalid_config")
        message = value(answer)["error"]["message"]
        assert all(f"$.config.{key}: " in message for key in ("app_id", "token", "mode"))

    @pytest.mark.parametrize(
        "members",
        [
            {"target_type": "table"},
            {"target_id": "../shop"},
            {"target_id": ""},
            {"channel_type": "fax"},
            {"channel_type": "telegram"},
            {"name": "a/b"},
            {"config": {"app_id": APP_ID, "token": "${TOKEN}"}},
            {"config": {"app_id": APP_ID, "token": "abc", "api_base": "https://evil.example"}},
            {"config": {"app_id": APP_ID, "token": "abc", "api_base": "https://["}},
            {"target_id": "nobody"},
        ],
    )
    def test_what_is_not_valid_changes_nothing(
        self, console: Console, members: dict[str, Any]
    ) -> None:
        """Nothing is stored, and no platform hears of it."""
        assert said(console.connect(**members)) == (400, "invalid_config")
        assert (console.ctx.wishes.writes, console.ctx.platform.asked) == (0, [])

    @pytest.mark.parametrize(
        "body",
        [
            None,
            b"",
            b"{",
            b"\xff",
            b"[]",
            b'"text"',
            b"[" * 50_000,
            b'{"target_type": NaN}',
            {},
            {"target_type": 1},
            wanted(config=[]),
            wanted(config=None),
            wanted(config="x"),
            wanted(name=1),
            wanted(name=None),
            wanted(target_id=["shop"]),
        ],
    )
    def test_what_is_not_a_request_is_400(self, console: Console, body: object) -> None:
        """Each value must have its type."""
        for path in ("/api/channels/connect", "/api/channels/disconnect"):
            assert said(console.ask("POST", path, body)) == (400, "invalid_request")

    @pytest.mark.parametrize(
        ("member", "named"), [("nmae", "'nmae'"), ("\ud800x" * 999, f"'{'x' * 64}'")]
    )
    def test_a_member_that_is_unknown_is_400(
        self, console: Console, member: str, named: str
    ) -> None:
        """It may be a misspelt one, and what it was for would happen to another channel."""
        console.connect(name="only")
        for answer in (console.connect(**{member: "second"}), console.disconnect(**{member: "x"})):
            assert said(answer) == (400, "invalid_request")
            assert f"there is no member {named}" in value(answer)["error"]["message"]

        assert list(console.ctx.wishes.kept) == [shop("only")]

    def test_a_config_is_no_matter_of_a_disconnect(self, console: Console) -> None:
        """It says which channel, and nothing else."""
        assert said(console.disconnect(config={})) == (400, "invalid_request")

    def test_an_endpoint_is_taken_once(self, console: Console) -> None:
        """409 for whoever comes second."""
        config = {"endpoint": "/api/channel/a", "api_key": samples.API_KEY}
        console.connect(channel_type="web_api", config=config)
        answer = console.connect(channel_type="web_api", config=config, target_id="bank")

        assert said(answer) == (409, "endpoint_taken")


def test_agents_have_channels_like_scenes(console: Console) -> None:
    """Connect, show, list, disconnect."""
    target = {"target_type": "agent", "target_id": "support"}
    console.connect(**target)
    shown = value(console.ask("GET", "/api/channels/agent/support/wechat"))
    assert (shown["target_type"], shown["agent"]) == ("agent", "support")
    assert list(console.ctx.wishes.kept) == [
        ChannelAddress(channel="wechat", name="wechat", **target)
    ]
    console.disconnect(**target)

    assert console.ctx.wishes.kept == {}
