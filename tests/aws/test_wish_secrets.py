"""Secrets of wishes: replaced, kept for a while, swept."""

from dataclasses import replace

import pytest

from cococat.aws.wish_secrets import ROTATION
from cococat.aws.wishes import WishTable
from tests.support.cloud import Cloud
from tests.support.kept_wishes import WECHAT, binding, put, wechat

pytestmark = pytest.mark.aws


@pytest.fixture(name="wishes")
def _wishes(cloud: Cloud) -> WishTable:
    return cloud.wishes()


class TestRotation:
    """New secrets in place of old ones."""

    def test_an_unchanged_secret_is_kept(self, cloud: Cloud, wishes: WishTable) -> None:
        """A new generation with the same secret."""
        first = put(wishes, wechat())
        second = put(wishes, replace(wechat(), agent="other"))

        assert (second.generation, second.secret) == (2, first.secret)
        assert cloud.secret_names() == [first.secret]

    @pytest.mark.parametrize(
        ("seconds", "known"), [(0, True), (ROTATION - 1, True), (ROTATION, False)]
    )
    def test_the_token_before_is_good_for_a_quarter_of_an_hour(
        self, cloud: Cloud, wishes: WishTable, seconds: int, *, known: bool
    ) -> None:
        """A console is changed by hand: callbacks with the old one come meanwhile."""
        key = {"encoding_aes_key": "a" * 43}
        put(wishes, wechat(secrets=key))
        put(wishes, wechat("tokenB", secrets={"encoding_aes_key": "b" * 43}))
        cloud.clock.advance(seconds)
        config = binding(cloud).config
        previous = {
            "previous_token": "tokenA",
            "previous_encoding_aes_key": "a" * 43,
        }

        assert config == {
            "app_id": "wx0123456789abcdef",
            "token": "tokenB",
            "encoding_aes_key": "b" * 43,
        } | (previous if known else {})

    def test_a_previous_token_that_is_named_wins(self, cloud: Cloud, wishes: WishTable) -> None:
        """The operator knows better."""
        put(wishes, wechat())
        put(wishes, wechat("tokenB", secrets={"previous_token": "named"}))

        assert binding(cloud).config["previous_token"] == "named"

    def test_another_change_meanwhile_does_not_end_it(
        self, cloud: Cloud, wishes: WishTable
    ) -> None:
        """Neither of another secret nor of the config; the quarter of an hour stays the same."""
        put(wishes, wechat())
        put(wishes, wechat("tokenB"))
        cloud.clock.advance(60)
        put(wishes, wechat("tokenB", secrets={"app_secret": "x"}))
        put(wishes, wechat("tokenB", secrets={"app_secret": "x"}, agent="other"))
        assert binding(cloud).config["previous_token"] == "tokenA"
        cloud.clock.advance(ROTATION - 60)

        assert "previous_token" not in binding(cloud).config

    def test_the_reply_key_stays(self, cloud: Cloud, wishes: WishTable) -> None:
        """Answers that are on their way arrive; a channel that is made anew has a new one."""
        keys = []
        for token in ("tokenA", "tokenB", "tokenC"):
            put(wishes, wechat(token))
            keys.append(binding(cloud).reply_key)
        wishes.remove(put(wishes, wechat()))
        put(wishes, wechat())

        assert len(set(keys)) == 1
        assert binding(cloud).reply_key not in keys

    def test_a_disabled_channel_keeps_no_token(self, cloud: Cloud, wishes: WishTable) -> None:
        """Nothing opens it while it is off, and its earlier secret goes with the sweep."""
        put(wishes, wechat("canary"))
        stored = put(wishes, replace(wechat(), enabled=False, secrets={}))
        cloud.clock.advance(ROTATION + 1)
        wishes.sweep()

        assert cloud.secret_names() == [stored.secret]
        assert "canary" not in str(cloud.secrets().text(stored.secret))

    def test_a_lost_secret_is_replaced(self, cloud: Cloud, wishes: WishTable) -> None:
        """What somebody removed by hand is mended by the next connect; a door has no channel."""
        stored = put(wishes, wechat())
        cloud.secrets().delete(stored.secret)
        assert cloud.channels().by_address(WECHAT) is None
        fresh = cloud.wishes()
        put(fresh, wechat())

        assert binding(cloud).config["token"] == "tokenA"


class TestSweeping:
    """Secrets that no door can want any more."""

    def test_a_retired_secret_goes_after_a_while(self, cloud: Cloud, wishes: WishTable) -> None:
        """Doors that still have the earlier item find it until then."""
        first = put(wishes, wechat())
        second = put(wishes, wechat("tokenB"))
        counts = []
        for seconds in (0, ROTATION, 1, 0):
            cloud.clock.advance(seconds)
            counts.append(wishes.sweep())

        assert counts == [0, 0, 1, 0]
        assert cloud.secret_names() == [second.secret]
        assert first.secret != second.secret
        assert wishes.read(WECHAT) == second

    def test_none_is_forgotten_however_often_it_is_changed(
        self, cloud: Cloud, wishes: WishTable
    ) -> None:
        """Three changes at once, one of them of the config alone."""
        for token in ("tokenA", "tokenB", "tokenC"):
            put(wishes, wechat(token))
            cloud.clock.advance(60)
        last = put(wishes, wechat("tokenC", agent="other"))
        assert len(cloud.secret_names()) == 3
        cloud.clock.advance(ROTATION - 119)
        assert wishes.sweep() == 1
        cloud.clock.advance(60)

        assert wishes.sweep() == 1
        assert cloud.secret_names() == [last.secret]

    def test_a_change_meanwhile_loses_nothing(
        self, cloud: Cloud, wishes: WishTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sweep gives way, and ends its work the next time."""
        put(wishes, wechat())
        put(wishes, wechat("tokenB"))
        cloud.clock.advance(ROTATION + 1)
        listed = wishes._channels.items()
        latest = put(cloud.wishes(), wechat("tokenC"))
        monkeypatch.setattr(wishes._channels, "items", lambda: listed)
        assert wishes.sweep() == 1
        monkeypatch.undo()
        assert wishes.read(WECHAT) == latest
        cloud.clock.advance(ROTATION + 1)
        wishes.sweep()

        assert cloud.secret_names() == [latest.secret]
