"""Where files lie for a day, so that whoever has no way to the platforms can fetch them."""

from dataclasses import dataclass, field
from typing import Protocol

from cococat.core.opened_files import OpenedFile

DAY = 24 * 3600
"""Seconds for which a file is kept; its URL ends earlier, and there is always a fresh one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """
    A file on the shelf.

    Attributes:
        content_type: what it is.
        size: its bytes.
        url: where it can be fetched, by whoever knows this.
        url_expires_at: until when the URL is good, seconds since 1970; never after the file.
        file_expires_at: until when the file is kept.

    """

    content_type: str
    size: int
    url: str = field(repr=False)
    url_expires_at: int
    file_expires_at: int


class Shelf(Protocol):
    """Keeps files for a day."""

    def find(self, name: str) -> Shelved | None:
        """Return the file called *name* with a fresh URL, if it lies there."""
        ...

    def put(self, name: str, file: OpenedFile) -> Shelved:
        """Keep *file* under *name*, and return it."""
        ...
