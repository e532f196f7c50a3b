"""How channels are: the same rules in memory and in DynamoDB."""

from dataclasses import asdict, replace

import pytest

from cococat.aws.observations import ObservationTable
from cococat.core.channel_status import (
    LastError,
    Observation,
    Observations,
    PlatformEvent,
    SendError,
    Status,
    relevant,
)
from tests.support import samples
from tests.support.clock import START
from tests.support.cloud import Cloud
from tests.support.races import Steps
from tests.support.wishes import MemoryObservations

pytestmark = pytest.mark.aws

AT = samples.ADDRESS
CONNECTED = Observation(status=Status.CONNECTED, generation=2, connected_since=START + 0.25)
REFUSED = Observation(
    status=Status.AUTH_ERROR,
    generation=2,
    last_error=LastError("invalid_token", "The platform refuses it. 猫", START + 0.5),
)
HELD = Observation(status=Status.RECONNECTING, generation=2, owner="sidecar-1", alive_at=START + 1)


@pytest.fixture(name="table", params=["memory", "dynamodb"])
def _table(request: pytest.FixtureRequest, cloud: Cloud) -> Observations:
    if request.param == "memory":
        return MemoryObservations()
    return ObservationTable(cloud.dynamodb, cloud.channels_table)


class TestNoting:
    """Somebody has looked."""

    @pytest.mark.parametrize("seen", [CONNECTED, REFUSED, HELD], ids=lambda seen: seen.status)
    def test_what_is_read_is_what_was_noted(self, table: Observations, seen: Observation) -> None:
        """Whatever was there before."""
        assert table.read(AT) is None
        for each in (CONNECTED, REFUSED, HELD, seen):
            assert table.note(AT, each)

        assert table.read(AT) == seen

    def test_an_older_generation_says_nothing(self, table: Observations) -> None:
        """The same one and a newer one do."""
        results = []
        for generation in (2, 1, 2, 3, 2):
            seen = Observation(status=Status.ERROR, generation=generation)
            results.append(table.note(AT, seen))

        assert results == [True, False, True, True, False]
        found = table.read(AT)
        assert found is not None
        assert found.generation == 3

    def test_connecting_is_no_news_of_what_is_connected(self, table: Observations) -> None:
        """A message may come before anybody noted how it began."""
        begun = Observation(status=Status.CONNECTING, generation=2)
        table.count_message(AT, 2, START)
        assert not table.note(AT, begun)
        assert table.note(AT, REFUSED)
        assert table.note(AT, begun)
        assert table.note(AT, begun)
        table.count_message(AT, 2, START)

        assert table.note(AT, Observation(status=Status.CONNECTING, generation=3))

    def test_counts_stay(self, table: Observations) -> None:
        """Whoever notes a state knows nothing of them."""
        table.count_message(AT, 2, START + 5)
        table.note(AT, REFUSED)
        found = table.read(AT)

        assert found is not None
        assert (found.status, found.message_count) == (Status.AUTH_ERROR, 1)
        assert found.last_message_at == START + 5

    def test_channels_are_kept_apart(self, table: Observations) -> None:
        """By target, type and name."""
        table.note(AT, CONNECTED)
        for changes in (
            {"target_type": "agent"},
            {"target_id": "bank"},
            {"channel": "wechat"},
            {"name": "second"},
        ):
            other = type(AT)(**(asdict(AT) | changes))
            assert table.read(other) is None


class TestCounting:
    """A message came."""

    def test_the_first_message_is_the_proof(self, table: Observations) -> None:
        """Whatever was thought of the channel before."""
        for before in (None, Observation(status=Status.CONNECTING, generation=2), REFUSED):
            if before is not None:
                table.note(AT, before)
            table.count_message(AT, 2, START + 7)
            found = table.read(AT)

            assert found is not None
            assert (found.status, found.generation) == (Status.CONNECTED, 2)
            assert (found.connected_since, found.last_error) == (START + 7, None)

    def test_later_ones_only_count(self, table: Observations) -> None:
        """Since when it is connected stays."""
        for seconds in range(3):
            table.count_message(AT, 2, START + seconds)
        found = table.read(AT)

        assert found is not None
        assert (found.message_count, found.last_message_at) == (3, START + 2)
        assert found.connected_since == START

    def test_one_of_an_older_wish_is_counted_and_proves_nothing(self, table: Observations) -> None:
        """It may lie in the mailbox for long."""
        table.note(AT, REFUSED)
        table.count_message(AT, 1, START)
        found = table.read(AT)

        assert found is not None
        assert (found.status, found.generation) == (Status.AUTH_ERROR, 2)
        assert found.message_count == 1
        assert found.last_error == REFUSED.last_error

    @pytest.mark.parametrize("generation", [2, 3])
    def test_what_a_sidecar_tells_stays(self, table: Observations, generation: int) -> None:
        """It listens itself, and knows what is wrong although messages come."""
        told = replace(HELD, status=Status.ERROR, last_error=REFUSED.last_error)
        table.note(AT, told)
        table.count_message(AT, generation, START + 9)

        assert table.read(AT) == replace(told, message_count=1, last_message_at=START + 9)

    def test_one_of_a_newer_wish_proves_that_one(self, table: Observations) -> None:
        """Also where nobody has noted yet that there is one."""
        table.note(AT, CONNECTED)
        table.count_message(AT, 3, START + 9)
        found = table.read(AT)

        assert found is not None
        assert (found.status, found.generation) == (Status.CONNECTED, 3)
        assert found.connected_since == START + 9


