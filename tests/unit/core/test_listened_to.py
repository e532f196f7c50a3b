import pytest

from cococat.core.channel_status import Status
from cococat.core.session import SECONDS
from tests.support.keeping import Stage
from tests.support.sidecar import telegram


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


class TestATokenOfTwoChannels:
    """It is listened to for one of them."""

    def test_the_other_one_is_told(self, stage: Stage) -> None:
        """Which channel has it, and what to do."""
        stage.cloud.want("bar", "token")
        stage.cloud.want("shop", "token")
        stage.replica()
        stage.clock.advance(5)
        status, error = stage.status("shop")

        assert stage.holders("token") == ["a"]
        assert stage.status("bar")[0] is Status.CONNECTED
        assert status is Status.ERROR
        assert error is not None
        assert error.code == "token_in_use"
        assert error.message.startswith("scene bar, channel telegram/telegram uses the same token")
        assert "Give this one a bot of its own" in error.message

    @pytest.mark.parametrize("restarted", [False, True])
    def test_the_one_that_works_keeps_it(self, stage: Stage, *, restarted: bool) -> None:
        """Whatever the names are, and for another replica too, which did not see who was first."""
        stage.cloud.want("shop", "token")
        replica = stage.replica()
        stage.clock.advance(5)
        stage.cloud.want("bar", "token")
        stage.clock.advance(15)
        if restarted:
            replica.kill()
            stage.replica("b")
            stage.clock.advance(SECONDS + 5)

        assert stage.status("shop")[0] is Status.CONNECTED
        assert stage.status("bar")[0] is Status.ERROR

    def test_it_is_had_when_the_first_one_is_gone(self, stage: Stage) -> None:
        """Within seconds."""
        stage.cloud.want("shop", "token")
        stage.replica()
        stage.clock.advance(5)
        stage.cloud.want("bar", "token")
        stage.clock.advance(5)
        stage.cloud.unwant("shop")
        stage.clock.advance(8)

        assert stage.status("bar") == (Status.CONNECTED, None)


class TestComplaints:
    """The status of each channel that is not listened to says why."""

    def test_a_secret_that_is_missing(self, stage: Stage) -> None:
        """And what to do; once it is there, the channel is listened to."""
        stage.cloud.want("bad", "bad")
        stage.cloud.lost = {telegram("bad")}
        stage.replica()
        stage.clock.advance(8)
        status, error = stage.status("bad")
        assert (status, error and error.code) == (Status.ERROR, "secret_missing")
        assert error is not None
        assert "publish the scene again, or connect it again" in error.message
        stage.cloud.lost.clear()
        stage.clock.advance(8)

        assert stage.status("bad") == (Status.CONNECTED, None)

    def test_two_types_of_one_name_hide_nothing(self, stage: Stage) -> None:
        """Each channel's complaint has a pace of its own."""
        both = [telegram("bad"), telegram("bad", channel="discord")]
        for address in both:
            stage.cloud.want("bad", "bad", address=address)
        stage.cloud.lost = set(both)
        stage.replica()
        stage.clock.advance(8)

        assert [stage.cloud.observations.seen[each].status for each in both] == [Status.ERROR] * 2
