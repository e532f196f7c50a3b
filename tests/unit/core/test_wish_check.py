from typing import Any

import pytest

from cococat.core import wish_check
from cococat.core.channels.catalogue import available_types
from cococat.core.errors import ConfigError
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import Source
from tests.support import samples

GOOD: dict[str, Any] = {"endpoint": samples.ENDPOINT, "api_key": samples.API_KEY}
HOST = "https://api.example.org"
PLACE: dict[str, str] = {
    "target_type": "scene",
    "target_id": "shop",
    "channel": "web_api",
    "name": "web_api",
}


def faults(config: dict[str, Any] | None = None, **place: str) -> dict[str, str]:
    """Return path and expectation of each fault of a config at a good address with changes."""
    address = ChannelAddress(**(PLACE | place))
    try:
        wish_check.check(address, GOOD if config is None else config, _is_listed)
    except ConfigError as error:
        parts = [fault.split(": ", 2) for fault in error.faults]
        assert all(file == "request" for file, _, _ in parts)
        return {path: expected for _, path, expected in parts}
    return {}


def _is_listed(url: str) -> bool:
    return url.split("/")[2].partition(":")[0] == "api.example.org"


class TestTheAddress:
    """Where the channel is to be."""

    def test_a_good_one_has_no_fault(self) -> None:
        """Scenes and agents, with names."""
        assert faults() == {}
        assert faults(target_type="agent", target_id="a" * 64, name="second") == {}

    def test_every_fault_is_told_at_once(self) -> None:
        """Whoever mends one must not find the next only then."""
        found = faults(target_type="table", target_id="", channel="fax", name="")

        assert list(found) == ["$.target_type", "$.target_id", "$.name", "$.channel_type"]
        assert found["$.target_type"] == "one of: scene, agent"
        assert found["$.channel_type"] == f"one of: {', '.join(available_types())}"

    @pytest.mark.parametrize(
        "value",
        [
            "..",
            "../shop",
            "a/b",
            "a\\b",
            "a%2fb",
            "a#b",
            "a b",
            "a\n",
            "猫",
            "-a",
            "a" * 65,
            "\x00",
        ],
    )
    @pytest.mark.parametrize("key", ["target_id", "name"])
    def test_no_id_leads_elsewhere(self, key: str, value: str) -> None:
        """Ids become keys of the table and names of secrets and queues."""
        assert list(faults(None, **{key: value})) == [f"$.{key}"]

    @pytest.mark.parametrize("kind", ["irc", "", "WEB_API", "../web_api"])
    def test_a_type_without_a_channel_is_unknown(self, kind: str) -> None:
        """Names are exact."""
        assert list(faults(channel=kind)) == ["$.channel_type"]

    def test_an_address_can_be_checked_alone(self) -> None:
        """Disconnecting needs no config."""
        wish_check.check_address(samples.ADDRESS)
        with pytest.raises(ConfigError, match="target_id"):
            wish_check.check_address(ChannelAddress(**(PLACE | {"target_id": "../shop"})))


