from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import discord_press, in_time
from cococat.core.discord_press import Press
from cococat.core.errors import DeliveryFailed, MalformedMessage
from cococat.core.messages import Button, Card, Reply
from cococat.simulators import discord_presses
from cococat.simulators.discord_presses import PATIENCE, Interaction
from tests.support.discord import ANN, FakeHold, Stage, inlet_of

PAY = Button(text="Pay", value="pay 7")
VISIBLE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=110)


class Desk(Stage):
    """Where Ann presses buttons."""

    def show(self, *buttons: Button, asked: str = "") -> dict[str, Any]:
        """Show a card with *buttons*; return the message."""
        self.answer(Reply(card=Card(title="Order", buttons=buttons)), asked=asked)
        return (self.room if asked else self.direct).messages[-1]

    def press(self, label: str, *, in_the_room: bool = False) -> Interaction:
        """Let Ann press a button."""
        place = self.room if in_the_room else self.direct
        return discord_presses.press(self.discord, self.bot, place, ANN, label)


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk()


class TestAPress:
    """What a press of a button of ours becomes."""

    def test_says_the_buttons_value(self, desk: Desk) -> None:
        """As a message of the one who pressed, where the button is; the platform is told."""
        desk.show(PAY)
        made = desk.press("Pay")
        desk.channel.press(made.event)

        (taken,) = desk.mailbox.taken
        assert (taken.content, taken.msg_type) == ("pay 7", "event")
        assert (taken.external_user, taken.conversation_id) == (ANN["id"], desk.direct.id)
        assert made.answer == {"type": 6}

    def test_in_a_guild_is_answered_as_a_reply_to_the_card(self, desk: Desk) -> None:
        """People see what was pressed."""
        card = desk.show(PAY, asked="1")
        press = discord_press.read(desk.press("Pay", in_the_room=True).event, "shop")

        assert isinstance(press, Press)
        assert press.turn.in_place == {"message_id": card["id"]}

    def test_is_one_message_however_often_it_comes(self, desk: Desk) -> None:
        """A RESUME brings it again, and two replicas may hear it; two presses are two."""
        desk.show(PAY)
        first = desk.press("Pay")
        desk.channel.press(first.event)
        with pytest.raises(DeliveryFailed):
            desk.channel.press(first.event)
        desk.channel.press(desk.press("Pay").event)

        assert desk.mailbox.texts == ["pay 7", "pay 7"]

    def test_that_no_mailbox_takes_is_told_to_whoever_pressed(self, desk: Desk) -> None:
        """They alone see it, and press again."""
        desk.show(PAY)
        desk.mailbox.is_down = True
        made = desk.press("Pay")
        desk.channel.press(made.event)

        assert made.answer == {"type": 4, "data": {"content": in_time.NOT_TAKEN, "flags": 64}}

    def test_that_comes_late_is_taken_all_the_same(self, desk: Desk) -> None:
        """The platform does not want to hear of it any more."""
        desk.show(PAY)
        made = desk.press("Pay")
        desk.clock.advance(PATIENCE + 1)
        with pytest.raises(DeliveryFailed):
            desk.channel.press(made.event)

        assert (desk.mailbox.texts, made.answer) == (["pay 7"], None)

    def test_of_something_else_is_left_aside(self, desk: Desk) -> None:
        """A menu, or a command, of another program that shares the bot."""
        desk.show(PAY)
        event = desk.press("Pay").event
        desk.channel.press(event | {"data": {"component_type": 3, "values": ["x"]}})
        desk.channel.press(event | {"type": 2, "data": {"name": "order"}})

        assert desk.mailbox.taken == []

    def test_of_another_programs_button_says_what_it_carries(self, desk: Desk) -> None:
        """All of it."""
        desk.show(PAY)
        event = desk.press("Pay").event
        desk.channel.press(event | {"data": event["data"] | {"custom_id": "theirs"}})

        assert desk.mailbox.texts == ["theirs"]

    def test_is_nobodys_after_the_right_has_ended(self, desk: Desk) -> None:
        """It is counted; whoever listens now may hear it, too, and answers."""
        desk.show(PAY)
        made = desk.press("Pay")
        hold = FakeHold(good=False)
        inlet_of(desk, hold).press(made.event)
        assert (desk.mailbox.texts, made.answer) == ([], None)
        assert desk.dropped == ["press"]
        hold.good = True
        inlet_of(desk, hold).press(made.event | {"token": 5})
        inlet_of(desk, hold).press(made.event)

        assert desk.mailbox.texts == ["pay 7"]

    @pytest.mark.parametrize(
        "broken",
        [{"token": "../../users"}, {"token": None}, {"id": 5}, {"channel_id": "x"},
         {"user": {}}, {"message": []}, {"data": []}, {"type": "3"}],
        ids=str,
    )  # fmt: skip
    def test_that_is_not_of_its_form_is_refused(self, desk: Desk, broken: dict[str, Any]) -> None:
        """With one kind of error, and its token is in no text."""
        desk.show(PAY)
        made = desk.press("Pay")
        with pytest.raises(MalformedMessage) as caught:
            desk.channel.press(made.event | broken)

        assert made.token not in str(caught.value)
        assert made.token not in repr(discord_press.read(made.event, "shop"))


class TestAValue:
    """What a button carries."""

    @given(value=VISIBLE)
    def test_comes_back_whole_or_is_said_in_words(self, value: str) -> None:
        """It is never altered."""
        desk = Desk()
        card = desk.show(Button(text="Go", value=value))
        if not card["components"]:
            assert card["content"] == "[1] Go"
            return
        desk.channel.press(desk.press("Go").event)

        assert desk.mailbox.texts == [value]

    @pytest.mark.parametrize(("length", "is_pressed"), [(98, True), (99, False)])
    def test_has_98_characters_at_most(self, desk: Desk, length: int, *, is_pressed: bool) -> None:
        """The number stands before it."""
        card = desk.show(Button(text="Go", value="v" * length))

        assert bool(card["components"]) is is_pressed

    def test_may_be_anothers_too(self, desk: Desk) -> None:
        """The platform takes no two buttons that carry the same."""
        card = desk.show(PAY, Button(text="Pay now", value="pay 7"))
        carried = [each["custom_id"] for each in card["components"][0]["components"]]

        assert carried == ["1:pay 7", "2:pay 7"]

    def test_without_words_is_its_own_label(self, desk: Desk) -> None:
        """A label is never empty."""
        card = desk.show(Button(text=" ", value="go"))

        assert card["components"][0]["components"][0]["label"] == "go"
