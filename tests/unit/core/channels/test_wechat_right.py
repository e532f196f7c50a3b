import pytest

from cococat.core.channel_status import Observation, PlatformEvent, Status, relevant
from cococat.core.ids import ChannelAddress
from tests.support.handlers import says
from tests.support.wechat import ADDRESS, USER, OfficialAccount
from tests.support.wechat_window import ask


class TestTheOperator:
    """Reads that WeChat does not let the account send: 48001."""

    def told(self, account: OfficialAccount) -> Observation:
        """Return how the account is, as its operator sees it."""
        seen = relevant(account.world.observations.read(ADDRESS), 1)
        assert seen is not None
        return seen

    def test_is_told_once_and_is_no_error(self) -> None:
        """The channel works without it."""
        account = OfficialAccount(says("one"), says("two"), service=False)
        ask(account)
        seen = self.told(account)
        assert (seen.status, seen.last_error) == (Status.CONNECTED, None)
        assert seen.last_event is not None
        assert (seen.last_event.code, seen.last_event.stops) == ("no_service_right", False)
        assert "48001" in seen.last_event.message
        ask(account, "again")

        assert self.told(account).last_event == seen.last_event

    def test_that_can_not_be_told_is_remembered_all_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The answer waits for its user."""
        account = OfficialAccount(says("one"), service=False)

        def fail(_address: ChannelAddress, _event: PlatformEvent) -> None:
            raise OSError

        monkeypatch.setattr(account.world.observations, "note_event", fail)
        ask(account)

        assert self.told(account).last_event is None
        assert (account.platform.write(USER, "继续"), account.reasons()) == ("one", [])
