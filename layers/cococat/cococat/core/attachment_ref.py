"""
The sealed ref of an attachment: which file, of which channel, and until when it may be had.

A channel calls a file as its platform does; the router seals that on the way into the mailbox,
with the channel's key. So a ref tells whose it is, and none can be made up.
"""

from dataclasses import asdict, dataclass

from cococat.core import fields, seal
from cococat.core.errors import AttachmentRefused, MalformedMessage
from cococat.core.ids import ChannelAddress
from cococat.core.messages import Attachment
from cococat.core.reply_address import LIFETIME

PURPOSE = "attachment:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRef:
    """
    One file that came with a message.

    Attributes:
        address: the channel it came through.
        kind: image, voice, video or file.
        name: the file's name as the platform gave it.
        ref: what the channel calls it.
        expires_at: seconds since 1970.

    """

    address: ChannelAddress
    kind: str
    name: str
    ref: str
    expires_at: int


def seal_ref(attachment: Attachment, address: ChannelAddress, key: str, now: float) -> str:
    """Return the sealed ref of *attachment*, which came through the channel at *address*."""
    ref = AttachmentRef(
        address=address,
        kind=attachment.kind,
        name=attachment.name,
        ref=attachment.ref,
        expires_at=int(now) + LIFETIME,
    )
    return seal.seal(asdict(ref), key, PURPOSE)


def peek(token: str) -> AttachmentRef:
    """
    Read a sealed ref without checking its seal, to learn whose key to ask for.

    Raises:
        AttachmentRefused: it is not of our form.

    """
    try:
        source = seal.peek(token)
        return AttachmentRef(
            address=fields.channel(source, "address"),
            kind=fields.text(source, "kind"),
            name=fields.text(source, "name"),
            ref=fields.text(source, "ref"),
            expires_at=fields.integer(source, "expires_at"),
        )
    except MalformedMessage:
        raise AttachmentRefused("ref_refused") from None


def unseal(token: str, key: str, now: float) -> AttachmentRef:
    """
    Return what *token* says, if the channel with *key* sealed it and it has not expired.

    Raises:
        AttachmentRefused: it is not of our form, sealed with another key, or expired.

    """
    if not seal.is_sealed(token, key, PURPOSE):
        raise AttachmentRefused("ref_refused")
    ref = peek(token)
    if ref.expires_at <= now:
        raise AttachmentRefused("gone")
    return ref
