"""
Feishu's card entities, as an app makes them, lets them grow and settles them.

Source: Feishu Open Platform, CardKit: "Create card entity", "Stream text", "Update card
settings", "Update card entity", "Streaming updates of cards", and their error tables.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cococat.simulators.feishu_refusal import Refused, object_in

Json = dict[str, Any]

STREAMS_FOR = 600
LIVES = 14 * 24 * 3600
PER_SECOND = 10
"""Changes of one card."""
LARGEST = 30_000
"""Bytes of a card."""
MOST_ELEMENTS = 200
LONGEST = 100_000
"""Characters of a text that grows."""
HIGHEST = 2**31 - 1
"""Number of a change."""


@dataclass(slots=True, kw_only=True)
class StreamedCard:
    """
    A card entity, and how it grew.

    Attributes:
        card: its JSON.
        made_at: when, seconds since 1970.
        grown: each text of its growing element.
        sequence: number of the latest change.
        changes: when it was changed.
        streams_until: when the platform stops the streaming by itself; 0 where it is off.
        sent: whether a message holds it.
        rewritten: whether another card has taken its place since it grew.

    """

    card: Json
    made_at: float
    grown: list[str] = field(default_factory=list)
    sequence: int = 0
    changes: list[float] = field(default_factory=list)
    streams_until: float = 0
    sent: bool = False
    rewritten: bool = False


@dataclass(slots=True, kw_only=True)
class CardKit:
    """
    An app's card entities.

    Attributes:
        now: the time.
        cards: them, by their ids.

    """

    now: Callable[[], float]
    cards: dict[str, StreamedCard] = field(default_factory=dict)

    def make(self, body: Json) -> str:
        """
        Make a card entity and return its id.

        Raises:
            Refused: it is no card that the platform takes.

        """
        card = _card(body)
        streams = bool(card.get("config", {}).get("streaming_mode"))
        name = f"card_{len(self.cards)}"
        until = self.now() + STREAMS_FOR if streams else 0
        self.cards[name] = StreamedCard(card=card, made_at=self.now(), streams_until=until)
        return name

    def place(self, name: str) -> None:
        """
        Let a message hold a card.

        Raises:
            Refused: there is none, or another message holds it.

        """
        if name not in self.cards or self.cards[name].sent:
            raise Refused(230099)
        self.cards[name].sent = True

    def grow(self, name: str, element: str, body: Json) -> None:
        """Write the whole text so far into an element of a streamed card; see `settle`."""
        card, text = self._change(name, body), body.get("content")
        if not isinstance(text, str) or not 1 <= len(text) <= LONGEST:
            raise Refused(99992402)
        if not card.streams_until:
            raise Refused(300309)
        if self.now() >= card.streams_until:
            raise Refused(200850)
        elements = card.card["body"]["elements"]
        texts = [each.get("text", {}) if each.get("tag") == "div" else each for each in elements]
        if element not in {each.get("element_id") for each in texts}:
            raise Refused(300313)
        card.grown.append(text)

    def settle(self, name: str, body: Json) -> None:
        """
        Change the settings of a card.

        Raises:
            Refused: the platform does not take the change.

        """
        card = self._change(name, body)
        if not object_in(body.get("settings"), 300301)["config"]["streaming_mode"]:
            card.streams_until = 0

    def rewrite(self, name: str, body: Json) -> None:
        """Put another card into the entity; see `settle`."""
        card = self._change(name, body)
        card.card = _card(body.get("card", {}))
        card.rewritten = True

    def text_of(self, name: str) -> str | None:
        """Return what a card has grown to, or None where its JSON says what is on it."""
        card = self.cards[name]
        return card.grown[-1] if card.grown and not card.rewritten else None

    def _change(self, name: str, body: Json) -> StreamedCard:
        card, now, sequence = self.cards.get(name), self.now(), body.get("sequence")
        if card is None:
            raise Refused(200740)
        if now >= card.made_at + LIVES:
            raise Refused(200750)
        if sum(now - at < 1 for at in card.changes[-PER_SECOND:]) >= PER_SECOND:
            raise Refused(99991400, 429)
        if not isinstance(sequence, int) or not card.sequence < sequence <= HIGHEST:
            raise Refused(300317)
        card.sequence = sequence
        card.changes.append(now)
        return card


def _card(body: Json) -> Json:
    """Return the card in *body*."""
    raw = body.get("data")
    if isinstance(raw, str) and len(raw.encode("utf-8")) > LARGEST:
        raise Refused(200860)
    card = object_in(raw, 300301)
    if body.get("type") != "card_json" or card.get("schema") != "2.0":
        raise Refused(300301)
    if json.dumps(card).count('"tag"') > MOST_ELEMENTS:
        raise Refused(300305)
    return card
