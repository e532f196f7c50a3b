"""The lifecycle of one channel after another: what is wanted, what is true, what is shown."""

from dataclasses import replace

import pytest

from cococat.core.channel_status import Observation, Status
from cococat.core.errors import (
    ConfigError,
    CredentialsRefused,
    EndpointTaken,
    PlatformUnreachable,
)
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import Source
from tests.support import samples
from tests.support.clock import START
from tests.support.manager import APP_ID, Office, an_office, shop

WEB = {"endpoint": samples.ENDPOINT, "api_key": samples.API_KEY}


@pytest.fixture(name="office")
def _office() -> Office:
    return an_office()


class TestConnect:
    """A channel that was not there."""

    def test_proven_credentials_are_connected_at_once(self, office: Office) -> None:
        """The status has its time, and what is kept names agent, mailbox and secrets apart."""
        view = office.connect("good")

        assert (view.status, view.stored.generation) == (Status.CONNECTED, 1)
        assert view.observation == Observation(
            status=Status.CONNECTED, generation=1, connected_since=START
        )
        kept = office.ctx.wishes.kept[shop()].wish
        assert (kept.agent, kept.mailbox, kept.scene_id) == ("shop", "queue://shop", "shop")
        assert (kept.source, kept.file_hash, kept.enabled) == (Source.API, "", True)
        assert (kept.config, kept.secrets) == ({"app_id": APP_ID}, {"token": "good"})

    def test_what_nobody_can_prove_is_connecting_until_a_message_comes(
        self, office: Office
    ) -> None:
        """A callback with a valid signature is the proof."""
        first = office.connect("unproven")
        office.ctx.observations.count_message(shop(), 1, START + 5)
        then = office.find()

        assert (first.status, then.status) == (Status.CONNECTING, Status.CONNECTED)
        assert then.observation is not None
        assert (then.observation.connected_since, then.observation.message_count) == (START + 5, 1)

    def test_a_channel_that_checks_nothing_is_connecting(self, office: Office) -> None:
        """No channel has to be able to ask its platform."""
        view = office.manager.connect("scene", "shop", "web_api", WEB, office.ctx)

        assert view.status is Status.CONNECTING

    def test_refused_credentials_are_kept_with_a_reason(self, office: Office) -> None:
        """Whoever asks later sees what is wrong, and since when."""
        office.connect("bad")
        view = office.find()

        assert view.status is Status.AUTH_ERROR
        assert view.observation is not None
        error = view.observation.last_error
        assert error is not None
        assert (error.code, error.at) == ("invalid_token", START)
        assert error.message == "The platform refuses the token."

    def test_a_platform_that_is_down_is_told(self, office: Office) -> None:
        """The channel is wanted, and tried again later."""
        view = office.connect("down")

        assert view.status is Status.ERROR
        assert view.observation is not None
        assert view.observation.last_error is not None
        assert view.observation.last_error.code == "platform_unreachable"

    def test_an_invalid_config_changes_nothing(self, office: Office) -> None:
        """Nothing is stored, no platform is asked, no channel made."""
        with pytest.raises(ConfigError):
            office.connect("good", mode="open")

        assert (office.ctx.wishes.writes, office.ctx.platform.asked, office.ctx.made) == (0, [], [])

    def test_an_agent_that_is_not_there_changes_nothing(self, office: Office) -> None:
        """The mailbox comes before the wish."""
        with pytest.raises(ConfigError, match="agent that there is"):
            office.manager.connect("scene", "nobody", "web_api", WEB, office.ctx)

        assert office.ctx.wishes.writes == 0

    def test_an_error_of_ours_stores_nothing(self, office: Office) -> None:
        """A channel that can't be tried is not wanted either."""
        with pytest.raises(KeyError):
            office.connect("odd")

        assert office.ctx.wishes.kept == {}

    def test_a_taken_endpoint_is_told(self, office: Office) -> None:
        """The other channel keeps it, and nothing of this one stays."""
        office.manager.connect("scene", "bank", "web_api", WEB, office.ctx)
        with pytest.raises(EndpointTaken):
            office.manager.connect("scene", "shop", "web_api", WEB, office.ctx)

        assert [address.target_id for address in office.ctx.wishes.kept] == ["bank"]
        assert [address.target_id for address in office.manager._instances] == ["bank"]

    def test_an_agent_may_be_the_target(self, office: Office) -> None:
        """It answers itself, and no scene is named."""
        config = {"app_id": APP_ID, "token": "good"}
        view = office.manager.connect("agent", "support", "wechat", config, office.ctx)

        address = ChannelAddress(
            target_type="agent", target_id="support", channel="wechat", name="wechat"
        )
        assert view.stored.wish.address == address
        assert (view.stored.wish.scene_id, view.stored.wish.agent) == ("", "support")
        assert office.manager.find("agent", "support", "wechat", office.ctx).status is (
            Status.CONNECTED
        )

    def test_the_instance_that_is_kept_knows_its_generation(self, office: Office) -> None:
        """Messages that it receives tell of which wish they are."""
        office.connect("good")
        office.connect("good2")

        assert list(office.manager._instances) == [shop()]
        assert office.ctx.made[-1] == (shop(), 2)


