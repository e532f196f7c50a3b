import json
from dataclasses import replace

import pytest

from cococat.core.errors import (
    DeliveryFailed,
    MalformedMessage,
)
from cococat.core.http_client import HttpAnswer
from cococat.core.limits import LIMITS
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from cococat.simulators.discord_rest import said
from cococat.simulators.discord_sends import NONCE_IS_KNOWN
from tests.support.discord import ANN, TOKEN, Scripted, Stage, refusal

HELLO = Reply(text="hello")
PIXEL = "iVBORw0KGgo="


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


class TestText:
    """What people read."""

    def test_an_answer_is_a_message_in_the_conversation(self, stage: Stage) -> None:
        """Nothing that an agent says pings anybody."""
        stage.answer(replace(HELLO, text="hello @everyone"))
        (message,) = stage.direct.messages

        assert (message["content"], message["pings"]) == ("hello @everyone", False)
        assert "message_reference" not in message

    def test_in_a_guild_the_first_part_is_a_reply(self, stage: Stage) -> None:
        """The others follow it."""
        asked = stage.discord.write(stage.bot, stage.room, ANN, "hello?")
        stage.answer(Reply(text="a" * 2001), asked=asked["id"])
        first, second = stage.room.messages[1:]

        assert first["message_reference"]["message_id"] == asked["id"]
        assert "message_reference" not in second
        assert len(first["content"] + second["content"]) == 2001

    def test_a_message_that_is_gone_is_answered_all_the_same(self, stage: Stage) -> None:
        """The platform is told not to mind."""
        stage.answer(HELLO, asked="123")

        assert stage.discord.said_in(stage.bot, stage.room) == ["hello"]

    @pytest.mark.parametrize(
        "refused",
        [
            refusal(400, 50035, errors={"message_reference": {"_errors": []}}),
            refusal(400, 160002),
            refusal(404, 10008),
        ],
        ids=["form", "history", "unknown"],
    )
    def test_where_no_reply_is_allowed_it_is_sent_without(
        self, stage: Stage, refused: HttpAnswer
    ) -> None:
        """The answer counts more than its place."""
        stage.bot.failing = [refused]
        stage.answer(HELLO, asked="123")
        (message,) = stage.room.messages

        assert message["content"] == "hello"
        assert "message_reference" not in message

    def test_characters_of_two_units_are_counted_as_two(self, stage: Stage) -> None:
        """Whatever the platform counts, it takes that."""
        stage.answer(Reply(text="🐈" * 1001))

        assert [len(each) for each in stage.discord.said_in(stage.bot, stage.direct)] == [1000, 1]

    def test_markdown_is_the_platforms_own(self, stage: Stage) -> None:
        """It reads it itself."""
        stage.answer(Reply(text="**bold**", format=Format.MARKDOWN))

        assert stage.discord.said_in(stage.bot, stage.direct) == ["**bold**"]

    def test_a_user_can_be_written_to(self, stage: Stage) -> None:
        """Their conversation is opened first, and is the same ever after."""
        stage.channel.send("a" * 2001, ANN["id"])
        stage.channel.send("again", ANN["id"])

        said = stage.discord.said_in(stage.bot, stage.direct)
        assert [len(each) for each in said] == [2000, 1, 5]

    def test_the_token_goes_out_once_and_bare(self) -> None:
        """Pasted with its word or without, the header has the word once."""
        http = Scripted(said(200, {}))
        Stage(http).answer(HELLO)
        (request,) = http.requests

        assert request.headers["authorization"] == f"Bot {TOKEN}"
        assert request.headers["user-agent"].startswith("DiscordBot (")
        assert TOKEN not in repr(request)


