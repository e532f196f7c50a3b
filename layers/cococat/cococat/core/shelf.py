"""Where files lie for a while, so that whoever has no way to the platforms can fetch them."""

from dataclasses import dataclass, field
from typing import Protocol

from cococat.core.opened_files import OpenedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """
    A file on the shelf.

    Attributes:
        content_type: what it is.
        size: its bytes.
        url: where it can be fetched, by whoever knows this.
        seconds: for which the URL is good.

    """

    content_type: str
    size: int
    url: str = field(repr=False)
    seconds: int


class Shelf(Protocol):
    """Keeps files for a day."""

    def find(self, name: str) -> Shelved | None:
        """Return the file called *name*, if it lies there."""
        ...

    def put(self, name: str, file: OpenedFile) -> Shelved:
        """Keep *file* under *name*, and return it."""
        ...
