from cococat.core.channel_status import Observation, Status
from cococat.core.errors import CredentialsRefused
from cococat.core.keeper_figures import figures
from cococat.core.scene_keeper import SHOW
from tests.support.keeping import Stage


def _seen(status: Status, heard_at: float | None = None) -> Observation:
    return Observation(status=status, generation=1, heard_at=heard_at)


def test_the_states_are_counted() -> None:
    """Those that nothing is in, too: a figure that is missing looks like a replica that is."""
    seen = [_seen(Status.CONNECTED, 90.0), _seen(Status.CONNECTED, 95.0), _seen(Status.AUTH_ERROR)]

    assert figures(seen, now=100.0, since=0.0) == {
        "HeldLeases": 3,
        "ListenersDisconnected": 0,
        "ListenersConnecting": 0,
        "ListenersConnected": 2,
        "ListenersReconnecting": 0,
        "ListenersAuthError": 1,
        "ListenersError": 0,
        "PollAge": 5.0,
    }


def test_nothing_is_said_of_polls_where_nobody_can_poll() -> None:
    """No bot, or none whose token is good."""
    refused = _seen(Status.AUTH_ERROR, 20.0)

    assert [("PollAge" in figures(seen, now=100.0, since=0.0)) for seen in ([], [refused])] == [
        False,
        False,
    ]


def test_a_platform_that_was_never_reached_is_silent_since_the_start() -> None:
    """A sidecar without a network is no sidecar that has nothing to tell."""
    seen = [_seen(Status.RECONNECTING)]

    assert figures(seen, now=100.0, since=30.0)["PollAge"] == 70.0


def test_a_replica_shows_them_each_minute() -> None:
    """With what it holds at the time."""
    stage = Stage()
    stage.cloud.want("shop", "token")
    stage.cloud.want("bank", "refused")
    stage.fails["refused"] = [CredentialsRefused("bad_token", "Copy it again.")] * 9
    replica = stage.replica()
    stage.clock.advance(1)
    assert replica.gauges.shown["HeldLeases"] in (0, 2)
    stage.clock.advance(SHOW)
    shown = replica.gauges.shown

    assert (shown["HeldLeases"], shown["ListenersConnected"], shown["ListenersAuthError"]) == (
        2,
        1,
        1,
    )
    assert shown["PollAge"] <= 1
