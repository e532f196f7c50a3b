"""A shelf in memory, and whoever fetches files from it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cococat.core.clock import Clock
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.opened_files import OpenedFile
from cococat.core.shelf import DAY, Shelved

HOUR = 3600


@dataclass
class MemoryShelf:
    """
    `cococat.core.shelf.Shelf`, and the `HttpClient` that gets what lies there by its URL.

    Attributes:
        clock: the time.
        kept: name -> the file.

    """

    clock: Clock
    kept: dict[str, OpenedFile] = field(default_factory=dict)

    def find(self, name: str) -> Shelved | None:
        """Return the file called *name*."""
        if name not in self.kept:
            return None
        file, now = self.kept[name], int(self.clock.now())
        return Shelved(
            content_type=file.content_type,
            size=len(file.content),
            url=f"https://shelf.example/{name}",
            url_expires_at=now + HOUR,
            file_expires_at=now + DAY,
        )

    def put(self, name: str, file: OpenedFile) -> Shelved:
        """Keep *file*."""
        self.kept[name] = file
        found = self.find(name)
        assert found is not None
        return found

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Return what lies at a URL; see `HttpClient.send`."""
        file = self.kept[urlsplit(request.url).path.removeprefix("/")]
        return HttpAnswer(status=200, body=file.content)
