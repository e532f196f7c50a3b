"""What becomes of a channel that is there: generations, and its end."""

from dataclasses import replace

import pytest

from cococat.core.channel_status import Status
from cococat.core.errors import (
    ConfigError,
    Conflict,
    NotConnected,
)
from cococat.core.wishes import Source
from tests.support import samples
from tests.support.manager import APP_ID, Office, an_office, shop


@pytest.fixture(name="office")
def _office() -> Office:
    return an_office()


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
