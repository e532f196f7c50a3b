import pytest

from cococat.core.telegram_update import Taste
from tests.support.telegram_updates import ANN, BOT, GROUP, message, read, said, span


class TestGroups:
    """In a group the bot hears what is meant for it."""

    @pytest.mark.parametrize(
        ("text", "part", "kind", "heard"),
        [
            ("@CocoBot hello", "@CocoBot", "mention", "hello"),
            ("🐈🐈 @cocobot hello", "@cocobot", "mention", "🐈🐈  hello"),
            ("@CocoBot", "@CocoBot", "mention", "[@]"),
            ("@CocoBot2 hello", "@CocoBot2", "mention", None),
            ("see `@CocoBot`", "@CocoBot", "code", None),
            ("mail me@CocoBot", "me@CocoBot", "email", None),
            ("/help me", "/help", "bot_command", "/help me"),
            ("/help@CocoBot me", "/help@CocoBot", "bot_command", "/help me"),
            ("/help@OtherBot me", "/help@OtherBot", "bot_command", None),
            ("hello", "hello", "bold", None),
        ],
    )
    def test_mentions_and_commands(
        self, text: str, part: str, kind: str, heard: str | None
    ) -> None:
        """By the entities, never by a search in the text."""
        assert said(text=text, entities=[span(text, part, kind)]) == heard

    def test_a_picture_with_a_mention_alone_has_no_text(self) -> None:
        """The picture is what is said."""
        photo = [{"file_id": "f", "width": 1, "height": 1}]
        spans = [span("@CocoBot", "@CocoBot", "mention")]

        assert said(photo=photo, caption="@CocoBot", caption_entities=spans) == ""

    def test_people_without_a_name_are_mentioned_by_id(self) -> None:
        """As a bot may be."""
        entity = span("Coco, hi", "Coco", "text_mention", user={"id": BOT.id})

        assert said(text="Coco, hi", entities=[entity]) == ", hi"

    def test_a_reply_to_the_bot_is_meant_for_it(self) -> None:
        """But the beginning of a topic, which every message there replies to, is not."""
        own = {"message_id": 4, "from": {"id": BOT.id}, "text": "x"}

        assert said(text="yes", reply_to_message=own) == "yes"
        assert said(text="yes", reply_to_message=own | {"forum_topic_created": {}}) is None

    def test_everything_is_an_option(self) -> None:
        """Then the agent decides what is meant for it."""
        taken = read({"message": message(GROUP, text="hello")}, Taste(everything=True))

        assert taken is not None
        assert taken.message.content == "hello"

    def test_topics_are_conversations(self) -> None:
        """A thread id alone makes none: plain groups set it on replies."""
        own = {"message_id": 4, "from": {"id": BOT.id}}
        values = {"text": "yes", "reply_to_message": own, "message_thread_id": 9}
        plain = read({"message": message(GROUP, **values)})
        topic = read({"message": message(GROUP, **values, is_topic_message=True)})

        assert plain is not None
        assert topic is not None
        assert plain.message.conversation_id == "-100123"
        assert topic.message.conversation_id == "-100123:9"
        assert topic.in_place == {"chat": "-100123", "thread": "9", "message": "5"}

    @pytest.mark.parametrize("place", [(-1, 3), (0, 0), (3, 900), (2**40, 2)])
    def test_an_entity_outside_the_text_is_none(self, place: tuple[int, int]) -> None:
        """It is left aside, and the message stays."""
        entity = {"type": "mention", "offset": place[0], "length": place[1]}

        assert said(text="hello", entities=[entity]) is None


class TestButtons:
    """A pressed button is a message with its value."""

    def test_a_press(self) -> None:
        """The presser's query is told, so that it can be acknowledged."""
        query = {"id": "77", "from": ANN, "message": message(GROUP), "data": "yes"}
        taken = read({"callback_query": query})

        assert taken is not None
        assert (taken.message.msg_type, taken.message.content) == ("event", "yes")
        assert (taken.message.msg_id, taken.key) == ("77", "callback:77")
        assert taken.message.conversation_id == "-100123"

    @pytest.mark.parametrize("missing", ["message", "data"])
    def test_one_without_a_place_or_a_value(self, missing: str) -> None:
        """Nobody could be answered."""
        query = {"id": "77", "from": ANN, "message": message(), "data": "yes"}
        del query[missing]

        assert read({"callback_query": query}) is None
