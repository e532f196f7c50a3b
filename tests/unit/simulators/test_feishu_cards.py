"""Cards on the simulated Feishu: what is replaced, what grows, and what is refused."""

import json
from typing import Any

import pytest

from cococat.simulators.feishu_chats import Chats
from cococat.simulators.feishu_refusal import Refused
from tests.support.clock import FakeClock
from tests.support.feishu import GROUP

Json = dict[str, Any]

TEXT = {"tag": "markdown", "content": "a", "element_id": "e"}
CARD: Json = {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": [TEXT]}}
STREAMED = CARD | {"config": {"update_multi": True, "streaming_mode": True}}
DAYS = 24 * 3600


class Cards:
    """An app's messages and cards, in virtual time."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.chats = Chats(now=self.clock.now)
        self.kit = self.chats.kit

    def send(self, card: Json = CARD) -> str:
        """Send a card and return its message."""
        body = {"msg_type": "interactive", "content": json.dumps(card)}
        return self.chats.send(GROUP, body, len(json.dumps(body))).id

    def replace(self, message: str, card: Json = CARD) -> None:
        """Put another card into *message*."""
        body = {"content": json.dumps(card)}
        self.chats.replace_card(message, body, len(json.dumps(body)))

    def make(self, card: Json = STREAMED) -> str:
        """Make a card entity."""
        return self.kit.make({"type": "card_json", "data": json.dumps(card)})

    def grow(self, name: str, sequence: object = 1, text: object = "x") -> None:
        """Let it grow."""
        self.kit.grow(name, "e", {"content": text, "sequence": sequence})


@pytest.fixture(name="cards")
def _cards() -> Cards:
    return Cards()


def refused(code: int) -> Any:  # noqa: ANN401 - pytest's own
    """Expect a refusal with *code*."""
    return pytest.raises(Refused, match=f"^{code}$")


class TestReplacing:
    """Another card takes the place of one that was sent."""

    def test_for_two_weeks(self, cards: Cards) -> None:
        """Code 230031 later."""
        message = cards.send()
        cards.clock.advance(14 * DAYS - 1)
        cards.replace(message)
        cards.clock.advance(1)

        with refused(230031):
            cards.replace(message)

    def test_five_times_a_second(self, cards: Cards) -> None:
        """Code 230020 for the sixth."""
        message = cards.send()
        for _ in range(5):
            cards.replace(message)
        with refused(230020):
            cards.replace(message)

        cards.clock.advance(1)
        cards.replace(message)

    def test_only_for_all_who_see_it(self, cards: Cards) -> None:
        """And no larger than 30 KB with its request."""
        message = cards.send()
        with refused(230099):
            cards.replace(message, CARD | {"config": {}})
        with refused(230099):
            cards.replace(message, CARD | {"x": "x" * 30_000})


class TestEntities:
    """Cards that grow."""

    @pytest.mark.parametrize(
        ("card", "code"),
        [
            (STREAMED | {"schema": "1.0"}, 300301),
            (STREAMED | {"x": "x" * 30_000}, 200860),
            (STREAMED | {"body": {"elements": [TEXT] * 201}}, 300305),
        ],
    )
    def test_have_their_limits(self, cards: Cards, card: Json, code: int) -> None:
        """When they are made as when they are changed."""
        with refused(code):
            cards.make(card)
        name = cards.make()
        change = {"card": {"type": "card_json", "data": json.dumps(card)}, "sequence": 1}
        with refused(code):
            cards.kit.rewrite(name, change)

    @pytest.mark.parametrize("text", ["", "x" * 100_001, 1])
    def test_grow_by_a_text(self, cards: Cards, text: object) -> None:
        """1 to 100,000 characters."""
        name = cards.make()
        with refused(99992402):
            cards.grow(name, text=text)

    @pytest.mark.parametrize("sequence", [5, 4, 2**31, "6", None])
    def test_change_in_an_order(self, cards: Cards, sequence: object) -> None:
        """Each number is higher than the last, and no larger than 32 bits hold."""
        name = cards.make()
        cards.grow(name, 5)

        with refused(300317):
            cards.grow(name, sequence)

    def test_change_ten_times_a_second(self, cards: Cards) -> None:
        """Whatever the change is."""
        name = cards.make()
        for number in range(1, 11):
            cards.grow(name, number)
        with refused(99991400):
            cards.grow(name, 11)

        cards.clock.advance(1)
        cards.grow(name, 11)

    def test_live_for_two_weeks(self, cards: Cards) -> None:
        """Code 200750 then."""
        name = cards.make()
        cards.clock.advance(14 * DAYS)

        with refused(200750):
            cards.grow(name)

    def test_that_are_settled_do_not_grow(self, cards: Cards) -> None:
        """Nor do those that were never to."""
        name, still = cards.make(), cards.make(CARD)
        settings = json.dumps({"config": {"streaming_mode": False}})
        cards.kit.settle(name, {"settings": settings, "sequence": 1})

        for each in (name, still):
            with refused(300309):
                cards.grow(each, 2)
