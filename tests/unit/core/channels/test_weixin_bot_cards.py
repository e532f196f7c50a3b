from typing import Any

import pytest

from cococat.core.messages import Button, Card, CardField, Reply
from cococat.core.weixin_stream import LATER
from tests.support.weixin import BOT, Connected, replying

YES = Button(text="Yes", value="yes")
OPEN = Button(text="Open", url="https://a.example/1")
ASK = Card(title="Sure?", text="It is final.", buttons=(YES, OPEN))
DONE = Card(title="Done", buttons=(Button(text="Undo", value="undo"),))
PLAIN = Card(title="Order 7", fields=(CardField(name="Size", value="XL"),))
AS_LINES = "Sure?\nIt is final.\n[1] Yes\n[2] Open https://a.example/1"


def asked(*replies: Reply | str) -> Connected:
    """Return a bot whose agent gives *replies*, one after the other."""
    return Connected(*map(replying, replies), account=BOT)


def polled(account: Connected, group: str = "") -> dict[str, Any]:
    """Let a user ask, and the agent answer; return what a poll finds then."""
    bot = account.bot
    first = bot.ask(bot.text("ann", "hello", group=group))
    assert first is not None
    account.world.pump()
    found = bot.ask(bot.poll(first["stream"]["id"], "ann"))
    assert found is not None
    account.world.settle()
    return found


def tapped(account: Connected, key: str = "yes", group: str = "") -> dict[str, Any] | None:
    """Let the user tap a button of the card that answered; return what the response says."""
    card = polled(account, group)["template_card"]
    return account.bot.ask(account.bot.tap("ann", card, key, group=group))


def in_time(account: Connected) -> None:
    """Let the agent work while the door waits."""
    account.clock.while_asleep = account.world.pump


def shown(account: Connected) -> list[tuple[str, dict[str, Any]]]:
    """Return kind and content of what was posted to the addresses of messages."""
    return [(each.kind, each.body) for each in account.api.shown]


class TestInTheStream:
    """A card that answers a message."""

    @pytest.mark.parametrize("text", ["", "Look:"])
    def test_comes_with_the_end_of_the_text(self, text: str) -> None:
        """As a card whose taps come back; links are lines of it."""
        account = asked(Reply(text=text, card=ASK))
        found = polled(account)

        assert found["msgtype"] == "stream_with_template_card"
        assert (found["stream"]["finish"], found["stream"]["content"]) == (True, text)
        card = found["template_card"]
        assert (card["card_type"], card["task_id"]) == (
            "button_interaction",
            found["stream"]["id"],
        )
        assert card["button_list"] == [{"text": "Yes", "style": 1, "key": "yes"}]
        assert card["horizontal_content_list"][0]["url"] == OPEN.url
        assert (account.api.calls, account.reasons()) == ([], [])

    def test_with_links_alone_is_a_notice(self) -> None:
        """A tap opens the first."""
        card = polled(asked(Reply(card=Card(title="T", buttons=(OPEN,)))))["template_card"]

        assert (card["card_type"], card["card_action"]) == (
            "text_notice",
            {"type": 1, "url": OPEN.url},
        )

    def test_without_a_button_is_lines_of_text(self) -> None:
        """There is no template card that does nothing."""
        assert polled(asked(Reply(card=PLAIN)))["stream"]["content"] == "Order 7\nSize: XL"

    def test_beside_a_text_of_two_messages_is_lines_of_it(self) -> None:
        """So that nothing of it is lost, in the stream or at the address."""
        account = asked(Reply(text="金" * 6000 + "\n" + "丝" * 6000, card=ASK))
        found = polled(account)

        ((kind, rest),) = shown(account)
        assert (found["msgtype"], kind) == ("stream", "markdown")
        assert rest["content"].endswith(AS_LINES)
        assert account.reasons() == []


