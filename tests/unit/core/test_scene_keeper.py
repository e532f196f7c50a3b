from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cococat.core.channel_status import Status
from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.lease import lease_key
from cococat.core.session import SECONDS
from tests.support.keeping import Stage
from tests.support.sidecar import telegram


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


class TestWanted:
    """What is wanted is made true, without a restart."""

    def test_a_new_channel_is_listened_to_within_five_seconds(self, stage: Stage) -> None:
        """Nobody tells the keeper; it looks."""
        stage.replica()
        stage.clock.advance(10)
        stage.cloud.want("shop", "token")
        stage.clock.advance(5)

        assert stage.holders("token") == ["a"]
        assert stage.status("shop") == (Status.CONNECTED, None)

    def test_one_that_is_wanted_no_more_is_left_within_five_seconds(self, stage: Stage) -> None:
        """Its lease is handed back."""
        stage.cloud.want("shop", "token")
        stage.replica()
        stage.clock.advance(5)
        stage.cloud.unwant("shop")
        stage.clock.advance(5)

        assert stage.holders("token") == []
        assert (
            stage.cloud.items.stored[f"lease#{lease_key('telegram', 'token')}", "lease"]["holder"]
            == ""
        )

    def test_changed_settings_make_a_new_listener_at_once(self, stage: Stage) -> None:
        """The lease stays: it is the same token."""
        stage.cloud.want("shop", "token")
        stage.replica()
        stage.clock.advance(5)
        stage.cloud.want("shop", "token", edits=True)
        stage.clock.advance(5)

        assert stage.holders("token") == ["a"]
        assert [run.config["options"] for run in stage.runs["token"]] == [{}, {"edits": True}]
        assert (
            stage.cloud.items.stored[f"lease#{lease_key('telegram', 'token')}", "lease"]["fence"]
            == 1
        )

    def test_another_token_takes_the_earlier_ones_place(self, stage: Stage) -> None:
        """One channel, one listener."""
        stage.cloud.want("shop", "token")
        stage.replica()
        stage.clock.advance(5)
        stage.cloud.want("shop", "new token")
        stage.clock.advance(6)

        assert (stage.holders("token"), stage.holders("new token")) == ([], ["a"])


class TestFailures:
    """One channel's trouble is no other's."""

    def test_settings_that_can_not_be_read_stop_no_other(self, stage: Stage) -> None:
        """Their channel's status says so."""
        stage.cloud.want("bad", "bad")
        stage.cloud.want("good", "good")
        stage.cloud.wishes.kept[telegram("bad")].wish.secrets.clear()
        stage.replica()
        stage.clock.advance(5)
        status, error = stage.status("bad")

        assert stage.holders("good") == ["a"]
        assert (status, error and error.code) == (Status.ERROR, "internal")

    def test_a_listener_that_fails_is_started_again_and_touches_no_other(
        self, stage: Stage
    ) -> None:
        """Its status says so until the platform answers again."""
        stage.cloud.want("bad", "bad")
        stage.cloud.want("good", "good")
        stage.fails["bad"] = [RuntimeError("token"), PlatformUnreachable("no"), OSError()]
        stage.replica()
        stage.clock.advance(0.5)
        assert stage.status("bad")[0] is Status.ERROR
        stage.clock.advance(30)

        assert len(stage.runs["bad"]) == 4
        assert stage.status("bad") == (Status.CONNECTED, None)
        assert len(stage.runs["good"]) == 1

    def test_the_pauses_grow(self, stage: Stage) -> None:
        """A platform that is down is not asked again and again."""
        stage.cloud.want("shop", "token")
        stage.fails["token"] = [PlatformUnreachable("no") for _ in range(1000)]
        stage.replica()
        stage.clock.advance(600)

        assert 14 <= len(stage.runs["token"]) <= 26
        assert stage.status("shop")[0] is Status.RECONNECTING

    def test_a_refused_token_is_told_and_left_alone(self, stage: Stage) -> None:
        """A new one is tried at once."""
        stage.cloud.want("shop", "token")
        stage.fails["token"] = [CredentialsRefused("bad_token", "Copy it again.")] * 9
        stage.replica()
        stage.clock.advance(250)
        status, error = stage.status("shop")

        assert (status, error and error.code) == (Status.AUTH_ERROR, "bad_token")
        assert error is not None
        assert error.message.startswith("Copy it again. It is tried again at ")
        assert error.message.endswith("at once when the channel is connected again.")
        assert len(stage.runs["token"]) == 1
        stage.cloud.want("shop", "good")
        stage.clock.advance(6)
        assert stage.status("shop") == (Status.CONNECTED, None)

    def test_a_listener_that_hangs_is_replaced(self, stage: Stage) -> None:
        """It is silent, and a probe proves that it is not well."""
        stage.cloud.want("shop", "token")
        stage.hangs, stage.is_well = {"token"}, False
        stage.replica()
        stage.clock.advance(40)

        assert len(stage.runs["token"]) == 2
        assert stage.status("shop") == (Status.CONNECTED, None)

    def test_quiet_is_not_dead(self, stage: Stage) -> None:
        """One that is silent and well stays."""
        stage.cloud.want("shop", "token")
        stage.hangs = {"token"}
        stage.replica()
        stage.clock.advance(200)

        assert len(stage.runs["token"]) == 1
        assert 5 <= stage.probes <= 7


