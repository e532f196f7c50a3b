import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import discord_message
from cococat.core.discord_message import Bot, Reader, Skipped, Turn
from cococat.core.errors import MalformedMessage
from cococat.core.messages import Attachment, ChatMessage
from cococat.simulators.discord import HIDEABLE, mention, person
from cococat.verify_channel import discord as verification
from tests.support.discord import ANN, BOB, Stage

OTHERS_ROLE = "999999999999999999"
PICTURE = {
    "id": "555555555555555555",
    "filename": "cat.png",
    "size": 12,
    "content_type": "image/png",
    "url": "https://cdn.discordapp.com/attachments/1/2/cat.png?ex=1&is=2&hm=3",
}


class Room:
    """A place where Ann writes; each method returns what becomes of it."""

    def __init__(self, **options: bool) -> None:
        self.stage = Stage()
        self.everything = options.get("everything", False)

    def direct(self, text: str = "hello", **more: object) -> Turn | Skipped:
        """Let Ann write to the bot alone."""
        return self.read(self.stage.discord.message(self.stage.direct, ANN, text) | more)

    def guild(self, text: str = "hello", **more: object) -> Turn | Skipped:
        """Let Ann write in a channel of a guild."""
        return self.read(self.stage.discord.message(self.stage.room, ANN, text) | more)

    def read(self, source: dict[str, Any], guild_id: str = "") -> Turn | Skipped:
        """Read a message."""
        reader = Reader(scene_id="shop", everything=self.everything, bot=self.stage.me)
        return discord_message.read(source, reader, guild_id)

    @property
    def me(self) -> str:
        """Return how the bot is mentioned."""
        return f"<@{self.stage.bot.id}>"


@pytest.fixture(name="room")
def _room() -> Room:
    return Room()


def turn_of(found: Turn | Skipped) -> ChatMessage:
    """Return the message of a turn."""
    assert isinstance(found, Turn)
    return found.message


