from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.errors import MalformedMessage
from cococat.core.telegram_albums import GROWS, Growing, as_one, merged
from cococat.core.telegram_update import Taste, update_id
from tests.support.strategies import json_values
from tests.support.telegram_updates import ANN, GROUP, message, read, said, span


class TestPrivate:
    """What a person writes to the bot."""

    def test_a_text(self) -> None:
        """The user is the chat, as everywhere for Telegram."""
        taken = read({"message": message(text="你好 🐈")})

        assert taken is not None
        assert (taken.message.content, taken.message.msg_type) == ("你好 🐈", "text")
        assert (taken.message.user_id, taken.message.conversation_id) == ("7", "7")
        assert taken.message.timestamp == "2027-01-15T08:00:00.000+00:00"
        assert taken.in_place == {"chat": "7"}

    def test_unpaired_surrogates_and_nul_are_cleaned(self) -> None:
        """No queue takes them."""
        taken = read({"message": message(text="a\ud83d\x00b")})

        assert taken is not None
        assert taken.message.content == "ab"

    @pytest.mark.parametrize(
        ("values", "kind", "content", "refs"),
        [
            (
                {
                    "photo": [
                        {"file_id": "big", "width": 800, "height": 600, "file_size": 9},
                        {"file_id": "small", "width": 80, "height": 60},
                    ],
                    "caption": "look",
                },
                "image",
                "look",
                ["big"],
            ),
            ({"voice": {"file_id": "v", "duration": 3}}, "voice", "", ["v"]),
            (
                {"animation": {"file_id": "gif"}, "document": {"file_id": "gif"}},
                "video",
                "",
                ["gif"],
            ),
            ({"document": {"file_id": "d", "file_name": "a.pdf"}}, "file", "", ["d"]),
            ({"sticker": {"file_id": "s", "emoji": "🐈"}}, "sticker", "🐈", ["s"]),
            ({"location": {"latitude": 0, "longitude": 0}}, "location", "0,0", []),
            (
                {
                    "venue": {
                        "location": {"latitude": 31.2, "longitude": 121.5},
                        "title": "Café",
                        "address": "Road 1",
                    },
                    "location": {"latitude": 31.2, "longitude": 121.5},
                },
                "location",
                "31.2,121.5\nCafé\nRoad 1",
                [],
            ),
            (
                {"contact": {"first_name": "Bob", "phone_number": "+1"}},
                "contact",
                "Bob\n+1",
                [],
            ),
            ({"dice": {"emoji": "🎲", "value": 6}}, "dice", "🎲 6", []),
            (
                {
                    "rich_message": {
                        "blocks": [
                            {"type": "heading", "text": "Title"},
                            {"type": "paragraph", "text": ["a", {"type": "bold", "text": "b"}]},
                        ]
                    }
                },
                "text",
                "Title\na\nb",
                [],
            ),
        ],
    )
    def test_everything_that_says_something(
        self, values: dict[str, Any], kind: str, content: str, refs: list[str]
    ) -> None:
        """Each kind as a text for the agent, with its files."""
        taken = read({"message": message(**values)})

        assert taken is not None
        assert (taken.message.msg_type, taken.message.content) == (kind, content)
        assert [each.ref for each in taken.message.attachments] == refs

    @pytest.mark.parametrize(
        "values",
        [{"new_chat_title": "x"}, {"pinned_message": {"date": 0}}, {"left_chat_member": ANN}, {}],
    )
    def test_a_service_message_is_no_turn(self, values: dict[str, Any]) -> None:
        """Nobody has said anything."""
        assert read({"message": message(**values)}) is None

    def test_two_edits_of_one_second_are_two_messages(self) -> None:
        """And each of them is the same when it comes again."""
        edited = message(text="new", edit_date=1_800_000_005)
        updates = [{"update_id": number, "edited_message": edited} for number in (8, 9, 9)]
        keys = [taken.key for each in updates if (taken := read(each, Taste(edits=True)))]

        assert keys[0] != keys[1] == keys[2]

    def test_edits_are_an_option(self) -> None:
        """An edited message is one more message, or nothing; a moving position never is one."""
        edited = message(text="new", edit_date=1_800_000_005)
        moved = message(location={"latitude": 1, "longitude": 2}, edit_date=1_800_000_005)
        taste = Taste(edits=True)
        first, taken = (
            read({"message": message(text="old")}),
            read({"edited_message": edited}, taste),
        )

        assert read({"edited_message": edited}) is None
        assert read({"edited_message": moved}, taste) is None
        assert taken is not None
        assert first is not None
        assert taken.message.content == "new"
        assert taken.key != first.key

    def test_another_bot_is_not_heard(self) -> None:
        """Two bots would talk to each other for ever."""
        assert read({"message": message(text="hi", **{"from": ANN | {"is_bot": True}})}) is None

    def test_an_anonymous_admin_is_no_bot(self) -> None:
        """A bot of Telegram's stands in for the group."""
        stand_in = {"id": 1_087_968_824, "is_bot": True}
        values = {"from": stand_in, "sender_chat": GROUP, "text": "/help"}
        values["entities"] = [span("/help", "/help", "bot_command")]

        assert said(**values) == "/help"


