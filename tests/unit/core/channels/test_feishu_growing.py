from contextlib import suppress
from dataclasses import replace

import pytest

from cococat.core.channels import Delivery
from cococat.core.channels.feishu import FeishuChannel
from cococat.core.errors import CococatError, DeliveryFailed, OperatorNeeded
from cococat.core.messages import Card, Format, Reply
from cococat.core.outbox import deliveries
from cococat.core.progress import Shown, ShowsProgress
from cococat.core.reply_address import ReplyAddress, unseal
from cococat.simulators.feishu_api import LOST
from tests.support import samples
from tests.support.clock import START
from tests.support.feishu import USER, FeishuApp

CARDS = "/cardkit/v1/cards"


class Growing:
    """An answer to one message, as it grows."""

    def __init__(self) -> None:
        self.app = FeishuApp()
        self.app.platform.write(USER, "hi", message_id="om_1")
        channel = self.app.bind(self.app.backend.directory.bindings[0])
        assert isinstance(channel, FeishuChannel)
        self.channel = channel
        (message,) = self.app.taken()
        self.to: ReplyAddress = unseal(message.reply, samples.REPLY_KEY, START)
        self.shown: Shown = {}

    def say(self, *texts: str) -> None:
        """Let the agent say more and more, a second after the other."""
        for text in texts:
            self.shown = self.channel.show(self.to, text, self.shown)
            self.app.clock.advance(1)

    def parts(self, reply: Reply) -> list[Delivery]:
        """Return the parts of the answer."""
        return deliveries(self.channel, self.to, reply, self.shown)

    def end(self, reply: Reply) -> None:
        """Let the outbox send the answer."""
        for part in self.parts(reply):
            self.channel.answer(part)
            self.app.clock.advance(1)


@pytest.fixture(name="growing")
def _growing() -> Growing:
    return Growing()


def markdown(text: str) -> Reply:
    """Return an answer in markdown."""
    return Reply(text=text, format=Format.MARKDOWN)


def test_it_grows_and_ends_in_one_message(growing: Growing) -> None:
    """A card that streams, in reply to the question; the outbox finishes the same."""
    growing.say("", "one", "one two", "one two three")
    (message,) = growing.app.server.chats.sent
    (card,) = growing.app.server.chats.kit.cards.values()
    assert (message.answers, message.kind) == ("om_1", "interactive")
    assert card.grown == ["one two", "one two three"]
    assert card.streams_until > growing.app.clock.now()
    growing.end(markdown("**one two three four**"))

    assert growing.app.server.chats.sent == [message]
    assert card.streams_until == 0
    assert card.card["body"]["elements"] == [
        {"tag": "markdown", "content": "**one two three four**"}
    ]


def test_until_something_is_said_nothing_is_shown(growing: Growing) -> None:
    """The platform has no sign of typing, and every call counts against the month's quota."""
    before = len(growing.app.server.calls)
    growing.say("", "", " \n")

    assert (len(growing.app.server.calls), growing.shown) == (before, {})


def test_a_text_is_a_text_from_its_beginning_to_its_end(growing: Growing) -> None:
    """Its signs are no markdown, nor while it grows: what an agent yields is a text."""
    growing.say("1 *", "1 * 2 *")
    (card,) = growing.app.server.chats.kit.cards.values()
    (element,) = card.card["body"]["elements"]
    assert (element["tag"], element["text"]["tag"]) == ("div", "plain_text")
    growing.end(Reply(text="1 * 2 * 3"))

    (card,) = growing.app.server.chats.kit.cards.values()
    (element,) = card.card["body"]["elements"]
    assert element == {"tag": "div", "text": {"tag": "plain_text", "content": "1 * 2 * 3"}}


def test_nobody_is_mentioned_while_it_grows(growing: Growing) -> None:
    """Nor at its end."""
    growing.say("x", "x <at id=all></at>")
    growing.end(markdown("<at id=all></at>"))

    (card,) = growing.app.server.chats.kit.cards.values()
    assert "<at" not in repr([card.grown, card.card])


def test_what_a_card_does_not_take_follows_it(growing: Growing) -> None:
    """The card holds the first part; the others are messages of their own."""
    growing.say("x", "x" * 30_000)
    growing.end(markdown("\n".join(["line"] * 12_000)))

    chats = growing.app.server.chats
    (card,) = chats.kit.cards.values()
    assert [28_990 < len(text) <= 29_000 for text in card.grown] == [True]
    assert [sent.kind for sent in chats.sent] == ["interactive", "post", "post"]
    assert "".join(growing.app.heard()).count("line") == 12_000


def test_an_answer_without_a_text_ends_the_streaming(growing: Growing) -> None:
    """What was said stays, and the card of the answer follows."""
    growing.say("so far", "so far so good")
    growing.end(Reply(card=Card(title="Done")))

    assert growing.app.heard() == ["so far so good", "Done"]
    (card,) = growing.app.server.chats.kit.cards.values()
    assert card.streams_until == 0