class TestWhoIsHeard:
    """Which messages are for us."""

    def test_a_direct_message_is_a_turn_of_its_conversation(self, room: Room) -> None:
        """Its conversation is the channel, and it is not answered as a reply."""
        source = room.stage.discord.message(room.stage.direct, ANN, "hello")
        found = room.read(source)

        assert isinstance(found, Turn)
        assert found.in_place == {}
        assert found.message == ChatMessage(
            channel_type="discord",
            scene_id="shop",
            user_id=ANN["id"],
            content="hello",
            msg_id=source["id"],
            timestamp="2027-01-15T08:00:00.000+00:00",
            conversation_id=room.stage.direct.id,
        )

    def test_people_in_a_guild_talk_to_each_other(self, room: Room) -> None:
        """What does not address us is not for us."""
        assert room.guild() is Skipped.NOT_FOR_US
        assert room.guild("@everyone", mention_everyone=True) is Skipped.NOT_FOR_US
        assert room.guild("<@&9>", mention_roles=[OTHERS_ROLE]) is Skipped.NOT_FOR_US

    def test_a_mention_is_for_us_and_is_left_out(self, room: Room) -> None:
        """The agent reads what was said to it, and the answer goes to that message."""
        found = room.guild(f"{room.me} hello", **mention(room.stage.bot))

        assert isinstance(found, Turn)
        assert found.message.content == "hello"
        assert found.in_place == {"message_id": found.message.msg_id}

    def test_a_mention_of_the_bots_own_role_is_for_us(self, room: Room) -> None:
        """People can't tell it from a mention of the bot."""
        role = room.stage.bot.role_id
        found = room.guild(f"<@&{role}> hello", mention_roles=[OTHERS_ROLE, role])

        assert turn_of(found).content == "hello"

    def test_an_id_in_the_text_alone_is_no_mention(self, room: Room) -> None:
        """In a block of code it does not count, and the platform's list says so."""
        assert room.guild(f"`{room.me}` is its id") is Skipped.NOT_FOR_US

    @pytest.mark.parametrize("pings", [True, False])
    def test_a_reply_to_us_is_for_us(self, room: Room, pings: bool) -> None:  # noqa: FBT001 - pytest's
        """With or without a ping."""
        ours = room.stage.discord.message(room.stage.room, room.stage.bot.user, "earlier")
        pinged = mention(room.stage.bot) if pings else {}
        reference = {"message_id": ours["id"]}
        reply: dict[str, Any] = {"type": 19, "message_reference": reference}
        reply |= {"referenced_message": ours}
        message = turn_of(room.guild(**(reply | pinged)))

        assert (message.content, message.extra) == ("hello", {"reply_to": ours["id"]})

    @pytest.mark.parametrize("gone", [{"referenced_message": None}, {}])
    def test_a_reply_to_what_is_gone_is_not_for_us(self, room: Room, gone: dict[str, Any]) -> None:
        """Nobody knows any more whose message it was."""
        assert room.guild(type=19, **gone) is Skipped.NOT_FOR_US

    def test_with_groups_all_everything_is_for_us(self) -> None:
        """The option says so."""
        assert turn_of(Room(everything=True).guild()).content == "hello"

    @pytest.mark.parametrize(
        "written",
        [
            {"author": ANN | {"bot": True}},
            {"author": ANN | {"system": True}},
            {"webhook_id": "444444444444444444"},
            *({"type": kind} for kind in (1, 6, 7, 8, 18, 20, 21, 23, 24, 46)),
        ],
        ids=str,
    )
    def test_what_no_person_has_said_is_left_aside(self, written: dict[str, Any]) -> None:
        """Other bots, webhooks and the platform's own notices are no turns."""
        assert Room(everything=True).direct(**written) is Skipped.NOT_SAID_BY_PEOPLE

    def test_our_own_messages_are_left_aside(self, room: Room) -> None:
        """They come through the gateway, too."""
        own = room.stage.bot.user | {"bot": False}

        assert room.direct(author=own) is Skipped.NOT_SAID_BY_PEOPLE

    def test_a_message_that_we_may_not_read_is_not_an_empty_one(self) -> None:
        """Without the intent nobody knows what was said."""
        assert Room(everything=True).guild(**HIDEABLE) is Skipped.HIDDEN

    def test_a_list_does_not_say_which_guild_it_is_of(self, room: Room) -> None:
        """Whoever asked for it does."""
        source = room.stage.discord.message(room.stage.room, ANN, "hello")
        del source["guild_id"]

        assert room.read(source, room.stage.room.guild_id) is Skipped.NOT_FOR_US
        assert turn_of(room.read(source)).content == "hello"

    def test_a_thread_is_a_conversation_of_its_own(self, room: Room) -> None:
        """A thread is a channel."""
        thread = room.stage.discord.add_place(room.stage.bot, "333333333333333333", kind=11)
        source = room.stage.discord.message(thread, ANN, "hi") | mention(room.stage.bot)

        assert turn_of(room.read(source)).conversation_id == thread.id


