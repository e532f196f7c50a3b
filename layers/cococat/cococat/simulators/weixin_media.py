"""
Files of WeCom (企业微信): uploaded for three days, and those that came with messages.

Source: WeCom developer documentation, "Upload temporary media" (90253), "Get temporary media"
(90254).
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.weixin import App
from cococat.simulators.weixin_answer import Json, ok, problem

LIFE = 3 * 24 * 3600
SMALLEST = 6
MB = 1024 * 1024
_NAME = re.compile(rb'name="media"; filename="([^"]*)"')
BAD_TYPE, BAD_ID, NO_MEDIA, TOO_LARGE = 40004, 40007, 44001, 45001

Form = tuple[int, int, tuple[bytes, ...], int]
KINDS: dict[str, Form] = {
    "image": (10 * MB, 0, (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"), 40009),
    "voice": (2 * MB, 0, (b"#!AMR\n",), 40010),
    "video": (10 * MB, 4, (b"ftyp",), 40011),
    "file": (20 * MB, 0, (b"",), 0),
}
"""Type -> how large it may be, where it has which bytes, and the code of one without them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that the platform keeps for a while."""

    name: str
    content: bytes
    until: float


@dataclass(slots=True)
class Media:
    """
    The files of all companies.

    Attributes:
        now: the time, seconds since 1970.
        kept: media id -> the file.

    """

    now: Callable[[], float]
    kept: dict[str, Kept] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)

    def add(self, app: App, content: bytes, name: str = "") -> str:
        """Keep a file, as one that a member sends, and return its media id."""
        media_id = secrets.token_urlsafe(48)
        self.kept[media_id] = Kept(name, content, self.now() + LIFE)
        self._owners[media_id] = app.corp_id
        return media_id

    def is_known(self, app: App, media_id: str) -> bool:
        """Tell whether the application's company has such a file, still."""
        kept = self.kept.get(media_id)
        return (
            kept is not None and self.now() < kept.until and self._owners[media_id] == app.corp_id
        )

    def upload(self, app: App, kind: str, request: HttpRequest) -> Json:
        """Take an upload."""
        if kind not in KINDS:
            return problem(BAD_TYPE)
        found = _uploaded(request)
        if found is None:
            return problem(NO_MEDIA)
        name, content = found
        largest, at, beginnings, wrong = KINDS[kind]
        if not content.startswith(beginnings, at):
            return problem(wrong)
        if not SMALLEST <= len(content) <= largest:
            return problem(TOO_LARGE)
        media_id = self.add(app, content, name)
        return ok(type=kind, media_id=media_id, created_at=str(int(self.now())))

    def get(self, app: App, media_id: str) -> HttpAnswer:
        """Return a file, or the error, which has status 200 too."""
        if not self.is_known(app, media_id):
            return HttpAnswer(
                status=200,
                headers={"content-type": "application/json; charset=utf-8"},
                body=json.dumps(problem(BAD_ID)).encode("ascii"),
            )
        kept = self.kept[media_id]
        headers = {
            "content-type": "application/octet-stream",
            "content-disposition": f'attachment; filename="{kept.name}"',
        }
        return HttpAnswer(status=200, headers=headers, body=kept.content)


def _uploaded(request: HttpRequest) -> tuple[str, bytes] | None:
    """Return name and content of the file in a multipart upload; None for another request."""
    content_type = {name.lower(): value for name, value in request.headers.items()}.get(
        "content-type", ""
    )
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("latin-1")
    parts = message_from_bytes(head + request.body).get_payload()
    for part in parts if isinstance(parts, list) else []:
        if not isinstance(part, Message):
            continue
        content = part.get_payload(decode=True)
        # Python's reader does not take names in raw UTF-8, which the platform does.
        name = _NAME.search(request.body)
        if name is not None and name[1] and isinstance(content, bytes):
            return name[1].decode("utf-8"), content
    return None
