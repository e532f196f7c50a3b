"""
Opening a file that came with a message: by its sealed ref, through the channel it came from.

A file has 20 MB at most, and has to be what its kind says: an image is one by its first bytes,
and a voice message or a video is nothing else.
"""

from collections.abc import Iterable

from cococat.core import attachment_ref, file_types
from cococat.core.attachment_ref import AttachmentRef
from cococat.core.channels import Channels, Fetched, FetchesAttachments
from cococat.core.clock import Clock
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.errors import (
    AnswerTooLong,
    AttachmentRefused,
    CredentialsRefused,
    DeliveryDelayed,
    DeliveryError,
    DeliveryUnknown,
    PlatformUnreachable,
)
from cococat.core.opened_files import MAX_SIZE, OpenedFile


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
        """Return the file that the sealed *ref* stands for; see `opened_files.Opener`."""
        known, binding = self._unseal(ref)
        channel = self._channels.bind(binding)
        if not isinstance(channel, FetchesAttachments):
            raise AttachmentRefused("not_supported")
        fetched = _fetch(channel, known.ref)
        content = _read(fetched.pieces)
        content_type = file_types.check(known.kind, fetched.content_type, content)
        return OpenedFile(
            kind=known.kind, name=known.name, content_type=content_type, content=content
        )

    def check(self, ref: str) -> AttachmentRef:
        """
        Return what the sealed *ref* says, without fetching the file.

        Raises:
            AttachmentRefused: it is forged or expired, or its channel is gone.

        """
        return self._unseal(ref)[0]

    def _unseal(self, ref: str) -> tuple[AttachmentRef, ChannelBinding]:
        binding = self._directory.by_address(attachment_ref.peek(ref).address)
        if binding is None:
            raise AttachmentRefused("channel_gone")
        return attachment_ref.unseal(ref, binding.reply_key, self._clock.now()), binding


def _fetch(channel: FetchesAttachments, ref: str) -> Fetched:
    """Return what *channel* fetches; what its API says of a call is said of the file."""
    try:
        return channel.fetch(ref)
    except AnswerTooLong:
        raise AttachmentRefused("too_large") from None
    except (DeliveryDelayed, DeliveryUnknown) as error:
        raise PlatformUnreachable(error.code) from error
    except (CredentialsRefused, DeliveryError) as error:
        raise AttachmentRefused("not_given") from error


def _read(pieces: Iterable[bytes]) -> bytes:
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > MAX_SIZE:
            raise AttachmentRefused("too_large")
    return bytes(content)