class TestReplace:
    """A channel that is there already."""

    def test_a_good_one_is_replaced_by_a_good_one(self, office: Office) -> None:
        """The generation rises, the counts stay."""
        office.connect("good")
        office.ctx.observations.count_message(shop(), 1, START + 1)
        view = office.connect("good2")

        assert (view.status, view.stored.generation) == (Status.CONNECTED, 2)
        assert view.observation is not None
        assert (view.observation.message_count, view.observation.last_message_at) == (1, START + 1)
        assert office.token() == "good2"

    @pytest.mark.parametrize("kept", ["good", "unproven"])
    def test_a_refused_one_leaves_a_good_one_as_it_is(self, office: Office, kept: str) -> None:
        """The caller is told why, and that nothing changed."""
        office.connect(kept)
        before = office.find()
        with pytest.raises(CredentialsRefused) as refused:
            office.connect("bad")

        assert refused.value.code == "invalid_token"
        assert refused.value.message == (
            "The platform refuses the token. The earlier channel is kept."
        )
        assert office.token() == kept
        assert office.find() == before

    def test_one_that_could_not_be_asked_about_leaves_a_good_one_as_it_is(
        self, office: Office
    ) -> None:
        """The old one stays until the new one is good."""
        office.connect("good")
        before = office.find()
        with pytest.raises(PlatformUnreachable):
            office.connect("down")

        assert office.token() == "good"
        assert office.find() == before

    @pytest.mark.parametrize("first", ["bad", "down"])
    @pytest.mark.parametrize("second", ["bad", "down", "unproven", "good"])
    def test_what_never_worked_is_replaced_by_anything(
        self, office: Office, first: str, second: str
    ) -> None:
        """There is nothing to be kept."""
        office.connect(first)
        view = office.connect(second)

        assert office.token() == second
        assert view.stored.generation == 2

    def test_fixing_a_wrong_secret_recovers(self, office: Office) -> None:
        """No restart, and the error is gone."""
        office.connect("bad")
        view = office.connect("good")

        assert view.status is Status.CONNECTED
        assert view.observation is not None
        assert view.observation.last_error is None

    def test_a_disconnected_one_protects_nothing(self, office: Office) -> None:
        """A disabled wish is not a good channel, whatever was seen of it."""
        office.connect("good")
        stored = office.ctx.wishes.kept[shop()]
        office.ctx.wishes.write(
            replace(stored.wish, enabled=False, file_hash="of-a-file"), replacing=stored
        )
        view = office.connect("bad")

        assert view.status is Status.AUTH_ERROR
        assert office.ctx.wishes.kept[shop()].wish.file_hash == "of-a-file"

    def test_several_accounts_live_side_by_side(self, office: Office) -> None:
        """Each has its name, its status and its secrets."""
        office.connect("good")
        office.connect("bad", name="second")

        assert (office.token(), office.token(name="second")) == ("good", "bad")
        assert office.find(name="wechat").status is Status.CONNECTED
        assert office.find(name="second").status is Status.AUTH_ERROR
        office.disconnect(name="second")
        assert (office.token(), office.token(name="second")) == ("good", None)
