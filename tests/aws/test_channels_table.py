from dataclasses import replace

import pytest

from cococat.aws.secrets import CACHE_SECONDS as SECRET_SECONDS
from tests.support import samples
from tests.support.cloud import Cloud

pytestmark = pytest.mark.aws


class TestFinding:
    """A door or the outbox looks for a channel."""

    def test_a_channel_is_found_by_endpoint_and_by_address(self, cloud: Cloud) -> None:
        """Both ways lead to the same binding, secrets in place."""
        cloud.connect(samples.wish(config={"endpoint": samples.ENDPOINT, "options": {"x": 1}}))
        channels = cloud.channels()
        binding = channels.by_endpoint(samples.ENDPOINT)

        assert binding is not None
        assert binding == channels.by_address(samples.ADDRESS)
        assert (binding.address, binding.scene_id) == (samples.ADDRESS, "shop")
        assert (binding.agent, binding.mailbox) == ("support", samples.MAILBOX)
        assert binding.config == {
            "endpoint": samples.ENDPOINT,
            "options": {"x": 1},
            "api_key": samples.API_KEY,
        }
        assert binding.generation == 1
        assert len(binding.reply_key) >= 32

    def test_a_binding_shows_no_secret(self, cloud: Cloud) -> None:
        """Printed bindings hold neither config nor reply key."""
        cloud.connect(samples.wish())
        binding = cloud.channels().by_endpoint(samples.ENDPOINT)

        assert binding is not None
        assert samples.API_KEY not in repr(binding)
        assert binding.reply_key not in repr(binding)

    def test_nothing_is_found_where_nothing_is(self, cloud: Cloud) -> None:
        """Neither unknown endpoints nor unknown addresses are errors."""
        channels = cloud.channels()

        assert channels.by_endpoint("/api/channel/nowhere") is None
        assert channels.by_endpoint("") is None
        assert channels.by_address(samples.ADDRESS) is None
        assert channels.agent("nobody") is None
        assert channels.options(samples.ADDRESS) == {}

    @pytest.mark.parametrize("word", ["x" * 3000, "\ud800", "店", "x" * 1500])
    def test_what_no_channel_can_be_called_is_not_found(self, cloud: Cloud, word: str) -> None:
        """Strangers write anything into a path or a seal, and the table takes not all of it."""
        channels = cloud.channels()

        assert channels.by_endpoint(f"/api/channel/{word}") is None
        assert channels.by_address(replace(samples.ADDRESS, target_id=word)) is None
        assert channels.by_address(replace(samples.ADDRESS, name=word)) is None

    def test_a_secret_that_is_late_is_found_as_soon_as_it_is_there(self, cloud: Cloud) -> None:
        """A reader that was too quick does not close the channel for as long as secrets hold."""
        cloud.connect(samples.wish())
        channels, (item,) = cloud.channels(), cloud.channels().channels()
        written = cloud.secretsmanager.get_secret_value(SecretId=item["secret"])["SecretString"]
        cloud.secretsmanager.delete_secret(SecretId=item["secret"], ForceDeleteWithoutRecovery=True)
        assert channels.by_address(samples.ADDRESS) is None

        cloud.secretsmanager.create_secret(Name=item["secret"], SecretString=written)
        assert channels.by_address(samples.ADDRESS) is not None

    def test_a_disabled_channel_is_not_found(self, cloud: Cloud) -> None:
        """It is in the table, and runs nowhere."""
        cloud.connect(samples.wish(enabled=False))
        channels = cloud.channels()

        assert channels.by_endpoint(samples.ENDPOINT) is None
        assert channels.by_address(samples.ADDRESS) is None
        assert len(channels.channels()) == 1

    def test_two_channels_have_different_reply_keys(self, cloud: Cloud) -> None:
        """An address sealed by one channel opens no other."""
        other = replace(samples.ADDRESS, target_id="bank")
        cloud.connect(samples.wish())
        cloud.connect(samples.wish(other, config={"endpoint": "/api/channel/bank"}))
        channels = cloud.channels()
        first, second = channels.by_address(samples.ADDRESS), channels.by_address(other)

        assert first is not None
        assert second is not None
        assert first.reply_key != second.reply_key


class TestCaching:
    """What a warm process asks AWS for."""

    def test_a_fresh_cache_asks_for_nothing(self, cloud: Cloud) -> None:
        """One item and one secret, then nothing for ten seconds, then one item."""
        cloud.connect(samples.wish())
        channels = cloud.channels()
        calls = []
        for seconds in (0, 9.9, 0.2, 9.9):
            cloud.clock.advance(seconds)
            cloud.calls.take()
            channels.by_endpoint(samples.ENDPOINT)
            calls.append(cloud.calls.take())

        assert calls == [["GetItem", "GetSecretValue"], [], ["GetItem"], []]

    def test_a_secret_is_good_for_five_minutes(self, cloud: Cloud) -> None:
        """A refresh of the item reads no secret before that."""
        cloud.connect(samples.wish())
        channels = cloud.channels()
        channels.by_endpoint(samples.ENDPOINT)
        calls = []
        for seconds in (SECRET_SECONDS - 1, 11):
            cloud.clock.advance(seconds)
            cloud.calls.take()
            channels.by_endpoint(samples.ENDPOINT)
            calls.append(cloud.calls.take())

        assert calls == [["GetItem"], ["GetItem", "GetSecretValue"]]

    def test_an_unknown_endpoint_is_not_asked_for_each_time(self, cloud: Cloud) -> None:
        """Strangers who try addresses cost one read each in ten seconds."""
        channels = cloud.channels()
        cloud.calls.take()
        for _ in range(3):
            channels.by_endpoint("/api/channel/nowhere")

        assert cloud.calls.take() == ["GetItem"]

    def test_options_are_read_without_a_secret(self, cloud: Cloud) -> None:
        """The heartbeat may not read secrets, and needs none."""
        options = {"fallback_text": "忙"}
        cloud.connect(samples.wish(config={"endpoint": samples.ENDPOINT, "options": options}))
        channels = cloud.channels()
        cloud.calls.take()

        assert channels.options(samples.ADDRESS) == options
        assert cloud.calls.take() == ["GetItem"]

    @pytest.mark.parametrize("enabled", [True, False])
    def test_a_change_takes_effect_within_ten_seconds(self, cloud: Cloud, *, enabled: bool) -> None:
        """A connected channel is found, a disconnected one is not."""
        cloud.connect(samples.wish(enabled=not enabled))
        channels = cloud.channels()
        before = channels.by_endpoint(samples.ENDPOINT)
        cloud.connect(samples.wish(enabled=enabled))
        cloud.clock.advance(10)

        assert (before is None) == enabled
        assert (channels.by_endpoint(samples.ENDPOINT) is not None) == enabled

    def test_a_new_key_takes_effect_within_ten_seconds(self, cloud: Cloud) -> None:
        """A changed secret is not hidden by the longer cache of secrets."""
        cloud.connect(samples.wish())
        channels = cloud.channels()
        before = channels.by_endpoint(samples.ENDPOINT)
        cloud.connect(samples.wish(secrets={"api_key": "another-key-0123456789"}))
        cloud.clock.advance(10)
        after = channels.by_endpoint(samples.ENDPOINT)

        assert before is not None
        assert after is not None
        assert after.config["api_key"] == "another-key-0123456789"
        assert after.reply_key == before.reply_key
        assert after.generation == before.generation + 1