def test_a_text_that_is_larger_than_a_card_is_sent(growing: Growing) -> None:
    """A plain text may be longer than any card."""
    growing.say("x")
    growing.end(Reply(text="x" * 50_000))

    assert [sent.kind for sent in growing.app.server.chats.sent] == ["interactive", "text"]
    assert list(map(len, growing.app.heard())) == [29_000, 21_000]


def test_a_run_that_knows_of_no_card_shows_one_of_its_own(growing: Growing) -> None:
    """The run before was killed before it noted its card; the answer is seen all the same."""
    growing.say("one")
    growing.shown = {}
    growing.say("one")
    growing.end(markdown("all"))

    assert growing.app.heard() == ["one", "all"]


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("lines", [5000, 24_800])
def test_a_long_answer_is_shown_once(growing: Growing, form: Format, lines: int) -> None:
    """Of 50 KB or of 248: the card holds as much as it can, and only the rest follows."""
    text = "\n".join(f"line {number:04}" for number in range(lines))
    growing.say("line", text[:40_000])
    growing.end(Reply(text=text, format=form))

    assert "\n".join(growing.app.heard()) == text
    assert len(growing.app.heard()[0]) > 23_000
    assert growing.app.server.chats.sent[0].kind == "interactive"


def test_the_rest_of_a_long_text_is_sent_once(growing: Growing) -> None:
    """Its second try has the same key."""
    growing.say("x")
    (part,) = growing.parts(Reply(text="x" * 50_000))
    growing.app.server.fails = [0, 0, LOST]
    with pytest.raises(Exception, match=LOST):
        growing.channel.answer(part)
    growing.channel.answer(replace(part, again=True))

    assert list(map(len, growing.app.heard())) == [29_000, 21_000]


@pytest.mark.parametrize("code", [200740, 200750, 300309, 200810, 230099])
def test_a_card_that_can_not_be_finished_is_sent_anew(growing: Growing, code: int) -> None:
    """It is gone, its time is over, or the platform does not want it."""
    growing.say("one")
    growing.app.server.fails = [code]
    growing.end(markdown("one two"))

    assert growing.app.heard()[-1] == "one two"
    assert growing.app.server.chats.sent[-1].kind == "post"


def test_a_stream_that_ended_by_itself_is_finished(growing: Growing) -> None:
    """After ten minutes nothing can be streamed, but a card can be replaced."""
    growing.say("one", "one two")
    growing.app.clock.advance(600)
    with pytest.raises(DeliveryFailed):
        growing.say("one two three")
    growing.end(markdown("all"))

    assert growing.app.heard() == ["all"]


def test_a_finish_whose_answer_got_lost_is_made_again(growing: Growing) -> None:
    """Its numbers rise, so the second try is as good as the first."""
    growing.say("one")
    (part,) = growing.parts(markdown("one two"))
    growing.app.server.fails = [0, LOST]
    with pytest.raises(Exception, match=LOST):
        growing.channel.answer(part)
    growing.app.clock.advance(1)
    growing.channel.answer(replace(part, again=True))

    assert growing.app.heard() == ["one two"]
    assert len(growing.app.server.chats.sent) == 1


@pytest.mark.parametrize("pause", [0, 0.25, 0.5])
@pytest.mark.parametrize("fails", [[0, LOST], [LOST], [0, 2200]])
def test_a_finish_that_is_made_again_at_once_doubles_nothing(
    growing: Growing, pause: float, fails: list[int | str]
) -> None:
    """However many tries there are within a second."""
    growing.say("one")
    (part,) = growing.parts(markdown("one two"))
    for _ in range(2):
        growing.app.server.fails = list(fails)
        with suppress(CococatError):
            growing.channel.answer(part)
        growing.app.clock.advance(pause)
    growing.channel.answer(replace(part, again=True))

    assert growing.app.heard() == ["one two"]
    assert len(growing.app.server.chats.sent) == 1


def test_a_late_finish_comes_after_a_change_that_nobody_noted(growing: Growing) -> None:
    """The heartbeat was killed before it could say how far it had come."""
    growing.say("one")
    stale = growing.shown
    growing.say("one two", "one two three")
    growing.shown = stale
    growing.end(markdown("all"))

    assert growing.app.heard() == ["all"]


def test_without_the_right_to_cards_it_is_not_shown(growing: Growing) -> None:
    """The heartbeat stops showing; the answer comes as ever."""
    growing.app.server.fails = [99991672]
    with pytest.raises(OperatorNeeded):
        growing.say("one")
    growing.end(markdown("one"))

    assert growing.app.heard() == ["one"]
    assert [sent.kind for sent in growing.app.server.chats.sent] == ["post"]


def test_the_channel_shows_progress(growing: Growing) -> None:
    """The heartbeat asks for the port."""
    assert isinstance(growing.channel, ShowsProgress)
