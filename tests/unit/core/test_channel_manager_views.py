"""How channels are found and shown."""

import pytest

from cococat.core.channel_status import STALE, Observation, Status
from cococat.core.errors import (
    NotConnected,
)
from tests.support import samples
from tests.support.clock import START
from tests.support.manager import APP_ID, Office, an_office, shop

WEB = {"endpoint": samples.ENDPOINT, "api_key": samples.API_KEY}


@pytest.fixture(name="office")
def _office() -> Office:
    return an_office()


class TestFind:
    """One channel out of several."""

    def test_the_only_one_needs_no_name(self, office: Office) -> None:
        """Whatever it is called."""
        office.connect("good", name="second")

        assert office.find().stored.wish.address.name == "second"

    def test_several_are_named(self, office: Office) -> None:
        """The error lists what may be meant."""
        office.connect("good")
        office.connect("good", name="second")
        with pytest.raises(NotConnected) as error:
            office.find()

        assert sorted(error.value.names) == ["second", "wechat"]

    @pytest.mark.parametrize("name", ["", "third"])
    def test_none_is_not_found(self, office: Office, name: str) -> None:
        """Other scenes, types and names do not count."""
        office.manager.connect("scene", "bank", "web_api", WEB, office.ctx)
        config = {"app_id": APP_ID, "token": "good"}
        office.manager.connect("agent", "shop", "wechat", config, office.ctx)
        with pytest.raises(NotConnected) as error:
            office.find(name=name)

        assert error.value.names == ()


class TestView:
    """What is shown of a channel."""

    def test_an_older_observation_tells_its_counts_alone(self, office: Office) -> None:
        """Nobody takes the error of an earlier config for one of this one."""
        office.connect("bad")
        office.ctx.observations.count_message(shop(), 0, START)
        stored = office.ctx.wishes.kept[shop()]
        office.ctx.wishes.write(stored.wish, replacing=stored)
        view = office.find()

        assert view.status is Status.CONNECTING
        assert not view.is_seen
        assert view.observation is not None
        assert (view.observation.last_error, view.observation.message_count) == (None, 1)

    def test_a_late_watcher_says_nothing_of_a_newer_wish(self, office: Office) -> None:
        """Neither its status nor the message that it counts."""
        office.connect("good")
        office.connect("down2")
        late = Observation(status=Status.AUTH_ERROR, generation=1)

        assert office.ctx.observations.note(shop(), late) is False
        office.ctx.observations.count_message(shop(), 1, START)
        view = office.find()
        assert view.status is Status.CONNECTING
        assert view.observation is not None
        assert view.observation.message_count == 1

    @pytest.mark.parametrize(
        ("silent", "status"), [(STALE, Status.CONNECTED), (STALE + 1, Status.DISCONNECTED)]
    )
    def test_a_sidecar_that_died_does_not_stay_connected(
        self, office: Office, silent: int, status: Status
    ) -> None:
        """Its last sign of life counts."""
        office.connect("unproven")
        held = Observation(status=Status.CONNECTED, generation=1, owner="sidecar-1", alive_at=START)
        office.ctx.observations.note(shop(), held)
        office.ctx.clock.advance(silent)

        assert office.find().status is status

    def test_a_held_channel_without_a_sign_of_life_is_gone(self, office: Office) -> None:
        """An owner that never was there is none."""
        office.connect("unproven")
        held = Observation(status=Status.CONNECTED, generation=1, owner="sidecar-1")
        office.ctx.observations.note(shop(), held)

        assert office.find().status is Status.DISCONNECTED
