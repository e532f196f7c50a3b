import base64
import json
from typing import Any

import pytest

from cococat.core import feishu_errors
from cococat.core.attachments import ChannelOpener
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from cococat.core.platform_errors import Remedy
from cococat.simulators.feishu import direct_chat, mention
from cococat.simulators.feishu_api import BROKEN, HTML, LIFE, LOST, NOT_SENT
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


def reasons(app: FeishuApp) -> list[str]:
    """Return the reason of each open dead letter."""
    return [letter.reason for letter in app.world.letters()]


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
        assert reasons(app) == []

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
        assert reasons(app) == []

    @pytest.mark.parametrize("code", [230031, 230110])
    def test_a_card_that_can_not_be_replaced_is_sent(self, code: int) -> None:
        """After two weeks, or when it is gone."""
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
        assert (app.heard(), reasons(app)) == ([text], [])
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


class TestOnce:
    """A send may be tried again, and is seen once."""

    @pytest.mark.parametrize(
        "failure", [LOST, NOT_SENT, BROKEN, HTML, 2200, 5000, 230049, 230020, 99991400]
    )
    def test_what_passes_is_tried_again(self, failure: int | str) -> None:
        """With the same key, so that one whose answer got lost is no second message."""
        app = FeishuApp()
        app.server.fails = [failure]
        app.platform.write(USER, "hi")
        app.world.settle()

        assert app.heard() == ["hi"]
        assert len([call for call in app.server.calls if call.endswith("/reply")]) == 2
        assert reasons(app) == []

    def test_a_limit_is_waited_for_as_long_as_the_platform_says(self) -> None:
        """Its header names the seconds."""
        app = FeishuApp()
        app.server.fails = [99991400]
        started = app.clock.now()
        app.platform.write(USER, "hi")
        app.world.settle()

        assert 3 <= app.clock.now() - started < 5

    def test_a_chat_is_not_written_to_faster_than_it_may(self) -> None:
        """Five a second are booked; the simulator would refuse the sixth."""
        app = FeishuApp()
        for number in range(8):
            app.platform.write(USER, f"m{number}")
        app.world.settle()

        assert app.heard() == [f"m{number}" for number in range(8)]
        assert len([call for call in app.server.calls if call.endswith("/reply")]) == 8

    def test_keys_differ_by_message_and_part(self) -> None:
        """And have no more than fifty characters."""
        app = FeishuApp(says("one"), lambda _message: "x" * 150_000)
        app.platform.write(USER, "1")
        app.platform.write(USER, "2")
        app.world.settle()

        assert [len(text) > 3 for text in app.heard()] == [False, True, True]


class TestTokens:
    """The app's access token."""

    def test_it_is_asked_for_once(self) -> None:
        """All messages and processes share it."""
        app = FeishuApp()
        for number in range(3):
            app.platform.write(USER, str(number))
            app.world.settle()

        assert app.server.calls.count("POST /auth/v3/tenant_access_token/internal") == 1

    def test_a_refused_one_is_renewed_within_the_same_try(self) -> None:
        """Somebody reset it in the console."""
        app = FeishuApp()
        app.platform.write(USER, "1")
        app.world.settle()
        app.server.revoke()
        started = app.clock.now()
        app.platform.write(USER, "2")
        app.world.settle()

        assert (app.heard(), reasons(app)) == (["1", "2"], [])
        assert app.clock.now() == started

    def test_it_is_renewed_before_it_ends(self) -> None:
        """The earlier one stays good until its end, so nobody waits."""
        app = FeishuApp()
        for hours in range(6):
            app.clock.advance(LIFE / 2)
            app.platform.write(USER, str(hours))
            app.world.settle()

        assert len(app.heard()) == 6
        assert reasons(app) == []

    def test_wrong_credentials_are_the_operators(self) -> None:
        """The answer is kept, and nothing is tried again and again."""
        app = FeishuApp(app_secret="wrong")
        app.platform.write(USER, "hi")
        app.world.settle()

        assert (app.heard(), reasons(app)) == ([], ["feishu_10014"])


