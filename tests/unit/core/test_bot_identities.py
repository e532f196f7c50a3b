import pytest

from cococat.core.bot_identities import LOOK_AGAIN, BotIdentities
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="items")
def _items(clock: FakeClock) -> MemoryItems:
    return MemoryItems(clock)


def test_what_one_process_keeps_the_others_know(items: MemoryItems, clock: FakeClock) -> None:
    """The door finds what the check of the credentials found out."""
    BotIdentities(items, clock).keep("account", "ou_bot")

    assert BotIdentities(items, clock).get("account") == "ou_bot"
    assert BotIdentities(items, clock).get("other") == ""


def test_a_bot_that_is_not_known_is_looked_for_again(items: MemoryItems, clock: FakeClock) -> None:
    """Not for every message, but soon."""
    bots = BotIdentities(items, clock)
    assert bots.get("account") == ""
    BotIdentities(items, clock).keep("account", "ou_bot")

    assert bots.get("account") == ""
    clock.advance(LOOK_AGAIN)
    assert bots.get("account") == "ou_bot"


def test_the_latest_is_kept(items: MemoryItems, clock: FakeClock) -> None:
    """Each check of the credentials may tell anew who the bot is."""
    bots = BotIdentities(items, clock)
    for identity in ("ou_old", "ou_old", "ou_new"):
        bots.keep("account", identity)

    assert BotIdentities(items, clock).get("account") == "ou_new"
