from typing import Any

import pytest

from cococat.core import config_check
from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.scenes import Entry
from tests.support import samples

GOOD: dict[str, dict[str, Any]] = {
    "wechat": {
        "app_id": "wx0123456789abcdef",
        "token": "token123",
        "encoding_aes_key": "a" * 43,
        "app_secret": "secret",
        "mode": "safe",
    },
    "weixin": {
        "corp_id": "ww0123",
        "agent_id": "1000002",
        "secret": "secret",
        "token": "token123",
        "encoding_aes_key": "a" * 43,
    },
    "feishu": {
        "app_id": "cli_a",
        "app_secret": "secret",
        "encrypt_key": "key",
        "previous_encrypt_key": "key before",
        "domain": "lark",
    },
    "web_api": {
        "endpoint": samples.ENDPOINT,
        "api_key": samples.API_KEY,
        "callback_url": "https://shop.example/answers?from=cococat",
        "callback_secret": "secret-of-the-callback",
        "cors_origins": ["https://shop.example", "http://localhost:8080"],
    },
    "telegram": {"bot_token": "123456:abc"},
    "discord": {"bot_token": "abc.def"},
}
BOT = {"bot_id": "bot", "token": "token123", "encoding_aes_key": "a" * 43}


def entry(channel_type: str, config: dict[str, Any], index: int = 0, scene: str = "shop") -> Entry:
    """Return an entry with *config*."""
    return Entry(
        scene_id=scene,
        index=index,
        channel_type=channel_type,
        name=channel_type,
        enabled=True,
        agent="support",
        config=config,
    )


def faults(channel_type: str = "web_api", **changes: object) -> dict[str, str]:
    """Return path and expectation of each fault of a good config with *changes*."""
    config = {
        key: value for key, value in (GOOD[channel_type] | changes).items() if value is not ...
    }
    return {
        fault.path.removeprefix("$.channels[0].config."): fault.expected
        for fault in config_check.check(entry(channel_type, config))
    }


class TestKeys:
    """Which keys a config may and must have."""

    def test_feishu_without_a_key_or_a_token_is_refused(self) -> None:
        """Nothing would tell the platform's requests from anybody's."""
        assert list(faults("feishu", encrypt_key=...)) == ["encrypt_key"]
        assert faults("feishu", encrypt_key=..., verification_token="令牌") == {}

    @pytest.mark.parametrize("channel_type", CATALOGUE)
    def test_a_good_config_has_no_fault(self, channel_type: str) -> None:
        """Each type's documented keys are taken."""
        assert faults(channel_type) == {}

    @pytest.mark.parametrize("channel_type", CATALOGUE)
    def test_common_keys_are_taken_everywhere(self, channel_type: str) -> None:
        """Every channel may name another host, a token before and options."""
        common = {
            "api_base": "https://api.example.org",
            "previous_token": "old",
            "options": {"fallback_text": "忙"},
        }

        assert faults(channel_type, **common) == {}

    @pytest.mark.parametrize(
        ("channel_type", "key"),
        [
            (channel_type, known.key)
            for channel_type, known_type in CATALOGUE.items()
            for known in known_type.variants[0]
            if known.required
        ],
    )
    @pytest.mark.parametrize("value", [..., None])
    def test_a_required_key_is_missed(self, channel_type: str, key: str, value: object) -> None:
        """An absent or null key is one fault that says what is missing."""
        found = faults(channel_type, **{key: value})

        assert list(found) == [key]
        assert found[key].endswith("; it is missing")

    def test_a_weixin_bot_has_keys_of_its_own(self) -> None:
        """The check is made against the set of keys that fits best."""
        assert config_check.check(entry("weixin", BOT)) == []
        (fault,) = config_check.check(entry("weixin", BOT | {"secret": "x"}))
        assert fault.path == "$.channels[0].config.secret"

    def test_an_unknown_key_is_a_fault_that_lists_the_known_ones(self) -> None:
        """A typing error is found."""
        found = faults(apikey="x")

        assert list(found) == ["apikey"]
        assert "there are: endpoint, api_key, callback_url" in found["apikey"]


