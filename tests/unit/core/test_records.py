from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import dead_letters, items, part_record
from cococat.core.message_record import MessageRecord, State, received
from cococat.core.messages import Reply
from cococat.core.part_record import PartRecord, PartState
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems
from tests.support.strategies import addresses, answers, identities, sendable

times = st.none() | st.floats(0, 4e9)

message_records = st.builds(
    MessageRecord,
    id=identities,
    address=addresses,
    state=st.sampled_from(State),
    attempt=st.integers(0, 2),
    request=st.none() | identities,
    reply=st.none() | answers,
    failure=st.none() | sendable,
    received_at=times,
    claimed_at=times,
    replied_at=times,
    answered_at=times,
    expires_at=st.integers(2**31, 2**32),
    version=st.integers(0, 9),
)

RECORD = received(samples.identity(), samples.ADDRESS, "print", START)
ANSWER = Reply(text="hi")


class TestItems:
    """Records and the items that hold them."""

    @given(message_records)
    def test_a_message_comes_back_with_the_next_version(self, record: MessageRecord) -> None:
        """What is stored is what was meant, one version later."""
        table = MemoryItems(FakeClock())
        table.put(record.to_item(), replacing=None)

        found = table.get(record.id, "message")

        assert found is not None
        assert MessageRecord.from_item(found) == replace(record, version=record.version + 1)

    @pytest.mark.parametrize("state", PartState)
    def test_a_part_comes_back_with_the_next_version(self, state: PartState) -> None:
        """The same for a part of an answer."""
        record = PartRecord(message_id="m", part=2, state=state, changed_at=1.5, expires_at=9)

        item = record.to_item()

        assert (item["pk"], item["sk"], item["version"]) == ("m", "part#0002", 1)
        assert PartRecord.from_item(item) == replace(record, version=1)

    def test_parts_are_sorted_by_number(self) -> None:
        """The table's own order of the parts is theirs."""
        keys = [part_record.sort_key(part) for part in range(1, 10_000)]

        assert keys == sorted(keys)


class TestFinished:
    """When a caller need not wait any longer."""

    @pytest.mark.parametrize(
        ("state", "reply", "answered_at"),
        [
            (State.RECEIVED, None, None),
            (State.CLAIMED, None, None),
            (State.REPLIED, None, None),
            (State.REPLIED, ANSWER, None),
            (State.DONE, ANSWER, None),
        ],
    )
    def test_not_while_an_answer_may_come(
        self, state: State, reply: Reply | None, answered_at: float | None
    ) -> None:
        """An answer that is stored or on its way has not arrived yet."""
        record = replace(RECORD, state=state, reply=reply, answered_at=answered_at)

        assert not record.finished

    @pytest.mark.parametrize(
        ("state", "reply", "answered_at"),
        [
            (State.DONE, None, None),
            (State.REPLIED, ANSWER, START),
            (State.RECEIVED, ANSWER, START),
        ],
    )
    def test_once_it_arrived_or_never_will(
        self, state: State, reply: Reply | None, answered_at: float | None
    ) -> None:
        """A message is finished with its answer, or once the agent has none."""
        record = replace(RECORD, state=state, reply=reply, answered_at=answered_at)

        assert record.finished

    def test_the_first_answer_stays(self) -> None:
        """A second delivery of an answer changes nothing."""
        first = RECORD.answered(ANSWER, START)

        assert (first.reply, first.answered_at) == (ANSWER, START)
        assert first.answered(Reply(text="other"), START + 1) is first

    def test_the_stored_answer_is_what_the_asker_gets(self) -> None:
        """The heartbeat's own answer goes before the delivery's copy."""
        replied = replace(RECORD, reply=ANSWER)

        assert replied.answered(Reply(text="other"), START).reply == ANSWER


class TestUpdate:
    """Changing a record that others change too."""

    def test_a_change_is_repeated_on_the_newer_record(self) -> None:
        """Nothing that another writer stored is lost."""
        table = MemoryItems(FakeClock())
        table.put(RECORD.to_item(), replacing=None)
        stale = replace(RECORD, version=1)
        table.put(replace(stale, failure="x").to_item(), replacing=1)

        updated = items.update(table, stale, lambda one: replace(one, attempt=one.attempt + 1))

        assert (updated.failure, updated.attempt, updated.version) == ("x", 1, 3)
        assert table.get(RECORD.id, "message") == updated.to_item() | {"version": 3}


class TestBury:
    """Keeping what could not be delivered."""

    @pytest.fixture(name="table")
    def _table(self) -> MemoryItems:
        return MemoryItems(FakeClock())

    def test_a_letter_is_listed_with_its_reason(self, table: MemoryItems) -> None:
        """An open letter comes back as it was buried."""
        letter = dead_letters.letter("m", "mailbox", "killed", "body", START, agent="support")

        dead_letters.bury(table, letter)

        (found,) = table.open_letters(10)
        assert found == replace(letter, version=1)
        assert (found.reason, found.agent, found.state) == ("killed", "support", "open")

    def test_letters_of_a_message_and_of_its_parts_lie_apart(self, table: MemoryItems) -> None:
        """A message and each of its parts may be dead at the same time."""
        for part in (0, 1, 2):
            letter = dead_letters.letter("m", "outbox", "unknown", "b", START + part, part=part)
            dead_letters.bury(table, letter)

        assert [letter.part for letter in table.open_letters(10)] == [2, 1, 0]
        assert [letter.part for letter in table.open_letters(2)] == [2, 1]

    def test_an_open_letter_keeps_its_first_reason(self, table: MemoryItems) -> None:
        """A second burial of the same message is the echo of the first."""
        for reason in ("agent_error", "killed"):
            dead_letters.bury(table, dead_letters.letter("m", "mailbox", reason, "b", START))

        assert [letter.reason for letter in table.open_letters(10)] == ["agent_error"]

    @pytest.mark.parametrize("state", ["replayed", None])
    def test_a_settled_letter_is_opened_again(self, table: MemoryItems, state: str | None) -> None:
        """What dies again after a replay is listed again, with the new reason."""
        letter = dead_letters.letter("m", "mailbox", "agent_error", "b", START)
        table.put(replace(letter, state=state).to_item(), replacing=None)
        assert table.open_letters(10) == []

        dead_letters.bury(table, dead_letters.letter("m", "mailbox", "killed", "b", START))

        assert [(one.reason, one.version) for one in table.open_letters(10)] == [("killed", 2)]

    def test_letters_are_kept_for_90_days(self) -> None:
        """A person has three months to see to it."""
        letter = dead_letters.letter("m", "mailbox", "killed", "b", START)

        assert letter.expires_at == START + 90 * 24 * 3600
