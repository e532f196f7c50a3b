import pytest

from cococat.core import telegram_growing
from cococat.core.errors import DeliveryDelayed
from cococat.core.limits import LIMITS
from cococat.core.rendering import Kind, Part
from cococat.core.telegram_api import TelegramApi
from cococat.core.telegram_sending import Means
from cococat.simulators.telegram import SimulatedTelegram
from cococat.simulators.telegram_bot import ApiRefusal
from tests.support.clock import FakeClock
from tests.support.telegram import token

CHAT, GROUP = {"chat": "7"}, {"chat": "-5", "thread": "9", "message": "3"}


class Desk:
    """A bot whose answer grows."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.telegram = SimulatedTelegram(self.clock)
        self.bot = self.telegram.bot(token())
        api = TelegramApi(token(), self.telegram)
        self.means = Means(api=api, files=self.telegram, limits=LIMITS["telegram"])
        self.shown: dict[str, str] = {}

    def show(self, text: str, place: dict[str, str]) -> None:
        """Show *text*, a second after the last time."""
        self.clock.advance(1)
        self.shown = telegram_growing.show(self.means, place, text, self.shown, self.clock)

    def finish(self, text: str, place: dict[str, str]) -> bool:
        """Finish with *text*."""
        part = Part(kind=Kind.MARKDOWN, text=text)
        return telegram_growing.finish(self.means, place, part, self.shown)


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk()


def test_an_agent_that_works_is_typing(desk: Desk) -> None:
    """Nothing is sent yet."""
    desk.show("", CHAT)

    assert (desk.bot.calls, desk.bot.sent, desk.shown) == (["sendchataction"], [], {})


def test_one_message_grows_and_is_finished(desk: Desk) -> None:
    """With its formatting in the end, and without the sign that more is to come."""
    for text in ("a", "a **b", "a **b**"):
        desk.show(text, CHAT)
    assert desk.telegram.heard(token(), 7) == ["a **b** …"]

    assert desk.finish("a **b**", CHAT)
    assert desk.telegram.heard(token(), 7) == ["a b"]


def test_a_group_sees_an_edit_every_three_seconds(desk: Desk) -> None:
    """Edits count as messages there; the first part quotes what is answered, in its topic."""
    for number in range(9):
        desk.show(f"{number}", GROUP)

    assert desk.bot.calls == ["sendmessage", "editmessagetext", "editmessagetext"]
    assert desk.bot.sent[0].values["reply_parameters"]["message_id"] == 3
    assert desk.bot.sent[0].values["message_thread_id"] == 9


def test_what_is_longer_than_a_message_is_cut(desk: Desk) -> None:
    """The outbox sends the rest in further parts."""
    desk.show("🐈" * 3000, CHAT)

    assert desk.telegram.heard(token(), 7) == ["🐈" * 2047 + " …"]


def test_a_message_that_is_gone_is_sent_anew(desk: Desk) -> None:
    """Somebody has deleted it."""
    desk.show("a", CHAT)
    desk.bot.sent.clear()

    assert not desk.finish("a", CHAT)


def test_what_has_not_grown_is_sent(desk: Desk) -> None:
    """So is a card, or a file."""
    assert not desk.finish("a", CHAT)
    desk.show("a", CHAT)
    part = Part(kind=Kind.CARD)
    assert not telegram_growing.finish(desk.means, CHAT, part, desk.shown)


def test_formatting_that_is_refused_is_left_out(desk: Desk) -> None:
    """The text is there all the same."""
    desk.show("x", CHAT)
    refusal = ApiRefusal(400, "Bad Request: can't parse entities: …")
    desk.bot.refusals["editmessagetext"] = [refusal]

    assert desk.finish("**a**", CHAT)
    assert desk.telegram.heard(token(), 7) == ["**a**"]


def test_a_wait_is_the_outboxs(desk: Desk) -> None:
    """It tries again when Telegram says."""
    desk.show("x", CHAT)
    desk.bot.refusals["editmessagetext"] = [ApiRefusal(429, "Too Many", {"retry_after": 4})]

    with pytest.raises(DeliveryDelayed):
        desk.finish("a", CHAT)
