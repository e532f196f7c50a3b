"""
Answers of a WeCom (企业微信) bot that have a card: what of them is shown as one.

A response takes one card, beside a text or alone. A card without a button is no template card,
and one whose answer is longer than a message is said in text, like all that the outbox sends.
Source: WeCom developer documentation, "Intelligent bot: passive reply" (101031).
"""

from dataclasses import dataclass, replace

from cococat.core.limits import LIMITS
from cococat.core.messages import Card, Reply
from cococat.core.rendering import Kind, render

_TEXT, _CARD = LIMITS["weixin_bot"], LIMITS["weixin"]
_BOTH = replace(_CARD, text=_TEXT.text, markdown=_TEXT.markdown, image=0, file=0)


@dataclass(frozen=True, slots=True)
class Said:
    """
    What one message of the bot's holds.

    Attributes:
        text: the text; with a card what is said beside it, else the answer's first part.
        card: the card.

    """

    text: str
    card: Card | None = None

    @property
    def lone_card(self) -> Card | None:
        """Return the card where nothing is said beside it, else None."""
        return None if self.text else self.card


def said(reply: Reply) -> Said:
    """Return what one message holds of *reply*: all of it, where there is a card in it."""
    if reply.card is not None and reply.card.buttons:
        parts = render(reply, _BOTH)
        texts = [part.text for part in parts if part.kind is not Kind.CARD]
        if len(texts) < 2:  # noqa: PLR2004 - one message has one text
            return Said("".join(texts), parts[-1].card)
    return as_text(reply)


def as_text(reply: Reply) -> Said:
    """Return what one message of text holds of *reply*."""
    return Said(render(reply, _TEXT)[0].text)