class TestReplicas:
    """Many replicas, one listener for each token."""

    def test_five_replicas_share_fifty_tokens(self, stage: Stage) -> None:
        """Each has ten, whatever its clock says, and when one dies and another comes."""
        for number in range(50):
            stage.cloud.want(f"shop-{number}", f"token-{number}")
        replicas = [stage.replica(name, offset=1e6 * n) for n, name in enumerate("abcde")]
        _advance(stage, 60)

        assert [replica.keeper.held for replica in replicas] == [10] * 5
        assert all(len(stage.holders(f"token-{n}")) == 1 for n in range(50))
        replicas.pop(2).kill()
        _advance(stage, SECONDS + 2)
        assert sorted(replica.keeper.held for replica in replicas) == [11, 13, 13, 13]
        replicas.append(stage.replica("f", offset=-1e6))
        _advance(stage, 10)

        assert [replica.keeper.held for replica in replicas] == [10] * 5
        assert all(len(stage.holders(f"token-{n}")) == 1 for n in range(50))

    def test_the_load_spreads_again(self, stage: Stage) -> None:
        """A replica that comes takes its share; what one leaves, the others take."""
        for number in range(12):
            stage.cloud.want(f"shop-{number}", f"token-{number}")
        first = stage.replica("a")
        _advance(stage, 10)
        others = [stage.replica("b"), stage.replica("c")]
        _advance(stage, 15)
        assert [each.keeper.held for each in (first, *others)] == [4, 4, 4]
        first.stop()
        _advance(stage, 6)

        assert first.task.done
        assert [each.keeper.held for each in others] == [6, 6]

    def test_five_hundred_tokens_are_shared_by_two_and_then_by_three(self, stage: Stage) -> None:
        """Within seconds, and no token is left."""
        for number in range(500):
            stage.cloud.want(f"shop-{number}", f"token-{number}")
        replicas = [stage.replica(name) for name in "ab"]
        stage.clock.advance(10)
        assert [replica.keeper.held for replica in replicas] == [250, 250]
        replicas.append(stage.replica("c"))
        stage.clock.advance(10)

        assert sorted(replica.keeper.held for replica in replicas) == [166, 167, 167]

    @pytest.mark.parametrize("moment", [0.3, 2.0, 4.9, 5.1, 7.7])
    def test_a_standby_takes_over_in_time(self, stage: Stage, moment: float) -> None:
        """Killed at any moment, a replica's tokens are listened to within the lease and 1 s."""
        for number in range(6):
            stage.cloud.want(f"shop-{number}", f"token-{number}")
        first, second = stage.replica("a"), stage.replica("b", offset=-1e7)
        _advance(stage, 20 + moment)
        first.kill()
        _advance(stage, SECONDS + 1)

        assert second.keeper.held == 6
        assert all(stage.holders(f"token-{n}") == ["b"] for n in range(6))

    def test_a_stopped_replica_hands_over_at_once(self, stage: Stage) -> None:
        """Nobody waits for its leases to lapse."""
        stage.cloud.want("shop", "token")
        stage.cloud.want("bar", "other")
        first, second = stage.replica("a"), stage.replica("b")
        _advance(stage, 20)
        first.stop()
        _advance(stage, 3)

        assert first.task.done
        assert second.keeper.held == 2

    def test_a_replica_that_loses_the_table_stops_in_time(self, stage: Stage) -> None:
        """It can't renew, so it listens no longer, and takes up again what is still its turn."""
        stage.cloud.want("shop", "token")
        replica = stage.replica("a")
        _advance(stage, 20)
        with _broken(stage):
            _advance(stage, SECONDS)
            assert stage.holders("token") == []
        _advance(stage, SECONDS + 2)

        assert stage.holders("token") == ["a"]
        assert replica.keeper.held == 1


def _advance(stage: Stage, seconds: float) -> None:
    """Let time pass; no token ever has two that listen with a valid lease."""
    for _ in range(int(seconds * 4)):
        stage.clock.advance(0.25)
        counts = Counter(token for token, _, hold in stage.live if hold.is_good())
        assert max(counts.values(), default=0) <= 1


@contextmanager
def _broken(stage: Stage) -> Iterator[None]:
    """Let the table fail while the body runs."""

    def fail(*_: object, **__: object) -> None:
        raise OSError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.cloud.items, "get", fail)
        patch.setattr(stage.cloud.items, "put", fail)
        yield
