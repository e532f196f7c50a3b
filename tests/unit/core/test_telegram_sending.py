import base64
from typing import Any

import pytest

from cococat.core.errors import (
    AnswerLost,
    DeliveryDelayed,
    DeliveryError,
    DeliveryFailed,
    DeliveryUnknown,
    NotSent,
    OperatorNeeded,
)
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.limits import LIMITS
from cococat.core.messages import Button, Card, CardField, ReplyFile
from cococat.core.rendering import Kind, Part
from cococat.core.telegram_api import TelegramApi
from cococat.core.telegram_sending import Means, send_part
from cococat.simulators.telegram import SimulatedTelegram
from cococat.simulators.telegram_bot import ApiRefusal, SimulatedBot
from tests.support.clock import FakeClock
from tests.support.sidecar import Cloud, Replica
from tests.support.telegram import Stage, token

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
HERE = {"chat": "7"}
GROUP = {"chat": "-100", "thread": "9", "message": "5"}


class Desk:
    """A bot, and what it sends."""

    def __init__(self) -> None:
        self.telegram = SimulatedTelegram(FakeClock())
        self.bot: SimulatedBot = self.telegram.bot(token())
        api = TelegramApi(token(), self.telegram)
        self.means = Means(api=api, files=self.telegram, limits=LIMITS["telegram"])

    def send(self, part: Part, place: dict[str, str] | None = None) -> None:
        """Send *part*."""
        send_part(self.means, part, place or HERE, quotes=True)

    def text(self, text: str = "hello", place: dict[str, str] | None = None) -> None:
        """Send *text*."""
        self.send(Part(kind=Kind.TEXT, text=text), place)

    def refuse(self, code: int, description: str, **parameters: int) -> None:
        """Let the next message be refused."""
        refusal = ApiRefusal(code, description, parameters)
        self.bot.refusals.setdefault("sendmessage", []).append(refusal)


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk()


class TestParts:
    """What arrives of an answer."""

    def test_a_text_is_as_it_is(self, desk: Desk) -> None:
        """No sign of it is formatting."""
        desk.text("1 < 2 & *x* <b>")

        assert desk.telegram.heard(token(), 7) == ["1 < 2 & *x* <b>"]

    def test_markdown_is_formatted(self, desk: Desk) -> None:
        """As HTML, of which only the text is to be seen."""
        desk.send(Part(kind=Kind.MARKDOWN, text="**a** < `b`"))

        assert desk.telegram.heard(token(), 7) == ["a < b"]

    def test_formatting_that_is_refused_is_left_out(self, desk: Desk) -> None:
        """The agent's own text is sent then, not the HTML."""
        desk.refuse(400, "Bad Request: can't parse entities: Unsupported start tag")
        desk.send(Part(kind=Kind.MARKDOWN, text="**a** < `b`"))

        assert desk.telegram.heard(token(), 7) == ["**a** < `b`"]

    def test_a_card_has_its_buttons(self, desk: Desk) -> None:
        """One that opens a page, one that sends its value; a line for one that has no room."""
        buttons = (
            Button(text="Page", url="https://example.org"),
            Button(text="More than <64> bytes", value="好" * 22),
            Button(text="Yes", value="好" * 21),
        )
        fields = (CardField(name="Price", value="<9>"),)
        card = Card(title="T & U", text="**x**", fields=fields, buttons=buttons)
        desk.send(Part(kind=Kind.CARD, card=card))
        (sent,) = desk.bot.sent

        assert sent.text == "T & U\nx\nPrice: <9>\n[2] More than <64> bytes"
        assert sent.values["reply_markup"]["inline_keyboard"] == [
            [{"text": "Page", "url": "https://example.org"}],
            [{"text": "Yes", "callback_data": "好" * 21}],
        ]

    def test_lines_for_buttons_have_their_room(self, desk: Desk) -> None:
        """However long they are, beside a card that is full."""
        buttons = tuple(Button(text="x" * 100, value="y" * 65) for _ in range(40))
        title, text = "t" * desk.means.limits.title, "c" * desk.means.limits.card
        desk.send(Part(kind=Kind.CARD, card=Card(title=title, text=text, buttons=buttons)))
        (sent,) = desk.bot.sent

        assert len(sent.text) <= desk.means.limits.text
        assert sent.text.endswith("x…")
        assert "reply_markup" not in sent.values

    def test_a_card_of_buttons_alone_has_a_text(self, desk: Desk) -> None:
        """Telegram takes no message without one."""
        desk.send(Part(kind=Kind.CARD, card=Card(title="", buttons=(Button(text="A", value="a"),))))

        assert desk.telegram.heard(token(), 7) == ["…"]

    @pytest.mark.parametrize(
        ("kind", "content", "arrives"),
        [("image", PNG, "photo"), ("file", b"%PDF-1.7", "document"), ("file", PNG, "document")],
    )
    def test_files_are_uploaded(self, desk: Desk, kind: str, content: bytes, arrives: str) -> None:
        """A picture as one, unless the agent calls it a file."""
        source = f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"
        file = ReplyFile(kind=kind, name='报价 "1".pdf', source=source)
        desk.send(Part(kind=Kind.FILE, file=file), GROUP)
        (sent,) = desk.bot.sent

        assert (sent.kind, sent.content, sent.chat) == (arrives, content, -100)

    def test_a_group_sees_what_is_answered(self, desk: Desk) -> None:
        """In its topic, quoting the message."""
        desk.text(place=GROUP)
        values = desk.bot.sent[0].values

        assert values["message_thread_id"] == 9
        assert values["reply_parameters"]["message_id"] == 5


