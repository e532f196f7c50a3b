"""
Opening a file that came with a message: by its sealed ref, through the channel it came from.

A file has 20 MB at most, and has to be what its kind says: an image is one by its first bytes,
and a voice message or a video is nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from cococat.core import attachment_ref, file_types
from cococat.core.channels import Channels, FetchesAttachments
from cococat.core.clock import Clock
from cococat.core.directory import ChannelDirectory
from cococat.core.errors import AttachmentRefused

MAX_SIZE = 20 * 1000 * 1000
"""Bytes of a file; what is larger is refused while it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """
    A file that came with a message.

    Attributes:
        kind: image, voice, video or file.
        name: its name as the platform gave it; may be empty, and may be any text.
        content_type: what it is by its first bytes, else what the platform says.
        content: its bytes.

    """

    kind: str
    name: str
    content_type: str
    content: bytes = field(repr=False)


class Opener(Protocol):
    """Opens the files that came with messages."""

    def open(self, ref: str) -> OpenedFile:
        """
        Return the file that the sealed *ref* stands for.

        Raises:
            AttachmentRefused: it is not to be had; `code` says why.
            PlatformUnreachable: the platform could not be asked; another try may succeed.

        """
        ...


class ChannelOpener:
    """
    Opens files through the channels that they came through.

    Args:
        directory: which channels there are.
        channels: makes a channel ready.
        clock: the time.

    """

    def __init__(self, directory: ChannelDirectory, channels: Channels, clock: Clock) -> None:
        self._directory = directory
        self._channels = channels
        self._clock = clock

    def open(self, ref: str) -> OpenedFile:
        """Return the file that the sealed *ref* stands for; see `Opener`."""
        binding = self._directory.by_address(attachment_ref.peek(ref).address)
        if binding is None:
            raise AttachmentRefused("channel_gone")
        known = attachment_ref.unseal(ref, binding.reply_key, self._clock.now())
        channel = self._channels.bind(binding)
        if not isinstance(channel, FetchesAttachments):
            raise AttachmentRefused("not_supported")
        fetched = channel.fetch(known.ref)
        content = _read(fetched.pieces)
        content_type = file_types.check(known.kind, fetched.content_type, content)
        return OpenedFile(
            kind=known.kind, name=known.name, content_type=content_type, content=content
        )


class NoFiles:
    """`Opener` of a process that has no channels."""

    def open(self, ref: str) -> OpenedFile:  # noqa: ARG002 - the port's
        """Refuse; see `Opener`."""
        raise AttachmentRefused("not_here")


def _read(pieces: Iterable[bytes]) -> bytes:
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > MAX_SIZE:
            raise AttachmentRefused("too_large")
    return bytes(content)
