"""
The sealed reply address: where an answer may go, readable by all, made only by our doors.

It travels in `reply` of a mailbox message and comes back in the outbox message, so that an
agent in any language can answer without a table, and none can write to a stranger. It is made
by `cococat.core.seal`, with the channel's key.
"""

from dataclasses import field

from cococat.core import fields
from cococat.core import seal as seals
from cococat.core.errors import MalformedMessage, ReplyRefused
from cococat.core.ids import ChannelAddress
from cococat.core.values import value

LIFETIME = 14 * 24 * 3600
"""Seconds a reply address is good for: as long as SQS can keep a message at all."""


@value(frozen=True, slots=True, kw_only=True)
class ReplyAddress:
    """
    Where the answer to one message goes.

    Attributes:
        address: the channel.
        message_id: the message that is answered.
        user_id: who gets it.
        conversation_id: where they get it.
        expires_at: seconds since 1970.
        generation: of the wish that the message came through.
        in_place: what the channel needs to answer in place (a platform's message id …).

    """

    address: ChannelAddress
    message_id: str
    user_id: str
    conversation_id: str
    expires_at: int
    generation: int = 0
    in_place: dict[str, str] = field(default_factory=dict)

    @property
    def chat(self) -> str:
        """Return what a platform limits the sends of: its chat, all threads of it together."""
        return self.in_place.get("chat", self.conversation_id)


def seal(reply_address: ReplyAddress, key: str) -> str:
    """Return the sealed form of *reply_address*."""
    said = {
        "message_id": reply_address.message_id,
        "user_id": reply_address.user_id,
        "conversation_id": reply_address.conversation_id,
        "address": reply_address.address.members,
        "expires_at": reply_address.expires_at,
        "generation": reply_address.generation,
        "in_place": reply_address.in_place,
    }
    return seals.seal(said, key)


def peek(token: str) -> ReplyAddress:
    """
    Read a sealed address without checking its seal, to learn whose key to ask for.

    Raises:
        ReplyRefused: it is not of our form.

    """
    try:
        source = seals.peek(token)
        return ReplyAddress(
            address=fields.channel(source, "address"),
            message_id=fields.identity(source, "message_id"),
            user_id=fields.text(source, "user_id"),
            conversation_id=fields.text(source, "conversation_id"),
            expires_at=fields.integer(source, "expires_at"),
            generation=fields.integer(source, "generation"),
            in_place={name: fields.text(source["in_place"], name) for name in source["in_place"]},
        )
    except (MalformedMessage, KeyError, TypeError, AttributeError) as error:
        message = "the reply address is not of our form"
        raise ReplyRefused(message) from error


def unseal(token: str, key: str, now: float) -> ReplyAddress:
    """
    Return what *token* says, if the channel with *key* sealed it and it has not expired.

    Raises:
        ReplyRefused: it is not of our form, sealed with another key, or expired.

    """
    if not seals.is_sealed(token, key):
        message = "the reply address was not sealed by this channel"
        raise ReplyRefused(message)
    reply_address = peek(token)
    if reply_address.expires_at <= now:
        message = "the reply address has expired"
        raise ReplyRefused(message)
    return reply_address
