"""A channel that needs a sidecar, and none listens to it: the status says so."""

from dataclasses import replace

import pytest

from cococat.core.channel_status import PATIENCE, STALE, LastError, Observation, Status, attended
from cococat.core.ids import ChannelAddress
from cococat.core.manager_context import ChannelView
from tests.support.clock import START
from tests.support.manager import Office, shop

SENTENCE = "No sidecar listens to it: start one, or look at its log."
CONFIG = {"bot_token": "123456:abcdefghijklmnopqrstuvwxyz012345678"}
HELD = Observation(
    status=Status.CONNECTED,
    generation=1,
    connected_since=START,
    owner="sidecar-1",
    alive_at=START,
    heard_at=START,
)


@pytest.fixture(name="office")
def _office() -> Office:
    return Office()


def connect(office: Office, channel: str) -> ChannelAddress:
    """Want a channel that a sidecar is to listen to."""
    office.manager.connect("scene", "shop", channel, CONFIG, office.ctx)
    return replace(shop(), channel=channel, name=channel)


def find(office: Office, channel: str) -> ChannelView:
    """Return how the channel is."""
    return office.manager.find("scene", "shop", channel, office.ctx)


def error(view: ChannelView) -> LastError | None:
    """Return what is shown to be wrong with a channel."""
    assert view.observation is not None
    return view.observation.last_error


class TestASidecarThatDied:
    """Its last sign of life is old."""

    @pytest.mark.parametrize("status", list(Status))
    def test_is_told_whatever_it_said_last(self, status: Status) -> None:
        """With what to do, and since when."""
        said = replace(HELD, status=status, last_error=LastError("conflict", "Another.", START))
        read = attended(said, START + STALE + 1)

        assert read.last_error == LastError("no_listener", SENTENCE, START)
        assert (read.status, read.connected_since) == (Status.DISCONNECTED, None)
        assert read.heard_at == START

    def test_is_not_told_before(self) -> None:
        """One missing report is no death."""
        assert attended(HELD, START + STALE) == HELD

    @pytest.mark.parametrize("channel", ["telegram", "discord"])
    def test_stays_told_until_another_one_listens(self, office: Office, channel: str) -> None:
        """The keeper's turns do not hide it."""
        address = connect(office, channel)
        office.ctx.observations.note(address, HELD)
        for _ in range(4):
            office.ctx.clock.advance(60)
            office.manager.auto_reconnect(office.ctx)
            view = find(office, channel)

            assert view.status is Status.DISCONNECTED
            assert error(view) == LastError("no_listener", SENTENCE, START)
        now = office.ctx.clock.now()
        office.ctx.observations.note(address, replace(HELD, owner="sidecar-2", alive_at=now))

        view = find(office, channel)
        assert (view.status, error(view)) == (Status.CONNECTED, None)


class TestNoSidecarYet:
    """A channel waits for its first one."""

    @pytest.mark.parametrize("channel", ["telegram", "discord"])
    def test_is_told_after_a_minute(self, office: Office, channel: str) -> None:
        """It goes on connecting, and says what it waits for."""
        connect(office, channel)
        office.ctx.clock.advance(PATIENCE)
        assert error(find(office, channel)) is None
        for _ in range(3):
            office.ctx.clock.advance(60)
            office.manager.auto_reconnect(office.ctx)
            view = find(office, channel)

            assert view.status is Status.CONNECTING
            assert error(view) == LastError("no_listener", SENTENCE, START)

    def test_is_no_matter_to_channels_that_are_called(self, office: Office) -> None:
        """Their platform's first request may come in a year."""
        office.connect("unproven")
        office.ctx.clock.advance(365 * 24 * 3600)
        view = office.find()

        assert (view.status, error(view)) == (Status.CONNECTING, None)

    def test_is_not_told_of_what_nobody_wants(self, office: Office) -> None:
        """A disabled channel needs none."""
        address = connect(office, "telegram")
        stored = office.ctx.wishes.kept[address]
        office.ctx.wishes.kept[address] = replace(stored, wish=replace(stored.wish, enabled=False))
        office.ctx.clock.advance(PATIENCE + 1)
        view = find(office, "telegram")

        assert (view.status, error(view)) == (Status.DISCONNECTED, None)
