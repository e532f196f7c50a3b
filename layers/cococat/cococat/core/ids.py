"""
Identifiers that are legal in every queue.

SQS takes 1 to 128 ASCII characters for deduplication and group ids (Amazon SQS API
Reference, SendMessage). User ids of platforms are neither bounded nor ASCII, so each id is
the SHA-256 of the readable parts, as 64 hex digits.
"""

import hashlib
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from json.encoder import encode_basestring_ascii as _text

_HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class ChannelAddress:
    """Which channel: its target, its type and its name within the target."""

    target_type: str
    target_id: str
    channel: str
    name: str

    def __hash__(self) -> int:
        """Return a hash of what tells addresses apart: one is the key of every cache."""
        return hash((self.target_id, self.name))

    @cached_property
    def members(self) -> dict[str, str]:
        """Return the address as a JSON object."""
        return asdict(self)

    @cached_property
    def words(self) -> str:
        """Return what the words of every id of the channel begin with."""
        return _words(self.target_type, self.target_id, self.channel, self.name)


def named(address: ChannelAddress) -> str:
    """Return *address* for a sentence."""
    return f"{address.target_type} {address.target_id}, channel {address.channel}/{address.name}"


def callback_path(address: ChannelAddress) -> str:
    """Return the path at which the platform of the channel at *address* calls us."""
    target = f"agents/{address.target_id}" if address.target_type == "agent" else address.target_id
    name = "" if address.name == address.channel else f"/{address.name}"
    return f"/api/channel/{address.channel}/{target}{name}"


def is_id(text: str) -> bool:
    """Tell whether *text* has the form of an id made here."""
    return _HEX64.fullmatch(text) is not None


def message_id(address: ChannelAddress, conversation_id: str | None, key: str) -> str:
    """
    Return the id of one inbound message; every redelivery of it has the same.

    Args:
        address: the channel it came through.
        conversation_id: the conversation, or None where *key* is unique in the whole channel.
        key: what the platform (or the caller) calls this message.

    """
    conversation = "null" if conversation_id is None else _text(conversation_id)
    return _digest(f"{address.words}, {conversation}, {_text(key)}")


def group_id(address: ChannelAddress, conversation_id: str) -> str:
    """Return the queue group of a conversation, inside which order is kept."""
    return _digest(f"{address.words}, {_text(conversation_id)}")


def part_id(message: str, part: int, replays: int = 0) -> str:
    """
    Return the deduplication id of one part of the reply to *message*.

    Args:
        message: the message's id.
        part: which part, from 1.
        replays: how often an operator has replayed the message.

    """
    return _digest(_words(message, part, replays))


def replay_id(message: str, replays: int) -> str:
    """Return the deduplication id of *message* at its replay number *replays*."""
    return _digest(_words(message, f"#r{replays}"))


def fingerprint(*parts: str | None) -> str:
    """Return a digest by which two requests are recognised as the same."""
    return _digest(_words(*parts))


def _digest(words: str) -> str:
    """Return the SHA-256 of the JSON list of *words*."""
    return hashlib.sha256(f"[{words}]".encode("ascii")).hexdigest()


def _words(*parts: str | int | None) -> str:
    """Return *parts* as the members of a JSON list."""
    return ", ".join([_text(part) if isinstance(part, str) else _bare(part) for part in parts])


def _bare(part: int | None) -> str:
    return "null" if part is None else str(part)
