"""Files that came with a message, as whoever answers it gets them."""

from dataclasses import dataclass, field
from typing import Protocol

from cococat.core.errors import AttachmentRefused

MAX_SIZE = 20 * 1000 * 1000
"""Bytes of a file."""


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


class NoFiles:
    """`Opener` of a process that has no way to the platforms."""

    def open(self, ref: str) -> OpenedFile:  # noqa: ARG002 - the port's
        """Refuse; see `Opener`."""
        raise AttachmentRefused("not_here")


NO_FILES = NoFiles()