class TestAlbums:
    """Pictures that somebody sends as one."""

    @staticmethod
    def picture(number: int, album: object = "a", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Return the update of one picture."""
        photo = [{"file_id": f"file-{number}", "width": 9, "height": 9}]
        values = {"message_id": number, "photo": photo, "media_group_id": album} | more
        return {"update_id": number, "message": message() | values}

    def test_those_of_one_batch_are_one_message(self) -> None:
        """With all its files, and the caption, wherever that is."""
        updates = [self.picture(1), self.picture(2, caption="look"), self.picture(3)]
        (together,) = list(merged(updates))
        taken = read(as_one(together))

        assert taken is not None
        assert taken.message.content == "look"
        assert sorted(each.ref for each in taken.message.attachments) == [
            "file-1",
            "file-2",
            "file-3",
        ]
        assert taken.key == "message:1+2+3:0"

    def test_what_comes_between_goes_first(self) -> None:
        """So none of it is left behind where the batch ends early."""
        other = {"update_id": 2, "message": message() | {"chat": GROUP}}
        one, three = self.picture(1), self.picture(3)

        assert merged([one, other, three]) == [[other], [one, three]]

    def test_a_new_one_may_grow(self) -> None:
        """Until a look finds no more of it, or it is two seconds old."""
        growing, date = Growing(), self.picture(1)["message"]["date"]
        updates = [self.picture(number) for number in range(3)]

        assert growing.may_grow(updates[:1], date)
        assert growing.may_grow(updates, date)
        assert not growing.may_grow(updates, date)
        assert not Growing().may_grow(updates, date + GROWS)
        assert not Growing().may_grow([{"update_id": 1, "message": message()}], date)

    def test_others_stay_apart(self) -> None:
        """Another album, another chat, and whatever is no picture of an album."""
        other = self.picture(3)
        other["message"]["chat"] = GROUP
        updates: list[Any] = [
            self.picture(1, "a"),
            self.picture(2, "b"),
            other,
            {},
            None,
            {"message": []},
        ]

        assert list(merged(updates)) == [[each] for each in updates]


KEYS = """
message edited_message callback_query chat from text entities photo
id date message_id type offset length data venue rich_message
"""

keys = st.sampled_from(KEYS.split())
hostile = st.recursive(
    json_values,
    lambda inner: st.dictionaries(keys, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(keys, hostile, max_size=5))
def test_anything_else_is_refused_in_one_way(update: dict[str, Any]) -> None:
    """No update breaks the reader: it is a message, nothing, or malformed."""
    try:
        taken = read(update)
    except MalformedMessage:
        return
    assert taken is None or taken.message.conversation_id


@given(hostile)
def test_only_numbers_are_numbers(update: object) -> None:
    """The number of an update is a whole number, or there is none."""
    number = update_id(update)
    assert number is None or isinstance(update, dict)


@pytest.mark.parametrize(
    ("date", "timestamp"),
    [
        (-(10**30), "1970-01-01T00:00:00.000+00:00"),
        (10**30, "9999-12-31T23:59:59.000+00:00"),
    ],
)
def test_a_time_beyond_all_calendars_is_the_first_or_the_last(date: int, timestamp: str) -> None:
    """A message is taken whatever time it names."""
    taken = read({"message": message(text="hi", date=date)})

    assert taken is not None
    assert taken.message.timestamp == timestamp