class TestTheConfig:
    """What the channel is to be like."""

    def test_every_fault_is_told_at_once(self) -> None:
        """Keys, values, references and hosts together."""
        config = {
            "apikey": "x",
            "api_key": "${WEB_API_KEY}",
            "endpoint": "/web",
            "api_base": "https://elsewhere.example.org",
            "options": {"colour": 1},
        }

        assert list(faults(config)) == [
            "$.config.apikey",
            "$.config.endpoint",
            "$.config.api_key",
            "$.config.options.colour",
            "$.config.api_base",
        ]

    def test_nothing_at_all_lacks_what_is_required(self) -> None:
        """An empty config is no config."""
        assert list(faults({})) == ["$.config.endpoint", "$.config.api_key"]

    @pytest.mark.parametrize(
        "value",
        [
            "${WEB_API_KEY}0123456789",
            "0123456789${secret:NAME}",
            ["0123456789abcdef", "${ssm:/path}0123456789"],
            "0123456789abcdef${",
        ],
    )
    def test_references_stand_in_files_only(self, value: object) -> None:
        """By API nobody gets at the secrets of the stack or the environment."""
        found = faults(GOOD | {"api_key": value})

        assert found == {"$.config.api_key": "a value without ${: references stand in files only"}

    def test_no_reference_hides_in_an_option(self) -> None:
        """However deep it lies."""
        found = faults(GOOD | {"options": {"fallback_text": "${HOME}"}})

        assert list(found) == ["$.config.options"]

    @pytest.mark.parametrize(
        "url",
        [
            HOST,
            f"{HOST}/",
            f"{HOST}:8443/v1/bot-api/~x_y.z",
            "http://api.example.org/a%20b",
            f"{HOST}/a?b=c&d=e%20f",
        ],
    )
    def test_a_host_on_the_list_may_be_named(self, url: str) -> None:
        """With port, path and query."""
        assert faults(GOOD | {"api_base": url}) == {}

    @pytest.mark.parametrize(
        "url",
        [
            "https://elsewhere.example.org",
            "https://api.example.org.evil.example",
            "https://evil.example/api.example.org",
            "https://api.example.org@evil.example",
            "https://user:pass@api.example.org",
            r"https://evil.example\@api.example.org",
            r"https://evil.example\.api.example.org",
            "https://evil.example#@api.example.org",
            "https://[::1]",
            "https://[",
            "https://api.example.org:port",
            "https://api.example.org:123456",
            "https://api.example.org/a b",
            "https://api.example.org/\n",
            "https://аpi.example.org",
            "ftp://api.example.org",
            "file:///etc/passwd",
            "//api.example.org",
            "https:///api.example.org",
            f"{HOST}/{'a' * 2048}",
            ["https://api.example.org"],
            {"https://api.example.org": 1},
            1,
        ],
    )
    def test_no_other_host_gets_credentials(self, url: object) -> None:
        """Also not by a form that two libraries read differently."""
        found = faults(GOOD | {"api_base": url})

        assert list(found) == ["$.config.api_base"]

    @pytest.mark.parametrize(
        "path", ["wechat", "wechat/shop", "weixin/shop", "telegram", "discord"]
    )
    def test_a_platforms_path_is_not_to_be_had(self, path: str) -> None:
        """No endpoint hides behind a platform's callbacks, or takes them over."""
        found = faults(GOOD | {"endpoint": f"/api/channel/{path}"})

        assert found == {"$.config.endpoint": "a path that is not a platform's"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"endpoint": "/api/channel/" + "a" * 244},
            {"api_key": ["k" * 16] * 21},
            {"options": {"fallback_text": "a\x00b"}},
            {"options": {"fallback_text": "\ud800"}},
        ],
    )
    def test_what_no_table_or_queue_takes_is_refused(self, changes: dict[str, Any]) -> None:
        """Keys of tables, secrets and queue messages have their limits."""
        assert len(faults(GOOD | changes)) == 1

    @pytest.mark.parametrize("key", ["\ud800", "\x00", "a" * 65, "<script>", "a b", ""])
    def test_a_strange_key_is_not_repeated(self, key: str) -> None:
        """The answer is for a terminal or a browser, and must be UTF-8."""
        for config in (GOOD | {key: 1}, GOOD | {"options": {key: 1}}):
            assert list(faults(config)) == ["$.config"]

    @pytest.mark.parametrize("value", ["canary value", ["canary"], {"canary": 1}])
    def test_no_value_is_repeated(self, value: object) -> None:
        """What is nearly a secret is in no answer."""
        keys = ("endpoint", "api_key", "api_base", "options", "previous_token")
        found = faults(dict.fromkeys(keys, value) | {"callback_url": value})

        assert len(found) >= 5
        assert "canary value" not in repr(found)


def test_a_wish_has_its_secrets_apart() -> None:
    """What is not secret is shown to operators; a scene is named where it is one."""
    wish = wish_check.to_wish(
        samples.ADDRESS, GOOD | {"previous_token": "old"}, agent="support", mailbox="queue"
    )
    agent = ChannelAddress(**(PLACE | {"target_type": "agent", "target_id": "support"}))

    assert wish.config == {"endpoint": samples.ENDPOINT}
    assert wish.secrets == {"api_key": samples.API_KEY, "previous_token": "old"}
    assert (wish.source, wish.enabled, wish.file_hash) == (Source.API, True, "")
    assert (wish.scene_id, wish.agent, wish.mailbox) == ("shop", "support", "queue")
    assert wish_check.to_wish(agent, GOOD, agent="support", mailbox="queue").scene_id == ""
    assert samples.API_KEY not in repr(wish)