class TestRepeats:
    """The same part twice."""

    def test_a_repeat_is_seen_once(self, stage: Stage) -> None:
        """Discord knows it by its nonce, which every try of a part has in common."""
        for _ in range(2):
            stage.answer(Reply(text="a" * 2001))

        assert len(stage.direct.messages) == 2
        nonces = [each["nonce"] for each in stage.direct.messages]
        assert len(set(nonces)) == 2
        assert {len(each) for each in nonces} == {25}

    def test_after_some_minutes_it_is_a_new_one(self, stage: Stage) -> None:
        """No promise of the platform reaches further."""
        stage.answer(HELLO)
        stage.clock.advance(NONCE_IS_KNOWN + 1)
        stage.answer(HELLO)

        assert stage.discord.said_in(stage.bot, stage.direct) == ["hello", "hello"]


class TestProgress:
    """What is seen while an answer is made."""

    def test_the_bot_is_seen_typing(self, stage: Stage) -> None:
        """As long as nothing is said."""
        assert stage.channel.show(stage.to_ann(), "", {}) == {}
        assert stage.bot.typed == [stage.direct.id]

    def test_where_it_may_not_be_seen_it_is_told(self, stage: Stage) -> None:
        """So that nobody tries again: Discord shuts out who repeats what is refused."""
        del stage.bot.places[stage.direct.id]
        with pytest.raises(DeliveryFailed, match="recipient_gone"):
            stage.channel.show(stage.to_ann(), "", {})

    def test_one_message_grows_into_the_answer(self, stage: Stage) -> None:
        """What is longer follows it."""
        asked = stage.discord.write(stage.bot, stage.room, ANN, "hello?")["id"]
        to, long = stage.to_ann(asked), "a" * 2500
        shown = stage.channel.show(to, "a", {})
        assert stage.channel.show(to, long, shown) == shown
        stage.answer(Reply(text=long), asked=asked, shown=shown)
        first, second = stage.room.messages[1:]

        assert first["earlier"] == ["a", "a" * 1999 + "…"]
        assert [len(each["content"]) for each in (first, second)] == [2000, 500]
        assert first["message_reference"]["message_id"] == asked

    def test_a_shown_message_that_was_deleted_is_written_anew(self, stage: Stage) -> None:
        """The answer counts."""
        shown = stage.channel.show(stage.to_ann(), "a", {})
        stage.direct.messages.clear()
        stage.answer(HELLO, shown=shown)

        assert stage.discord.said_in(stage.bot, stage.direct) == ["hello"]

    def test_a_card_is_no_text_that_grew(self, stage: Stage) -> None:
        """It is a message of its own."""
        shown = stage.channel.show(stage.to_ann(), "a", {})
        stage.answer(Reply(card=Card(title="T")), shown=shown)

        assert [len(each["embeds"]) for each in stage.direct.messages] == [0, 1]