class TestATap:
    """A button of a card that is tapped."""

    def test_is_the_agents_and_its_card_takes_the_others_place(self) -> None:
        """In the response, which is the only way, and for the one who tapped."""
        account = asked(Reply(card=ASK), Reply(card=DONE))
        card = polled(account)["template_card"]
        in_time(account)
        answer = account.bot.ask(account.bot.tap("ann", card, "yes"))

        assert answer is not None
        assert (answer["response_type"], answer["userids"]) == ("update_template_card", ["ann"])
        changed = answer["template_card"]
        assert (changed["main_title"], changed["task_id"]) == ({"title": "Done"}, card["task_id"])
        account.world.settle()
        assert account.agent.seen == ["hello", "yes"]
        assert (shown(account), account.reasons()) == ([], [])

    def test_may_be_answered_in_words_beside_the_card(self) -> None:
        """The words go to the address that came with the tap."""
        account = asked(Reply(card=ASK), Reply(text="It is done.", card=DONE))
        card = polled(account)["template_card"]
        in_time(account)
        answer = account.bot.ask(account.bot.tap("ann", card, "yes"))
        account.world.settle()

        assert answer is not None
        assert answer["template_card"]["main_title"] == {"title": "Done"}
        assert shown(account) == [("markdown", {"content": "It is done."})]
        assert account.reasons() == []

    def test_that_is_answered_in_words_leaves_the_card_alone(self) -> None:
        """They are at the address soon: no poll is waited for."""
        account = asked(Reply(card=ASK), "It is done.")
        card = polled(account)["template_card"]
        in_time(account)
        began = account.clock.now()

        assert account.bot.ask(account.bot.tap("ann", card, "yes")) is None
        account.world.settle()
        assert shown(account) == [("markdown", {"content": "It is done."})]
        assert account.clock.now() - began < 4

    @pytest.mark.parametrize(
        ("group", "kind", "reply"),
        [
            ("", "template_card", Reply(card=DONE)),
            ("wrGroup", "markdown", Reply(card=DONE)),
            ("", "markdown", Reply(text="It is done.", card=DONE)),
        ],
    )
    def test_whose_answer_comes_late_has_it_at_the_address(
        self, group: str, kind: str, reply: Reply
    ) -> None:
        """One message, that in a group may not be a card; the same in words then."""
        account = asked(Reply(card=ASK), reply)

        assert tapped(account, group=group) is None
        account.world.settle()
        ((found, body),) = shown(account)
        assert found == kind
        assert "Done" in repr(body)
        assert ("It is done." in repr(body)) == bool(reply.text)
        assert account.reasons() == []


class TestAGreeting:
    """The answer to somebody who comes in."""

    def test_may_be_a_card(self) -> None:
        """Alone; its taps come back as those of every card."""
        account = asked(Reply(card=ASK))
        in_time(account)
        answer = account.bot.ask(account.bot.event("ann", "enter_chat"))
        account.world.settle()

        assert answer is not None
        assert answer["msgtype"] == "template_card"
        assert account.bot.tap("ann", answer["template_card"], "yes")
        assert account.reasons() == []

    def test_of_words_and_a_card_is_all_in_words(self) -> None:
        """The response takes one of both."""
        account = asked(Reply(text="Welcome", card=ASK))
        in_time(account)

        answer = account.bot.ask(account.bot.event("ann", "enter_chat"))
        assert answer == {"msgtype": "text", "text": {"content": f"Welcome\n\n{AS_LINES}"}}
        account.world.settle()
        assert account.reasons() == []


def test_a_card_that_nobody_polls_for_goes_to_the_address() -> None:
    """As it is, between two; the stream says that it did."""
    account = asked(Reply(card=ASK))
    first = account.bot.ask(account.bot.text("ann", "hello"))
    account.world.settle()

    ((kind, card),) = shown(account)
    assert (kind, card["main_title"]) == ("template_card", {"title": "Sure?"})
    assert first is not None
    poll = account.bot.ask(account.bot.poll(first["stream"]["id"], "ann"))
    assert poll is not None
    assert (poll["msgtype"], poll["stream"]["content"]) == ("stream", LATER)
    assert account.reasons() == []