class TestRefusals:
    """What Telegram does not take, by its table of errors."""

    @pytest.mark.parametrize(
        ("code", "description", "error", "reason"),
        [
            (403, "Forbidden: bot was blocked by the user", DeliveryFailed, "recipient_gone"),
            (400, "Bad Request: chat not found", DeliveryFailed, "recipient_gone"),
            (400, "Bad Request: TOPIC_CLOSED", DeliveryFailed, "recipient_gone"),
            (400, "Bad Request: not enough rights to send", DeliveryFailed, "not_allowed"),
            (400, "Bad Request: message is too long", DeliveryFailed, "too_long"),
            (400, "Bad Request: something new", DeliveryFailed, "refused_content"),
            (413, "Request Entity Too Large", DeliveryFailed, "too_large"),
            (401, "Unauthorized", OperatorNeeded, "bad_token"),
            (404, "Not Found", OperatorNeeded, "bad_token"),
            (500, "Internal Server Error", DeliveryDelayed, "telegram_unavailable"),
            (418, "I'm a teapot", DeliveryFailed, "refused_content"),
        ],
    )
    def test_each_has_its_end(
        self, desk: Desk, code: int, description: str, error: type[DeliveryError], reason: str
    ) -> None:
        """Sent again, given up, or told to an operator."""
        desk.refuse(code, description)
        with pytest.raises(error) as caught:
            desk.text()

        assert caught.value.code == reason
        assert desk.bot.sent == []

    def test_a_wait_is_as_long_as_telegram_says(self, desk: Desk) -> None:
        """Its word is the authority."""
        desk.refuse(429, "Too Many Requests: retry after 33", retry_after=33)
        with pytest.raises(DeliveryDelayed) as caught:
            desk.text()

        assert caught.value.retry_after == 33

    def test_a_gateways_html_is_a_delay(self, desk: Desk) -> None:
        """It says nothing of the message."""
        desk.telegram.broken = 1
        with pytest.raises(DeliveryDelayed):
            desk.text()

    @pytest.mark.parametrize(
        ("description", "left_out"),
        [
            ("Bad Request: message to be replied not found", "reply_parameters"),
            ("Bad Request: message thread not found", "message_thread_id"),
        ],
    )
    def test_what_is_in_the_way_is_left_out(
        self, desk: Desk, description: str, left_out: str
    ) -> None:
        """The answer is worth more than its place."""
        desk.refuse(400, description)
        desk.text(place=GROUP)

        assert left_out not in desk.bot.sent[0].values

    def test_a_group_that_moved_is_followed(self, desk: Desk) -> None:
        """To the id that Telegram names."""
        moved = "Bad Request: group chat was upgraded to a supergroup chat"
        desk.refuse(400, moved, migrate_to_chat_id=-100777)
        desk.text(place={"chat": "-5"})

        assert desk.telegram.heard(token(), -100777) == ["hello"]

    def test_what_is_so_already_is_done(self, desk: Desk) -> None:
        """Nothing has to be sent."""
        desk.refuse(400, "Bad Request: message is not modified")
        desk.text()

        assert desk.bot.sent == []

    def test_nothing_is_tried_for_ever(self, desk: Desk) -> None:
        """Each change is made once."""
        for _ in range(3):
            desk.refuse(400, "Bad Request: can't parse entities")
        with pytest.raises(DeliveryFailed):
            desk.send(Part(kind=Kind.MARKDOWN, text="x"))


class Broken:
    """A network that fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Fail."""
        raise self._error


@pytest.mark.parametrize(
    ("error", "becomes"), [(AnswerLost("x"), DeliveryUnknown), (NotSent("x"), DeliveryDelayed)]
)
def test_the_owners_send_tells_lost_from_not_sent(
    error: Exception, becomes: type[Exception]
) -> None:
    """Telegram has no key against repeats: what may have arrived is not sent again."""
    stage = Stage()
    stage.want()
    stored = next(iter(stage.cloud.wishes.kept.values()))
    binding = stage.cloud.find(stored.wish.address)
    assert binding is not None
    channel = stage.channel(binding, Replica(Cloud(), "a", lambda _: _never))
    vars(channel.wiring.libraries)["http"] = Broken(error)

    with pytest.raises(becomes):
        channel.send("hello", "7")


def _never(_binding: Any) -> Any:  # noqa: ANN401 - nobody calls it
    raise AssertionError