class TestWhatIsSaid:
    """The text and the files."""

    def test_others_are_named(self, room: Room) -> None:
        """By their nick, their display name or their user name, as people see them."""
        carl = person("444444444444444444", "carl") | {"member": {"nick": "Carlito"}}
        text = f"<@{ANN['id']}> <@!{BOB['id']}>, <@{carl['id']}> <@777> <#888>"
        message = turn_of(room.direct(text, mentions=[ANN, BOB, carl]))

        assert message.content == "@ann @Bob B., @Carlito <@777> <#888>"

    def test_a_mention_alone_is_said_in_a_word(self, room: Room) -> None:
        """Whoever is called may answer, and few agents can answer an empty text."""
        message = turn_of(room.guild(room.me, **mention(room.stage.bot)))

        assert (message.content, message.msg_type) == ("[@]", "text")

    def test_an_emoji_is_its_name(self, room: Room) -> None:
        """Agents do not know the ids of a guild's own ones."""
        assert turn_of(room.direct("<:cat:123> <a:dance:456>")).content == ":cat: :dance:"

    @pytest.mark.parametrize(
        ("content_type", "kind"),
        [
            ("image/png", "image"),
            ("audio/ogg", "voice"),
            ("video/mp4", "video"),
            ("application/pdf", "file"),
            (None, "file"),
        ],
    )
    def test_a_file_is_named_and_its_address_kept_secret(
        self, room: Room, content_type: str | None, kind: str
    ) -> None:
        """Addresses are signed, and end within a day; the message can be read again."""
        message = turn_of(room.direct("", attachments=[PICTURE | {"content_type": content_type}]))
        ref = f"{room.stage.direct.id}/{message.msg_id}/{PICTURE['id']}"

        assert (message.msg_type, message.content) == (kind, "")
        assert message.attachments == (Attachment(kind=kind, name="cat.png", size=12, ref=ref),)

    def test_a_voice_message_is_voice(self, room: Room) -> None:
        """Its flag says so, whatever its type."""
        spoken = PICTURE | {"content_type": "application/octet-stream"}

        assert turn_of(room.direct("", attachments=[spoken], flags=1 << 13)).msg_type == "voice"

    def test_what_is_forwarded_is_read(self, room: Room) -> None:
        """A forward has no text of its own; one of embeds alone is said in a word."""
        forwarded = {"message": {"content": "from elsewhere", "attachments": [PICTURE]}}
        message = turn_of(room.direct("", message_snapshots=[forwarded]))
        embeds = turn_of(room.direct("", message_snapshots=[{"message": {"content": ""}}]))

        assert (message.msg_type, message.content) == ("text", "from elsewhere")
        assert embeds.content == "[不支持的消息]"
        assert [each.name for each in message.attachments] == ["cat.png"]

    def test_stickers_and_polls_are_said_in_words(self, room: Room) -> None:
        """There is nothing else in such a message."""
        sticker = turn_of(room.direct("", sticker_items=[{"id": "1", "name": "Wave"}]))
        answers = [{"poll_media": {"text": "Tea"}}, {"poll_media": {"text": "Coffee"}}]
        poll = turn_of(room.direct("", poll={"question": {"text": "Which?"}, "answers": answers}))

        assert (sticker.msg_type, sticker.content) == ("sticker", "[Wave]")
        assert (poll.msg_type, poll.content) == ("poll", "Which?\n- Tea\n- Coffee")

    def test_no_queue_takes_every_character(self, room: Room) -> None:
        """What it would refuse is left out."""
        assert turn_of(room.direct("a\x00b\ud800c")).content == "abc"


class TestForm:
    """What strangers may send."""

    @pytest.mark.parametrize(
        "broken",
        [
            {"id": 123456789012345678},
            {"id": "12a"},
            {"channel_id": None},
            {"author": []},
            {"author": {}},
            {"content": 5},
            {"type": "0"},
            {"mentions": [1]},
            {"attachments": "none"},
        ],
        ids=str,
    )
    def test_what_is_not_of_its_form_is_refused(self, room: Room, broken: dict[str, Any]) -> None:
        """With one kind of error."""
        with pytest.raises(MalformedMessage):
            room.direct(**broken)

    @given(
        changed=st.dictionaries(
            st.sampled_from(
                ["id", "type", "author", "content", "mentions", "attachments", "flags", "poll",
                 "message_reference", "referenced_message", "message_snapshots", "guild_id",
                 "mention_roles", "sticker_items", "webhook_id"]
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                lambda inner: st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["id", "message", "author", "name"]), inner),
                max_leaves=4,
            ),
            max_size=4,
        )
    )  # fmt: skip
    def test_nothing_else_goes_wrong(self, changed: dict[str, Any]) -> None:
        """Any JSON is a turn, skipped or refused, and what is routed can travel."""
        room = Room(everything=True)
        try:
            found = room.direct(**changed)
        except MalformedMessage:
            return

        if isinstance(found, Turn):
            assert json.dumps(found.message.content, ensure_ascii=False).encode("utf-8")

    def test_a_probe_is_a_turn(self, room: Room) -> None:
        """It is of the platform's form, and of a person whom there is not."""
        probe = verification._message("hello")
        message = turn_of(room.read(probe))

        assert (message.content, message.msg_id) == (probe["content"], probe["id"])
        assert message.conversation_id != message.user_id

    def test_a_bot_without_roles_has_none(self) -> None:
        """A probe knows the bot's id alone."""
        assert Bot(id="1").roles("2") == frozenset()
