"""Files of messages, for an agent outside: by `GET /api/attachments/{ref}` of its stack."""

from http import HTTPStatus
from typing import Any

from cococat.core import fields
from cococat.core.errors import (
    AnswerTooLong,
    AttachmentRefused,
    MalformedMessage,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpClient, HttpRequest
from cococat.core.opened_files import MAX_SIZE, OpenedFile

SECONDS = 30


class RemoteFiles:
    """
    `cococat.core.opened_files.Opener` of a process that has no way to the platforms.

    Args:
        base_url: where the stack's doors are.
        http: calls it, and the bucket.

    """

    def __init__(self, base_url: str, http: HttpClient) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http

    def open(self, ref: str) -> OpenedFile:
        """Return the file that the sealed *ref* stands for; see `Opener`."""
        try:
            found = self._ask(ref)
            return OpenedFile(
                kind=fields.text(found, "kind"),
                name=fields.text(found, "name"),
                content_type=fields.text(found, "content_type"),
                content=self._get(fields.text(found, "url")),
            )
        except MalformedMessage:
            raise PlatformUnreachable("no answer of ours") from None

    def _ask(self, ref: str) -> dict[str, Any]:
        """Return where the file is."""
        url = f"{self._base_url}/api/attachments/{ref}"
        answer = self._http.send(HttpRequest(method="GET", url=url), SECONDS)
        said = fields.parse_object(answer.body)
        if answer.status == HTTPStatus.OK:
            return said
        if answer.status == HTTPStatus.NOT_FOUND:
            raise AttachmentRefused(fields.text(fields.mapping(said, "error"), "code"))
        raise PlatformUnreachable(f"HTTP {answer.status}")

    def _get(self, url: str) -> bytes:
        try:
            answer = self._http.send(
                HttpRequest(method="GET", url=url, max_answer=MAX_SIZE), SECONDS
            )
        except AnswerTooLong:
            raise AttachmentRefused("too_large") from None
        if answer.status != HTTPStatus.OK:
            raise PlatformUnreachable(f"HTTP {answer.status}")
        return answer.body
