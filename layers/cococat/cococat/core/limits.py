"""
What each platform takes: the one table of limits, which rendering and the outbox go by.

Sizes of texts count in the platform's own unit. A limit that is 0 means that the platform has no
such thing, and `rendering` says it in plain text instead. Sources: WeChat developer documentation
"Customer service messages" (its text limit is measured, not documented); WeCom "Send application
messages" and "Intelligent bot"; Feishu "Send message", "Rate limits"; Telegram Bot API
"sendMessage", Bots FAQ "limits"; Discord "Create Message", "Embed limits".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cococat.core.messages import Card, Format


class Unit(StrEnum):
    """What a platform counts."""

    BYTES = "bytes"
    """Of UTF-8."""
    UTF16 = "utf-16 units"
    CHARACTERS = "characters"
    JSON = "bytes of JSON"
    """Of UTF-8, in JSON that travels as a text in JSON; `<` with the room to make it harmless."""


class Scope(StrEnum):
    """What a rate is counted for."""

    ACCOUNT = "account"
    CHAT = "chat"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *count* sends in any *seconds* to the same *scope*."""

    scope: Scope
    count: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    What one platform takes.

    Attributes:
        unit: what its texts are measured in.
        text: units of one text message; 0 where a whole answer is one part, as it is.
        markdown: units of one message of markdown; 0 for none.
        title: units of a card's title; 0 for no cards.
        card: units of a card's text and its fields together.
        fields: how many fields a card has at most.
        buttons: how many buttons.
        takes: tells whether a card, whose text is to be read in a format, is small enough with
            all that is on it.
        image: bytes of an image; 0 for none.
        file: bytes of a file; 0 for none.
        endings: of the names of the files that it takes; empty for all.
        rates: how often may be sent.

    """

    unit: Unit = Unit.CHARACTERS
    text: int = 0
    markdown: int = 0
    title: int = 0
    card: int = 0
    fields: int = 0
    buttons: int = 0
    takes: Callable[[Card, Format], bool] = lambda _card, _format: True
    image: int = 0
    file: int = 0
    endings: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()


BUTTON_KEY = 1024
"""Bytes of what a button of WeCom's sends back (90236)."""
_CARD = 1900
"""Bytes of a card as one text of WeChat's or WeCom's: 2000, less what it puts around its lines."""


def _is_short(card: Card, _format: Format) -> bool:
    """Tell whether *card* fits into one text of WeChat's or WeCom's, as which it may be said."""
    from cococat.core.card_lines import card_lines

    has_keys = all(len(each.value.encode("utf-8")) <= BUTTON_KEY for each in card.buttons)
    return has_keys and len(card_lines(card).encode("utf-8")) <= _CARD


MB = 1024 * 1024
WHOLE = Limits()
"""For a channel that takes an answer as it is."""

LIMITS: dict[str, Limits] = {
    "wechat": Limits(
        unit=Unit.BYTES,
        text=2000,
        title=128,
        card=512,
        fields=6,
        buttons=6,
        takes=_is_short,
        image=2 * MB,
        file=2 * MB,
        endings=(".amr", ".mp3"),
    ),
    "weixin": Limits(
        unit=Unit.BYTES,
        text=2000,
        markdown=2000,
        title=128,
        card=512,
        fields=6,
        buttons=6,
        takes=_is_short,
        image=10 * MB,
        file=20 * MB,
        rates=(Rate(Scope.USER, 30, 60), Rate(Scope.USER, 1000, 3600)),
    ),
    "weixin_bot": Limits(
        unit=Unit.BYTES,
        text=20_000,
        markdown=20_000,
        rates=(Rate(Scope.CHAT, 30, 60), Rate(Scope.CHAT, 1000, 3600)),
    ),
    "feishu": Limits(
        unit=Unit.JSON,
        text=148_000,
        markdown=29_000,
        title=500,
        card=15_000,
        fields=20,
        buttons=20,
        image=10 * MB,
        file=30 * MB,
        rates=(Rate(Scope.CHAT, 5, 1), Rate(Scope.ACCOUNT, 50, 1), Rate(Scope.ACCOUNT, 1000, 60)),
    ),
    "telegram": Limits(
        unit=Unit.UTF16,
        text=4096,
        markdown=3500,
        title=256,
        card=3000,
        fields=25,
        buttons=40,
        image=10 * MB,
        file=50 * MB,
        rates=(Rate(Scope.CHAT, 20, 60), Rate(Scope.ACCOUNT, 30, 1)),
    ),
    "discord": Limits(
        unit=Unit.UTF16,
        text=2000,
        markdown=2000,
        title=256,
        card=4000,
        fields=25,
        buttons=25,
        image=10 * MB,
        file=10 * MB,
    ),
}
"""Channel type, or one of its kinds -> what it takes. web_api takes an answer as it is."""