class TestErrors:
    """The table of the platform's errors."""

    @pytest.mark.parametrize("code", sorted(feishu_errors.FAULTS))
    def test_each_is_what_the_table_says(self, code: int) -> None:
        """Tried again, sent otherwise, or kept with its reason; never lost, never twice."""
        app = FeishuApp()
        app.server.fails = [code]
        app.platform.write(USER, "hi")
        app.world.settle()

        fault = feishu_errors.FAULTS[code]
        is_sent = fault.remedy not in (Remedy.PERMANENT, Remedy.OPERATOR)
        is_sent = is_sent or fault.reason == feishu_errors.GONE
        assert app.heard() == (["hi"] if is_sent else [])
        assert reasons(app) == ([] if is_sent else [fault.reason])

    @pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
    @pytest.mark.parametrize(("code", "sent"), [(230002, 0), (230020, 1), (99991663, 1)])
    def test_the_code_decides_and_not_the_status(self, code: int, sent: int, status: int) -> None:
        """The platform has them with any."""
        app = FeishuApp()
        app.server.fails = [(code, status)]
        app.platform.write(USER, "hi")
        app.world.settle()

        assert (len(app.heard()), len(reasons(app))) == (sent, 1 - sent)

    def test_an_unknown_one_is_kept(self) -> None:
        """Nobody knows whether another try would help, so a person decides."""
        app = FeishuApp()
        app.server.fails = [123456]
        app.platform.write(USER, "hi")
        app.world.settle()

        assert reasons(app) == ["refused"]

    def test_operators_get_advice(self) -> None:
        """In words, for each of them."""
        for fault in feishu_errors.FAULTS.values():
            assert bool(fault.advice) == (fault.remedy is Remedy.OPERATOR)


class TestFiles:
    """The files that users send."""

    def test_they_are_fetched_by_their_sealed_refs(self) -> None:
        """With the app's token; what it is, its first bytes say."""
        app = FeishuApp()
        app.server.resources["om_1", "img_1"] = ("image/png", PNG)
        sent = app.platform.message(USER, {"image_key": "img_1"}, kind="image", message_id="om_1")
        app.platform.deliver(sent)
        (file,) = app.taken()[0].attachments
        opened = ChannelOpener(app.backend.directory, app, app.clock).open(file.ref)

        assert (opened.content, opened.content_type) == (PNG, "image/png")

    @pytest.mark.parametrize(
        ("failure", "error", "reason"),
        [
            (234003, AttachmentRefused, "gone"),
            (99991672, AttachmentRefused, "not_given"),
            (NOT_SENT, PlatformUnreachable, "not sent"),
            (LOST, PlatformUnreachable, "lost"),
            (BROKEN, PlatformUnreachable, "platform_failed"),
            (HTML, PlatformUnreachable, "platform_failed"),
            (99991400, PlatformUnreachable, "rate_limited"),
        ],
    )
    def test_what_is_not_to_be_had(
        self, failure: int | str, error: type[Exception], reason: str
    ) -> None:
        """For good, or just now."""
        app = FeishuApp()
        app.server.resources["om_1", "f"] = ("application/json", b'{"code": 0}')
        file = {"file_key": "f", "file_name": "a.json"}
        app.platform.deliver(app.platform.message(USER, file, kind="file", message_id="om_1"))
        ref = app.taken()[0].attachments[0].ref
        opener = ChannelOpener(app.backend.directory, app, app.clock)
        app.server.fails = [failure]
        with pytest.raises(error, match=reason):
            opener.open(ref)

        assert opener.open(ref).content == b'{"code": 0}'


def test_no_log_line_holds_a_token_or_a_text(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails: only codes, and the platform's own id of the call."""
    app = FeishuApp(says("canary-reply"))
    app.server.fails = [2200, LOST, 99991663, 230001]
    app.platform.write(USER, "canary-text")
    app.world.settle()

    logged = json.dumps([repr(vars(record)) for record in caplog.records])
    tokens = [*app.server.tokens, SEALED.app_secret, "canary"]
    assert [each for each in tokens if each in logged] == []
    assert "20261124LOGID" in logged