class TestSending:
    """An answer could not be sent."""

    ERROR = SendError(code="forbidden", message="Allow it. 猫", at=START + 0.5, generation=2)

    def test_it_is_shown_whatever_who_listens_tells(self, table: Observations) -> None:
        """Until something is sent; messages that come tell whether that is news."""
        listening = replace(HELD, status=Status.CONNECTED)
        assert not table.count_message(AT, 2, START)
        table.note_send_error(AT, self.ERROR)
        table.note_send_error(AT, replace(self.ERROR, generation=1))
        table.note(AT, listening)
        assert table.count_message(AT, 2, START)
        seen = relevant(table.read(AT), 2)
        assert seen is not None
        error = LastError(self.ERROR.code, self.ERROR.message, self.ERROR.at)
        assert (seen.status, seen.last_error, seen.owner) == (Status.ERROR, error, HELD.owner)

        for _ in range(2):
            table.clear_send_error(AT)
        assert not table.count_message(AT, 2, START)
        assert table.read(AT) == replace(listening, message_count=3, last_message_at=START)

    def test_it_says_nothing_of_another_wish(self, table: Observations) -> None:
        """Which nobody has sent for."""
        table.note_send_error(AT, self.ERROR)
        table.note(AT, replace(CONNECTED, generation=3))
        found = relevant(table.read(AT), 3)

        assert found == replace(CONNECTED, generation=3)

    def test_a_listener_that_fails_says_why(self, table: Observations) -> None:
        """That is to be mended first."""
        table.note_send_error(AT, self.ERROR)
        table.note(AT, REFUSED)

        assert relevant(table.read(AT), 2) == REFUSED

    def test_nothing_is_cleared_without_a_trace(self, table: Observations) -> None:
        """There is no status of a channel that nobody has seen."""
        table.clear_send_error(AT)

        assert table.read(AT) is None


class TestForgetting:
    """A channel is wanted no more."""

    @pytest.mark.parametrize(("generation", "kept"), [(1, True), (2, False), (3, False)])
    def test_what_is_known_of_a_later_wish_stays(
        self, table: Observations, generation: int, *, kept: bool
    ) -> None:
        """A connect may come beside a disconnect."""
        table.note(AT, CONNECTED)
        table.forget(AT, generation)

        assert (table.read(AT) is not None) == kept

    def test_nothing_is_forgotten_without_complaint(self, table: Observations) -> None:
        """Again is no error."""
        table.forget(AT, 1)
        table.forget(AT, 1)

        assert table.read(AT) is None


def test_no_count_is_lost_between_processes(cloud: Cloud) -> None:
    """Heartbeats count at once: DynamoDB adds, nobody reads first; whoever goes on at each call."""
    steps = Steps()
    cloud.dynamodb.meta.events.register("before-call", lambda **_: steps.pause())
    table = ObservationTable(cloud.dynamodb, cloud.channels_table)

    def count() -> None:
        for _ in range(10):
            table.count_message(AT, 1, START)

    cloud.calls.take()
    steps.run([count] * 4, [(0, 1), (1, 3), (2, 2), (3, 5)])
    assert set(cloud.calls.take()) == {"UpdateItem"}
    found = table.read(AT)

    assert found is not None
    assert found.message_count == 40


def test_the_table_is_left_as_it_was(cloud: Cloud) -> None:
    """A status lies beside the wish, and is none."""
    cloud.connect(samples.wish())
    table = ObservationTable(cloud.dynamodb, cloud.channels_table)
    table.note(AT, CONNECTED)

    assert len(cloud.channels().channels()) == len(cloud.wishes().all()) == 1
    table.forget(AT, 2)
    assert len(cloud.wishes().all()) == 1


class TestEvents:
    """What the platform tells of the account."""

    REMOVED = PlatformEvent(
        code="bot_removed", message="Removed. 猫", chat="oc_1", at=START + 0.25, generation=2
    )
    STOPPED = PlatformEvent(code="app_stopped", message="x", at=START + 1, generation=2, stops=True)

    def test_the_latest_is_kept_beside_the_rest(self, table: Observations) -> None:
        """An earlier one that comes late is no news, nor is the same once more."""
        table.note(AT, CONNECTED)
        later = replace(self.REMOVED, at=START + 0.5)
        for event in (self.REMOVED, later, self.REMOVED, later):
            table.note_event(AT, event)

        assert table.read(AT) == replace(CONNECTED, last_event=later)
        table.note(AT, REFUSED)
        assert table.read(AT) == replace(REFUSED, last_event=later)

    def test_it_may_be_the_first_that_is_seen(self, table: Observations) -> None:
        """Whatever is noted later is noted beside it."""
        table.note_event(AT, self.STOPPED)
        found = table.read(AT)
        assert found is not None
        assert (found.status, found.last_event) == (Status.CONNECTING, self.STOPPED)

        assert table.note(AT, CONNECTED)
        assert table.read(AT) == replace(CONNECTED, last_event=self.STOPPED)

    def test_a_chat_is_no_news_of_an_account_that_is_no_use(self, table: Observations) -> None:
        """That it is good again is."""
        table.note_event(AT, self.STOPPED)
        table.note_event(AT, replace(self.REMOVED, at=START + 2))
        started = PlatformEvent(code="app_started", message="x", at=START + 3, generation=2)
        found = table.read(AT)
        assert found is not None
        assert found.last_event == self.STOPPED

        table.note_event(AT, started)
        found = table.read(AT)
        assert found is not None
        assert found.last_event == started
