"""What Feishu tells of the app itself, and how the channel's status shows it."""

from typing import Any

import pytest

from cococat.core.channel_status import Observation, PlatformEvent, Status, relevant, shown
from cococat.core.ids import ChannelAddress
from tests.support.clock import START
from tests.support.feishu import ADDRESS, GROUP, USER, FeishuApp
from tests.support.samples import binding
from tests.support.wishes import MemoryObservations

GENERATION = binding().generation
OF_CHATS = {
    "im.chat.member.bot.added_v1": "bot_added",
    "im.chat.member.bot.deleted_v1": "bot_removed",
    "im.chat.disbanded_v1": "chat_disbanded",
}


class FailingOnce(MemoryObservations):
    """Observations in a table that is down, once."""

    failures = 1

    def note_event(self, address: ChannelAddress, event: PlatformEvent) -> None:
        """Keep *event*, or fail."""
        if self.failures:
            self.failures -= 1
            raise OSError("down")
        super().note_event(address, event)


def seen(app: FeishuApp) -> Observation:
    """Return how the channel of *app* is."""
    found = relevant(app.world.observations.read(ADDRESS), GENERATION)
    assert found is not None
    return found


def last(app: FeishuApp) -> PlatformEvent:
    """Return what was told last of *app*."""
    event = seen(app).last_event
    assert event is not None
    return event


def status(app: FeishuApp) -> Status:
    """Return the status that is shown for the channel of *app*."""
    return shown(seen(app), enabled=True, generation=GENERATION)


def turned(app: FeishuApp, to: str) -> None:
    """Let the app be enabled or disabled."""
    app.clock.advance(10)
    app.platform.deliver(app.platform.old_event("app_status_change", {"status": to}))


@pytest.mark.parametrize(("kind", "code"), OF_CHATS.items())
def test_what_happens_to_the_bot_in_a_chat_is_shown(kind: str, code: str) -> None:
    """With the chat, and when; the channel goes on as it was."""
    app = FeishuApp()
    app.platform.write(USER, "hi")
    app.world.settle()
    body = {"chat_id": GROUP, "operator_id": {"open_id": USER}}
    assert app.platform.deliver(app.platform.event(kind, body)) == 1

    told = last(app)
    assert (told.code, told.chat, told.at, told.stops) == (code, GROUP, START, False)
    assert status(app) is Status.CONNECTED


@pytest.mark.parametrize(
    ("kind", "code"), [("add_bot", "bot_added"), ("remove_bot", "bot_removed")]
)
def test_schema_1_tells_the_same(kind: str, code: str) -> None:
    """Under other names."""
    app = FeishuApp()
    app.platform.deliver(app.platform.old_event(kind, {"open_chat_id": GROUP}))

    assert (last(app).code, last(app).chat) == (code, GROUP)
    assert app.taken() == []


@pytest.mark.parametrize("to", ["stop_by_tenant", "stop_by_platform"])
def test_a_disabled_app_is_an_error_until_it_is_enabled(to: str) -> None:
    """Nothing else would say why nobody is heard any more."""
    app = FeishuApp()
    app.platform.write(USER, "hi")
    app.world.settle()
    turned(app, to)

    error = seen(app).last_error
    assert error is not None
    assert (status(app), error.code) == (Status.ERROR, "app_stopped")
    turned(app, "start_by_tenant")
    assert (status(app), seen(app).last_error, last(app).code) == (
        Status.CONNECTED,
        None,
        "app_started",
    )


def test_an_uninstalled_app_is_an_error() -> None:
    """Before anybody was heard, too."""
    app = FeishuApp()
    app.platform.deliver(app.platform.old_event("app_uninstalled", {}))

    assert (status(app), last(app).code) == (Status.ERROR, "app_uninstalled")


def test_whoever_is_heard_of_again_is_not_disabled() -> None:
    """The event that says so may have got lost."""
    app = FeishuApp()
    turned(app, "stop_by_tenant")
    app.clock.advance(10)
    app.platform.write(USER, "hi")
    app.world.settle()

    assert status(app) is Status.CONNECTED


def test_of_a_disabled_app_no_chat_is_told() -> None:
    """That it is disabled is what matters."""
    app = FeishuApp()
    turned(app, "stop_by_tenant")
    app.clock.advance(10)
    app.platform.deliver(app.platform.event("im.chat.disbanded_v1", {"chat_id": GROUP}))

    assert last(app).code == "app_stopped"


def test_a_late_redelivery_says_nothing_new() -> None:
    """They come for hours."""
    app = FeishuApp()
    old = app.platform.event("im.chat.member.bot.deleted_v1", {"chat_id": GROUP})
    app.clock.advance(300)
    app.platform.deliver(app.platform.event("im.chat.disbanded_v1", {"chat_id": "oc_2"}))
    app.platform.deliver(old)

    assert last(app).code == "chat_disbanded"


def test_what_was_told_of_an_earlier_wish_is_not_shown() -> None:
    """Another app may be connected by now."""
    app = FeishuApp()
    turned(app, "stop_by_tenant")
    found = relevant(app.world.observations.read(ADDRESS), GENERATION + 1)

    assert found is not None
    assert (found.status, found.last_event) == (Status.CONNECTING, None)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("app_status_change", {"status": "invented"}),
        ("app_status_change", {"status": ["start_by_tenant"]}),
        ("app_status_change", {}),
        ("app_ticket", {"app_ticket": "x"}),
        ("p2p_chat_create", {}),
    ],
)
def test_other_events_are_only_counted(kind: str, body: dict[str, Any]) -> None:
    """And answered, or they would come again."""
    app = FeishuApp()
    assert app.platform.deliver(app.platform.old_event(kind, body)) == 1

    assert app.world.observations.read(ADDRESS) is None
    assert [name for name, _ in app.counters.counted] == ["Ignored"]


def test_an_event_that_is_not_of_its_form_is_not_noted() -> None:
    """It is taken, as any other, and says nothing."""
    app = FeishuApp()
    event = app.platform.event("im.chat.disbanded_v1", {"chat_id": 7})

    assert app.platform.try_once(event)
    assert app.world.observations.read(ADDRESS) is None


def test_what_can_not_be_noted_is_told_again() -> None:
    """The platform delivers what is not answered with 200."""
    app = FeishuApp()
    app.events = FailingOnce()
    assert app.platform.deliver(app.platform.event("im.chat.disbanded_v1", {"chat_id": GROUP})) == 2

    found = app.events.read(ADDRESS)
    assert found is not None
    assert found.last_event is not None


def test_what_can_not_be_noted_keeps_no_message_from_the_agent() -> None:
    """The message is routed by the first delivery, and not once more by the second."""
    app = FeishuApp()
    events = app.events = FailingOnce()
    added = app.platform.event(
        "im.chat.member.bot.added_v1", {"chat_id": GROUP, "operator_id": {"open_id": USER}}
    )
    assert not app.platform.try_once(added)

    assert [message.content for message in app.taken()] == ["bot_added"]
    assert events.read(ADDRESS) is None
    assert app.platform.try_once(added)
    assert len(app.taken()) == 1
    found = events.read(ADDRESS)
    assert found is not None
    assert found.last_event is not None
    assert found.last_event.code == "bot_added"