class TestValues:
    """What a value must be."""

    @pytest.mark.parametrize(
        ("channel_type", "key", "value"),
        [
            ("wechat", "app_id", "wx012"),
            ("wechat", "token", "to"),
            ("wechat", "encoding_aes_key", "a" * 42),
            ("wechat", "mode", "open"),
            ("weixin", "agent_id", "one"),
            ("weixin", "agent_id", 1000002),
            ("feishu", "domain", "larks"),
            ("web_api", "endpoint", "/web"),
            ("web_api", "endpoint", "/api/channel"),
            ("web_api", "endpoint", "/api/channel/"),
            ("web_api", "endpoint", "/api/channel/a/"),
            ("web_api", "endpoint", "/api/channel/a//b"),
            ("web_api", "endpoint", "/api/channel/a?b"),
            ("web_api", "endpoint", "/api/channel/../b"),
            ("web_api", "endpoint", "/api/channel/猫"),
            ("web_api", "endpoint", "/api/channel/messages"),
            ("web_api", "endpoint", "/api/channel/a/messages/b"),
            ("web_api", "endpoint", "/api/channel/a\n"),
            ("web_api", "endpoint", 1),
            ("web_api", "api_key", "short"),
            ("web_api", "api_key", "with a space, but long"),
            ("web_api", "api_key", "k" * 257),
            ("web_api", "api_key", "键" * 20),
            ("web_api", "api_key", []),
            ("web_api", "api_key", [samples.API_KEY, "short"]),
            ("web_api", "api_key", {"key": samples.API_KEY}),
            ("web_api", "api_base", "ftp://example.org"),
            ("web_api", "api_base", "https://"),
            ("web_api", "api_base", ["https://example.org"]),
            ("telegram", "bot_token", ""),
        ],
    )
    def test_a_malformed_value_is_one_fault(
        self, channel_type: str, key: str, value: object
    ) -> None:
        """The fault names the key; what was expected is in its words."""
        found = faults(channel_type, **{key: value})

        assert list(found) == [key]
        assert found[key]

    @pytest.mark.parametrize(
        ("channel_type", "key"),
        [(each, key) for each in CATALOGUE for key in sorted(config_check.secret_keys(each))],
    )
    def test_no_fault_quotes_a_value(self, channel_type: str, key: str) -> None:
        """What is nearly a secret is in no message."""
        found = faults(channel_type, **{key: "canary value"})

        assert "canary" not in repr(found)

    @pytest.mark.parametrize("value", [samples.API_KEY, [samples.API_KEY], ["k" * 16, "l" * 256]])
    def test_an_api_key_is_one_or_a_list(self, value: object) -> None:
        """Keys can be changed without a gap."""
        assert faults(api_key=value) == {}

    @pytest.mark.parametrize(
        "endpoint", ["/api/channel/a", "/api/channel/a/b-c_D9", "/api/channel/messages-of-shop"]
    )
    def test_an_endpoint_lies_under_the_channels(self, endpoint: str) -> None:
        """Any path below, but for our own `messages`."""
        assert faults(endpoint=endpoint) == {}

    @pytest.mark.parametrize(
        ("channel_type", "key", "value"),
        [
            ("wechat", "app_id", "wx_xxx"),
            ("wechat", "token", "xxx"),
            ("wechat", "encoding_aes_key", "xxx"),
            ("web_api", "api_key", "sk-xxx"),
            ("telegram", "bot_token", "123456:ABC-DEF..."),
            ("discord", "bot_token", "MTIzNDU2Nzg5..."),
        ],
    )
    def test_the_owners_placeholders_fail_as_values(
        self, channel_type: str, key: str, value: str
    ) -> None:
        """Whoever copies the example is told that it is one."""
        assert "placeholder" in faults(channel_type, **{key: value})[key]

    @pytest.mark.parametrize(
        ("options", "path"),
        [
            ([], "options"),
            (None, "options"),
            ({"colour": 1}, "options.colour"),
            ({"groups": "some"}, "options.groups"),
            ({"groups": ["all"]}, "options.groups"),
            ({"fallback_text": ""}, "options.fallback_text"),
            ({"fallback_text": 1}, "options.fallback_text"),
            ({"fallback_text": "a" * 2001}, "options.fallback_text"),
        ],
    )
    def test_options_are_checked(self, options: object, path: str) -> None:
        """An option has its own path."""
        assert list(faults(options=options)) == [path]


class TestEndpoints:
    """One path, one channel."""

    def test_an_endpoint_is_used_once_over_all_scenes(self) -> None:
        """The first entry keeps it; the other one's fault names the first one's file."""
        entries = [
            entry("web_api", GOOD["web_api"], scene="a"),
            entry("web_api", GOOD["web_api"], index=3, scene="b"),
            entry("telegram", GOOD["telegram"], scene="b"),
        ]

        good, found = config_check.split_by_endpoint(entries)

        assert [each.scene_id for each in good] == ["a", "b"]
        (fault,) = found
        assert (fault.file, fault.path) == ("b/entries.json", "$.channels[3].config.endpoint")
        assert fault.expected == "a path of its own; a/entries.json has this one"

    @pytest.mark.parametrize("platform", ["wechat", "weixin", "feishu", "telegram", "discord"])
    def test_a_platforms_prefix_is_not_to_be_had(self, platform: str) -> None:
        """No web_api entry takes the path of a platform's callbacks."""
        endpoints = [f"/api/channel/{platform}", f"/api/channel/{platform}/shop"]
        entries = [entry("web_api", GOOD["web_api"] | {"endpoint": one}) for one in endpoints]

        good, found = config_check.split_by_endpoint(entries)

        assert good == []
        assert [fault.path for fault in found] == ["$.channels[0].config.endpoint"] * 2

    def test_a_path_that_only_begins_like_a_platform_is_free(self) -> None:
        """Whole segments count."""
        one = entry("web_api", GOOD["web_api"] | {"endpoint": "/api/channel/wechat-like"})

        assert config_check.split_by_endpoint([one]) == ([one], [])


def test_secrets_are_kept_apart() -> None:
    """What opens an account is a secret, what only names it is not."""
    assert config_check.secret_keys("web_api") == {
        "api_key",
        "callback_secret",
        "previous_token",
    }
    assert config_check.secret_keys("wechat") == {
        "app_secret",
        "encoding_aes_key",
        "previous_encoding_aes_key",
        "previous_token",
        "token",
    }


def test_a_bot_of_wecom_may_have_its_previous_key() -> None:
    """As an application may, while its key is changed in the console."""
    config = {"bot_id": "bot-1", "token": "atesttoken", "encoding_aes_key": "a" * 43}
    config |= {"previous_encoding_aes_key": "b" * 43}
    assert config_check.check(entry("weixin", config)) == []


@pytest.mark.parametrize(
    ("mode", "key", "faults"), [("plain", "", 0), ("safe", "", 1), ("safe", "a" * 43, 0)]
)
def test_a_mode_that_seals_needs_its_key(mode: str, key: str, faults: int) -> None:
    """An account whose door could only refuse is found out before it is connected."""
    config = {"app_id": "wx0123456789abcdef", "token": "atesttoken", "mode": mode}
    found = config_check.check(entry("wechat", config | ({"encoding_aes_key": key} if key else {})))

    assert len(found) == faults
