import base64
from typing import Any

import pytest

from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from cococat.simulators.feishu import direct_chat, mention
from cococat.simulators.feishu_chats import Sent
from tests.support.feishu import GROUP, SEALED, USER, FeishuApp
from tests.support.handlers import says

PNG = b"\x89PNG\r\n\x1a\n0000"
BOT = mention(1, "CocoCat", SEALED.bot)
CARD = Card(
    title="订单",
    text="Ready?",
    fields=(CardField(name="size", value="L*"),),
    buttons=(Button(text="Yes", value="yes"), Button(text="Look", url="https://example.com")),
)


class Server:
    """A server of the agent's, with one file."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Give it; see `HttpClient.send`."""
        return HttpAnswer(status=200, body=self._content)


def answered(reply: str | Reply, **place: Any) -> tuple[FeishuApp, list[Sent]]:  # noqa: ANN401 - of a message
    """Return the app whose agent says *reply* to one message, and what it sent."""
    app = FeishuApp(lambda _message: reply)
    app.platform.deliver(app.platform.message(USER, {"text": "hi"}, message_id="om_1", **place))
    app.world.settle()
    return app, app.server.chats.sent


def inline(content: bytes, name: str = "cat.png", kind: str = "image") -> Reply:
    """Return an answer that is one file."""
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return Reply(files=(ReplyFile(kind=kind, name=name, source=source),))


class TestWhere:
    """An answer goes back to where it was asked."""

    def test_it_replies_to_the_message(self) -> None:
        """In a direct chat as in a group."""
        app, (sent,) = answered("hello")

        assert (sent.to, sent.answers, sent.in_thread) == (direct_chat(USER), "om_1", False)
        assert "POST /im/v1/messages/om_1/reply" in app.server.calls

    def test_it_stays_in_its_thread(self) -> None:
        """The platform has no other way into one than a reply to one of its messages."""
        said = {"chat": GROUP, "thread": "omt_1", "mentions": (BOT,)}
        _, (sent,) = answered("hello", **said)

        assert (sent.to, sent.answers, sent.in_thread) == (GROUP, "om_1", True)

    @pytest.mark.parametrize("code", [230011, 230019, 230050, 230071, 230072, 230110])
    def test_without_the_message_it_goes_to_the_chat(self, code: int) -> None:
        """Somebody recalled it, or it takes no replies."""
        app = FeishuApp()
        app.server.fails = [code]
        app.platform.write(USER, "hi")
        app.world.settle()

        (sent,) = app.server.chats.sent
        assert (sent.to, sent.answers) == (direct_chat(USER), "")
        assert app.reasons() == []

    def test_an_event_without_a_message_is_answered_in_its_chat(self) -> None:
        """The agent greets the group that it came into."""
        app = FeishuApp(says("Hello everybody"))
        body = {"chat_id": GROUP, "operator_id": {"open_id": USER}}
        app.platform.deliver(app.platform.event("im.chat.member.bot.added_v1", body))
        app.world.settle()

        assert app.heard(GROUP) == ["Hello everybody"]

    def test_a_person_can_be_written_to(self) -> None:
        """The owner's own contract: a text for a user, without a question before it."""
        app = FeishuApp()
        binding = app.backend.directory.bindings[0]
        app.bind(binding).send('hello <at user_id="all">', USER)
        app.bind(binding).send("x" * 150_000, USER)

        first, *parts = app.heard(USER)
        assert first == 'hello <\u200bat user_id="all">'
        assert [len(part) for part in parts] == [148_000, 2_000]


def test_the_topics_of_a_group_share_its_rate() -> None:
    """The platform counts what comes into the chat, in whatever topic; nothing is refused."""
    app = FeishuApp()
    for number in range(12):
        thread = f"omt_{number}"
        said = app.platform.message(
            USER, {"text": "hi"}, chat=GROUP, thread=thread, mentions=(BOT,)
        )
        app.platform.deliver(said)
    app.world.settle()

    assert app.heard(GROUP) == ["hi"] * 12
    assert sum(call.endswith("/reply") for call in app.server.calls) == 12


