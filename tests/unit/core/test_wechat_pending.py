import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.aws.attributes import marshal, unmarshal
from cococat.core.errors import DeliveryFailed
from cococat.core.wechat_forms import Form
from cococat.core.wechat_pending import (
    FETCHED,
    HINT,
    MAX_SIZE,
    PendingAnswers,
    PendingRecord,
    Waiting,
    answer_key,
)
from tests.support import samples
from tests.support.clock import FakeClock
from tests.support.items import MemoryItems
from tests.support.strategies import sendable

USER = "oUser"
forms = st.builds(
    Form,
    kind=st.sampled_from(["text", "image", "news", "msgmenu"]),
    text=sendable,
    media_id=sendable,
    title=sendable,
    url=sendable,
    items=st.lists(st.tuples(sendable, sendable), max_size=3).map(tuple),
    plain=sendable,
)
records = st.builds(
    PendingRecord,
    key=sendable,
    waiting=st.lists(
        st.builds(Waiting, form=forms, until=st.integers(0, 2**33).map(float)), max_size=3
    ).map(tuple),
    kept=st.dictionaries(
        sendable, st.lists(st.integers(1, 9999), max_size=3).map(tuple), max_size=3
    ),
    fetched=st.lists(st.tuples(sendable, forms), max_size=3).map(tuple),
    expires_at=st.integers(0, 2**33),
)


def text(said: str) -> Form:
    """Return *said* as a part of an answer."""
    return Form(kind="text", text=said)


@pytest.fixture(name="clock")
def _clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="pending")
def _pending(clock: FakeClock) -> PendingAnswers:
    return PendingAnswers(MemoryItems(clock), samples.ADDRESS, clock)


def said(pending: PendingAnswers, message: str) -> str | None:
    """Return what the response to *message* says."""
    form = pending.take_next(USER, message)
    return None if form is None else form.text


@given(records)
def test_a_record_comes_back_from_the_table_as_it_was(record: PendingRecord) -> None:
    """Whatever waits, in DynamoDB's own form."""
    read = PendingRecord.from_item(unmarshal(marshal(record.to_item())))

    assert read.version == record.version + 1
    assert read.to_item() | {"version": 1} == record.to_item()


def test_parts_are_fetched_in_their_order(pending: PendingAnswers) -> None:
    """Those of an earlier answer first; all but the last say that there is more."""
    pending.keep(USER, "one", 2, [text("a"), text("b")])
    pending.keep(USER, "two", 1, [text("c")])

    fetched = [said(pending, str(number)) for number in range(4)]
    assert fetched == [f"a\n{HINT}", f"b\n{HINT}", "c", None]


def test_an_answer_is_kept_once(pending: PendingAnswers) -> None:
    """A second try finds those parts here that are, whichever part it begins with."""
    for number, parts in ((2, "ab"), (2, "ab"), (3, "b"), (1, "xab"), (5, "z")):
        pending.keep(USER, "one", number, map(text, parts))

    fetched = [said(pending, str(number)) for number in range(5)]
    assert fetched == [*(f"{each}\n{HINT}" for each in "abx"), "z", None]
    has = [pending.has(USER, "one", number) for number in range(1, 7)]
    assert has == [True, True, True, False, True, False]
    assert not pending.has(USER, answer_key("one", 1), 2)


def test_the_same_message_gets_the_same_part(pending: PendingAnswers) -> None:
    """However often it is delivered."""
    pending.keep(USER, "one", 1, [text("a"), text("b")])
    assert {said(pending, "m1") for _ in range(3)} == {f"a\n{HINT}"}
    assert pending.is_next(USER, "m1")
    assert said(pending, "m2") == "b"

    assert pending.is_next(USER, "m2")
    assert not pending.is_next(USER, "m3")


def test_a_redelivered_message_gets_its_own_part_after_another_has_fetched(
    pending: PendingAnswers,
) -> None:
    """The response to `m1` was lost; nothing of the answer is."""
    pending.keep(USER, "one", 1, [text(each) for each in "abcde"])
    fetched = [said(pending, message) for message in ("m1", "m2", "m1", "m2", "m3")]

    assert fetched == [f"{each}\n{HINT}" for each in "ababc"]


def test_the_last_few_fetches_are_known(pending: PendingAnswers) -> None:
    """An item holds only so much; what is older gets the next part."""
    messages = [f"m{number}" for number in range(FETCHED + 1)]
    parts = [f"part {number}" for number in range(FETCHED + 3)]
    pending.keep(USER, "one", 1, map(text, parts))
    first = [said(pending, message) for message in messages]

    assert [said(pending, message) for message in messages[1:]] == first[1:]
    assert said(pending, messages[0]) == f"{parts[FETCHED + 1]}\n{HINT}"


def test_there_is_an_end_to_what_is_kept(pending: PendingAnswers, clock: FakeClock) -> None:
    """An item holds no more; what has grown too old makes room."""
    pending.keep(USER, "one", 1, [text("a" * MAX_SIZE)])
    with pytest.raises(DeliveryFailed, match="pending_full"):
        pending.keep(USER, "two", 1, [text("b")])
    clock.advance(48 * 3600)
    pending.keep(USER, "two", 1, [text("b")])

    assert said(pending, "m1") == "b"


def test_a_picture_says_nothing_of_what_follows(pending: PendingAnswers) -> None:
    """It has no text to which it could be added."""
    pending.keep(USER, "one", 1, [Form(kind="image", media_id="m", plain="[a.png]"), text("b")])

    assert pending.take_next(USER, "m1") == Form(kind="image", media_id="m", plain="[a.png]")
