"""The keeper's turn: what is wanted and is not true is tried again."""

import logging
from typing import Any

import pytest

from cococat.core.channel_status import LastError, Observation, Status
from cococat.core.errors import MailboxUnavailable
from cococat.core.ids import ChannelAddress
from tests.support import samples
from tests.support.clock import START
from tests.support.manager import APP_ID, MemoryContext, Office, shop


@pytest.fixture(name="office")
def _office() -> Office:
    office = Office()
    office.ctx.platform.says = {"good": "proven", "bad": "refused", "odd": "broken"}
    return office


def publish(office: Office, token: str, name: str = "wechat") -> None:
    """Let a file hold a channel with *token*: nothing was seen of it yet."""
    wishes = office.ctx.wishes
    wish = samples.wish(shop(name), config={"app_id": APP_ID}, secrets={"token": token})
    wishes.write(wish, replacing=wishes.read(shop(name)))


def reconnect(office: Office) -> dict[str, Status]:
    """Let the keeper do its turn; return the channels whose state changed."""
    views = office.manager.auto_reconnect(office.ctx, None)
    return {view.stored.wish.address.name: view.status for view in views}


class TestATurn:
    """Each channel on its own."""

    def test_unseen_channels_are_tried(self, office: Office) -> None:
        """What was published is proven, refused, or waits for its first message."""
        publish(office, "good", "a")
        publish(office, "bad", "b")
        publish(office, "unproven", "c")

        assert reconnect(office) == {"a": Status.CONNECTED, "b": Status.AUTH_ERROR}
        assert office.find(name="c").observation == Observation(
            status=Status.CONNECTING, generation=1
        )
        assert sorted(address.name for address in office.manager._instances) == ["a", "b", "c"]

    def test_good_ones_are_left_alone(self, office: Office) -> None:
        """No platform is asked again about what it has taken."""
        office.connect("good", name="a")
        office.connect("unproven", name="b")
        office.ctx.platform.asked.clear()

        assert reconnect(office) == {}
        assert office.ctx.platform.asked == []

    def test_a_changed_wish_is_tried_though_the_earlier_one_was_good(self, office: Office) -> None:
        """A republished entry is new, whatever was seen of the one before."""
        publish(office, "good")
        reconnect(office)
        publish(office, "bad")

        assert reconnect(office) == {"wechat": Status.AUTH_ERROR}
        assert office.find().stored.generation == 2

    def test_a_refused_one_recovers(self, office: Office) -> None:
        """Once the platform takes the token again, nobody has to do anything."""
        office.connect("bad")
        assert reconnect(office) == {}
        office.ctx.platform.says["bad"] = "proven"

        assert reconnect(office) == {"wechat": Status.CONNECTED}
        view = office.find()
        assert view.observation is not None
        assert view.observation.last_error is None

    def test_an_unreachable_one_recovers(self, office: Office) -> None:
        """The platform answers again, also where it can't prove anything."""
        office.ctx.platform.says["later"] = "unreachable"
        office.connect("later")
        del office.ctx.platform.says["later"]

        assert reconnect(office) == {"wechat": Status.CONNECTING}

    def test_disabled_ones_are_left_alone(self, office: Office) -> None:
        """What is not wanted is not tried."""
        wish = samples.wish(shop(), secrets={"token": "good"}, enabled=False)
        office.ctx.wishes.write(wish, replacing=None)

        assert reconnect(office) == {}
        assert office.ctx.platform.asked == []

    def test_a_message_that_came_first_is_not_forgotten(self, office: Office) -> None:
        """Connecting does not replace connected: the proof may be quicker than the note."""
        publish(office, "unproven")
        office.ctx.platform.meanwhile = [
            lambda: office.ctx.observations.count_message(shop(), 1, START)
        ]
        reconnect(office)

        assert office.find().status is Status.CONNECTED


class TestFailures:
    """One channel stops no other."""

    def test_an_error_of_ours_is_told_and_the_others_go_on(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is no endless `connecting`: the status says that it is ours, the log says where."""
        caplog.set_level(logging.ERROR)
        publish(office, "odd", "a")
        publish(office, "good", "b")

        assert reconnect(office) == {"a": Status.ERROR, "b": Status.CONNECTED}
        seen = office.find(name="a").observation
        assert seen is not None
        assert seen.last_error is not None
        assert seen.last_error.code == "internal"
        assert [vars(record)["error"] for record in caplog.records] == ["KeyError"]
        assert "odd" not in caplog.text

    @pytest.mark.parametrize("method", ["read", "note"])
    def test_a_table_that_fails_for_one_stops_no_other(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, method: str
    ) -> None:
        """Whatever it is that fails."""
        publish(office, "good", "a")
        publish(office, "good", "b")
        real = getattr(office.ctx.observations, method)

        def fail(address: ChannelAddress, *rest: object) -> Any:  # noqa: ANN401 - any of them
            if address.name == "a":
                raise ConnectionError
            return real(address, *rest)

        monkeypatch.setattr(office.ctx.observations, method, fail)

        assert reconnect(office) == {"b": Status.CONNECTED}

    def test_a_lost_secret_is_told(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """A channel whose secrets can't be read has an error, not nothing."""
        publish(office, "good")
        monkeypatch.setattr(office.ctx.wishes, "secrets", _fail)

        assert reconnect(office) == {"wechat": Status.ERROR}

    def test_one_that_is_disconnected_meanwhile_leaves_no_status(self, office: Office) -> None:
        """The keeper's turn may take long."""
        publish(office, "good")
        office.ctx.platform.meanwhile = [Office(office.ctx).disconnect]
        reconnect(office)

        assert (office.ctx.wishes.kept, office.ctx.observations.seen) == ({}, {})

    def test_one_that_is_replaced_meanwhile_is_not_overwritten(self, office: Office) -> None:
        """The late turn saw another wish."""
        office.connect("bad")
        office.ctx.platform.meanwhile = [lambda: Office(office.ctx).connect("good")]
        reconnect(office)

        assert (office.token(), office.find().status) == ("good", Status.CONNECTED)


def test_each_process_has_its_own_view() -> None:
    """What another one has changed is found in the table."""
    ctx = MemoryContext()
    one, other = Office(ctx), Office(ctx)
    one.connect("abc")
    other.disconnect()

    assert list(one.manager._instances) == [shop()]
    assert reconnect(one) == {}
    one.disconnect()
    assert one.manager._instances == {}


def _fail(*_: object) -> object:
    raise MailboxUnavailable


def test_a_channel_that_a_sidecar_holds_is_its_own_business(office: Office) -> None:
    """What it says is not overwritten each minute; nor once it is dead: it takes another one."""
    office.connect("unproven")
    view = office.find()
    error = LastError("conflict", "Another program polls.", office.ctx.clock.now())
    held = Observation(
        status=Status.ERROR,
        generation=view.stored.generation,
        last_error=error,
        owner="sidecar-1",
        alive_at=office.ctx.clock.now(),
    )
    office.ctx.observations.note(view.stored.wish.address, held)
    office.manager.auto_reconnect(office.ctx)
    assert office.find().observation == held
    office.ctx.clock.advance(31)
    office.manager.auto_reconnect(office.ctx)

    assert office.ctx.observations.read(view.stored.wish.address) == held
    assert office.find().status is Status.DISCONNECTED