class TestCardsAndFiles:
    """What is more than text."""

    def test_a_card_is_an_embed_with_buttons(self, stage: Stage) -> None:
        """One that opens a page, and one that says something."""
        card = Card(
            title="Order",
            text="It is on its way.",
            fields=(CardField(name="Number", value="17"), CardField(name="", value="")),
            buttons=(
                Button(text="Track", url="https://example.com/17"),
                Button(text="Cancel", value="c"),
            ),
        )
        stage.answer(Reply(card=card))
        (message,) = stage.direct.messages
        blank = {"name": "\u200b", "value": "\u200b"}

        assert message["embeds"] == [
            {
                "title": "Order",
                "description": "It is on its way.",
                "fields": [{"name": "Number", "value": "17"}, blank],
            }
        ]
        link = {"type": 2, "style": 5, "label": "Track", "url": "https://example.com/17"}
        press = {"type": 2, "style": 2, "label": "Cancel", "custom_id": "2:c"}
        assert message["components"] == [{"type": 1, "components": [link, press]}]
        assert message["content"] == ""

    def test_what_has_no_room_in_a_card_goes_before_it(self, stage: Stage) -> None:
        """Text and fields of a card have 4000 units together."""
        fields = tuple(CardField(name=f"f{number}", value="w" * 990) for number in range(3))
        stage.answer(Reply(card=Card(title="T", text="t" * 2500, fields=fields)))
        before, message = stage.direct.messages
        (embed,) = message["embeds"]

        assert [each["name"] for each in embed["fields"]] == ["f0"]
        assert before["content"].count("w") == 2 * 990

    def test_long_fields_are_text(self, stage: Stage) -> None:
        """As many messages of it as it takes."""
        values = [letter * 1500 for letter in "abcd"]
        fields = tuple(CardField(name="n", value=value) for value in values)
        stage.answer(Reply(card=Card(title="T", fields=fields)))
        *texts, shown = stage.direct.messages

        said = "".join(each["content"] for each in texts)
        assert shown["embeds"] == [{"title": "T"}]
        assert all(said.count(letter) == 1500 for letter in "abcd")

    def test_a_card_of_which_nothing_fits_is_text_alone(self, stage: Stage) -> None:
        """No empty message comes with it."""
        stage.answer(Reply(card=Card(title="", text="t" * 4001)))

        assert [len(each["content"]) for each in stage.direct.messages] == [2000, 2000, 1]

    def test_buttons_that_cannot_be_shown_whole_are_lines_of_text(self, stage: Stage) -> None:
        """Their labels and addresses are whole there."""
        wide = tuple(Button(text=str(n) + "w" * 700, value=f"v{n}") for n in range(4))
        far = Button(text="far", url="https://example.com/" + "u" * 500)
        stage.answer(Reply(card=Card(title="T", buttons=(far, *wide))))
        text, shown = stage.direct.messages
        said = text["content"] + shown["content"]

        assert far.url in said
        assert all(each.text in said for each in wide)
        assert wide[2].text in text["content"]
        (row,) = shown["components"]
        assert [each["custom_id"] for each in row["components"]] == ["2:v0", "3:v1"]

    def test_many_links_are_rows_of_five(self, stage: Stage) -> None:
        """A label is never empty, nor longer than the platform takes."""
        urls = [f"https://example.com/{number}" for number in range(6)]
        buttons = tuple(
            Button(text=" " if number else "x" * 99, url=url) for number, url in enumerate(urls)
        )
        stage.answer(Reply(card=Card(title="Six", buttons=buttons)))
        rows = stage.direct.messages[0]["components"]
        labels = [each["label"] for row in rows for each in row["components"]]

        assert [len(row["components"]) for row in rows] == [5, 1]
        assert labels == ["x" * 79 + "…", *urls[1:]]

    @pytest.mark.parametrize("kind", ["image", "file"])
    def test_a_file_is_uploaded(self, stage: Stage, kind: str) -> None:
        """From the answer itself."""
        file = ReplyFile(kind=kind, name='猫 "1".png', source=f"data:image/png;base64,{PIXEL}")
        stage.answer(Reply(files=(file,)))
        (message,) = stage.direct.messages

        assert [each["size"] for each in message["attachments"]] == [8]
        assert message["pings"] is False

    def test_a_file_with_an_address_is_fetched_first(self, stage: Stage) -> None:
        """Discord would not fetch it."""
        source = "https://cdn.example.com/report.bin"
        stage.libraries.public_http = Scripted(HttpAnswer(status=200, body=b"report"))
        stage.answer(Reply(files=(ReplyFile(kind="file", name="report.bin", source=source),)))

        assert stage.direct.messages[0]["attachments"][0]["filename"] == "report.bin"


def test_what_is_taken_is_routed_or_refused(stage: Stage) -> None:
    """The way of a message, for the gateway's client and for a probe."""
    message = stage.discord.message(stage.direct, ANN, "hello")
    stage.channel.take(message, stage.me)
    stage.channel.take(message, stage.me)
    with pytest.raises(MalformedMessage):
        stage.channel.take(message | {"id": None}, stage.me)

    (taken,) = stage.mailbox.taken
    assert (taken.content, taken.external_user) == ("hello", ANN["id"])
    assert taken.sender == f"scene:shop:discord:{ANN['id']}"
    assert LIMITS["discord"].text == stage.channel.limits.text
    assert json.loads(taken.to_json())["channel"] == "discord"