class TestWhat:
    """What an answer becomes."""

    def test_a_text_mentions_nobody(self) -> None:
        """What a user made the agent say must not call a whole group."""
        _, (sent,) = answered('<at user_id="all">x</at> a<b <AT user_id="ou_1">')

        assert (sent.kind, sent.content) == (
            "text",
            {"text": '<\u200bat user_id="all">x<\u200b/at> a<b <\u200bAT user_id="ou_1">'},
        )

    def test_markdown_is_a_post(self) -> None:
        """The only message that shows it."""
        _, (sent,) = answered(Reply(text="**bold** <at id=all>", format=Format.MARKDOWN))

        paragraph = [{"tag": "md", "text": "**bold** <\u200bat id=all>"}]
        assert (sent.kind, sent.content) == ("post", {"zh_cn": {"content": [paragraph]}})

    def test_a_card_has_fields_and_buttons(self) -> None:
        """Its buttons say their value, and where they are."""
        said = {"chat": GROUP, "thread": "omt_1", "mentions": (BOT,)}
        _, (sent,) = answered(Reply(card=CARD), **said)

        assert sent.kind == "interactive"
        assert (sent.content["schema"], sent.content["config"]) == ("2.0", {"update_multi": True})
        assert sent.content["header"]["title"] == {"tag": "plain_text", "content": "订单"}
        text, fields, yes, look = sent.content["body"]["elements"]
        assert text == {"tag": "div", "text": {"tag": "plain_text", "content": "Ready?"}}
        assert fields == {"tag": "markdown", "content": r"**size** L\*"}
        assert yes["behaviors"] == [
            {"type": "callback", "value": {"says": "yes", "thread": "omt_1"}}
        ]
        assert look["behaviors"] == [{"type": "open_url", "default_url": "https://example.com"}]

    def test_a_field_is_one_line_without_a_stray_star(self) -> None:
        """Whatever its name is: stars around nothing are shown as stars."""
        pairs = [(" size ", "a\r\nb\u2028c"), (" ", "alone"), ("", "")]
        fields = tuple(CardField(name=name, value=value) for name, value in pairs)
        _, (sent,) = answered(Reply(card=Card(title="x", fields=fields)))

        (element,) = sent.content["body"]["elements"]
        assert element["content"] == "**size** a b c\nalone"

    def test_a_card_of_nothing_but_a_title_is_taken(self) -> None:
        """The platform refuses one without an element."""
        app, _ = answered(Reply(card=Card(title="only")))

        assert app.heard() == ["only"]

    def test_a_click_comes_back_and_its_card_is_replaced(self) -> None:
        """The whole round: a card, a press on its button, the next card in its place."""
        done = Reply(card=Card(title="Done"))
        app = FeishuApp(lambda _message: Reply(card=CARD), lambda _message: done)
        app.platform.write(USER, "hi")
        app.world.settle()
        (card,) = app.server.chats.sent
        button = card.content["body"]["elements"][2]
        value = button["behaviors"][0]["value"]
        app.platform.click(app.platform.press(USER, value, card=card.id))
        app.world.settle()

        assert app.agent.seen == ["hi", "yes"]
        assert app.heard() == ["Done"]
        assert app.reasons() == []

    @pytest.mark.parametrize("code", [230031, 230110, 230001, 230054])
    def test_a_card_that_can_not_be_replaced_is_sent(self, code: int) -> None:
        """After two weeks, when it is gone, or for whatever reason of its own."""
        app = FeishuApp(lambda _message: Reply(card=Card(title="Done")))
        app.server.fails = [code]
        app.platform.click(app.platform.press(USER, "yes"))
        app.world.settle()

        assert app.heard() == ["Done"]

    @pytest.mark.parametrize("code", [230099, 11310, 200860])
    def test_a_card_that_is_refused_is_said_in_words(
        self, code: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The platform draws fewer tables than it says; the log names the error in the error."""
        app = FeishuApp(lambda _message: Reply(card=CARD))
        app.server.fails = [code]
        app.platform.write(USER, "hi")
        app.world.settle()

        text = "订单\nReady?\nsize: L*\n[1] Yes\n[2] Look https://example.com"
        assert (app.heard(), app.reasons()) == ([text], [])
        logged = [vars(each)["inner_code"] for each in caplog.records if "inner_code" in vars(each)]
        assert logged == [11310 if code == 230099 else 0]

    def test_an_image_is_uploaded_and_sent(self) -> None:
        """Its key stands for it."""
        app, (sent,) = answered(inline(PNG))

        assert (sent.kind, sent.content) == ("image", {"image_key": "img_0"})
        assert PNG in app.server.uploads["img_0"]

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("a.pdf", "pdf"),
            ("a.DOCX", "doc"),
            ("a.xls", "xls"),
            ("a.mp4", "stream"),
            ("a", "stream"),
        ],
    )
    def test_a_file_is_uploaded_by_its_type(self, name: str, kind: str) -> None:
        """One that plays could not be sent as a file, so it is a stream of bytes."""
        app, (sent,) = answered(inline(b"hello", name, "file"))

        assert (sent.kind, sent.content) == ("file", {"file_key": "file_0"})
        assert f'name="file_type"\r\n\r\n{kind}\r\n'.encode() in app.server.uploads["file_0"]

    def test_a_picture_that_is_too_large_for_one_is_a_file(self) -> None:
        """Ten megabytes are the most for a picture; more is on the agent's own server."""
        cat = ReplyFile(kind="image", name="cat.png", source="https://example.com/cat.png")
        app = FeishuApp(lambda _message: Reply(files=(cat,)))
        app.libraries.public_http = Server(PNG + b"0" * 10 * 1024 * 1024)
        app.platform.write(USER, "hi")
        app.world.settle()

        assert [sent.kind for sent in app.server.chats.sent] == ["file"]

    def test_a_long_text_is_parts_in_their_order(self) -> None:
        """Each is a message of its own, and nothing is lost."""
        text = "".join(f"{number:05d}\n" for number in range(30_000))
        app, sent = answered(text)

        assert len(sent) == 2
        assert "\n".join(part.strip() for part in app.heard()) == text.strip()
