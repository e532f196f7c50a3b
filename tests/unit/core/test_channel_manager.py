"""The lifecycle of one channel after another: what is wanted, what is true, what is shown."""

from dataclasses import replace

import pytest

from cococat.core.channel_status import STALE, Observation, Status
from cococat.core.errors import (
    ConfigError,
    Conflict,
    CredentialsRefused,
    EndpointTaken,
    NotConnected,
    PlatformUnreachable,
)
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import Source
from tests.support import samples
from tests.support.clock import START
from tests.support.manager import APP_ID, Office, shop

WEB = {"endpoint": samples.ENDPOINT, "api_key": samples.API_KEY}


@pytest.fixture(name="office")
def _office() -> Office:
    office = Office()
    office.ctx.platform.says = {
        "good": "proven",
        "good2": "proven",
        "bad": "refused",
        "down": "unreachable",
        "odd": "broken",
    }
    return office


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


class TestGenerations:
    """Whoever names what they believe to be there is refused where it is not."""

    def test_the_right_generation_is_replaced(self, office: Office) -> None:
        """0 stands for nothing there."""
        office.connect("good", generation=0)
        office.connect("good2", generation=1)

        assert office.token() == "good2"

    @pytest.mark.parametrize("generation", [1, 2, 99])
    def test_a_wrong_one_is_a_conflict(self, office: Office, generation: int) -> None:
        """Nothing is changed, no mailbox made, and no platform asked."""
        if generation > 1:
            office.connect("good")
        office.ctx.platform.asked.clear()
        office.ctx.mailboxes.clear()
        with pytest.raises(Conflict):
            office.connect("good2", generation=generation)

        assert (office.ctx.platform.asked, office.ctx.mailboxes) == ([], [])
        assert office.token() == ("good" if generation > 1 else None)

    def test_disconnecting_names_one_too(self, office: Office) -> None:
        """A channel that was changed meanwhile stays."""
        office.connect("good")
        office.connect("good2")
        with pytest.raises(Conflict):
            office.disconnect(generation=1)
        assert office.find().status is Status.CONNECTED
        assert list(office.manager._instances) == [shop()]
        office.disconnect(generation=2)

        assert office.token() is None

    def test_a_generation_never_comes_again(self, office: Office) -> None:
        """Not even after the channel was removed: a late writer knows an older one."""
        generations = []
        for token in ("good", "good2", "good"):
            generations.append(office.connect(token).stored.generation)
            office.disconnect()

        assert generations == sorted(set(generations))

    def test_a_change_in_between_is_noticed(self, office: Office) -> None:
        """Two connects at once: the one that named a generation loses, the other tries again."""
        office.ctx.platform.meanwhile = [lambda: Office(office.ctx).connect("good2")]
        with pytest.raises(Conflict):
            office.connect("good", generation=0)
        assert office.token() == "good2"
        office.ctx.platform.meanwhile = [lambda: Office(office.ctx).connect("good2")]
        office.connect("good")

        assert (office.token(), office.find().stored.generation) == ("good", 3)


class TestDisconnect:
    """A channel that is wanted no more."""

    def test_nothing_stays(self, office: Office) -> None:
        """Neither wish nor status nor instance."""
        office.connect("good")
        office.disconnect()

        assert (office.ctx.wishes.kept, office.ctx.observations.seen) == ({}, {})
        assert (office.manager._instances, office.manager._status) == ({}, {})
        with pytest.raises(NotConnected):
            office.find()

    def test_again_it_does_nothing(self, office: Office) -> None:
        """Nor where there never was anything."""
        office.disconnect()
        office.connect("good")
        office.disconnect()
        writes = office.ctx.wishes.writes
        office.disconnect()
        office.disconnect(generation=1)

        assert office.ctx.wishes.writes == writes

    def test_an_entry_of_a_file_stays_disabled(self, office: Office) -> None:
        """The file still holds it: only its change brings it back."""
        filed = samples.wish(shop(), config={"app_id": APP_ID}, secrets={"token": "good"})
        office.ctx.wishes.write(replace(filed, file_hash="h1"), replacing=None)
        office.disconnect()
        view = office.find()

        assert (view.status, view.stored.wish.enabled) == (Status.DISCONNECTED, False)
        assert (view.stored.wish.file_hash, view.stored.wish.source) == ("h1", Source.API)
        assert view.stored.secret_names == ()
        writes = office.ctx.wishes.writes
        office.disconnect()
        assert office.ctx.wishes.writes == writes
        assert office.connect("good").stored.wish.file_hash == "h1"

    @pytest.mark.parametrize(
        ("target", "kind", "name"),
        [
            (("scene", "../shop"), "wechat", ""),
            (("scene", ""), "wechat", ""),
            (("scene", "s" * 65), "wechat", ""),
            (("table", "shop"), "wechat", ""),
            (("scene", "shop"), "fax", ""),
            (("scene", "shop"), "wechat", "a/b"),
        ],
    )
    def test_what_can_not_be_there_is_refused(
        self, office: Office, target: tuple[str, str], kind: str, name: str
    ) -> None:
        """No made-up id becomes a key of the table."""
        with pytest.raises(ConfigError):
            office.manager.disconnect(*target, kind, office.ctx, name=name)


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
