"""
Files that come with a question of the Web API: small ones in it, larger ones by their URL.

They are kept beside the message for as long as that is, and the message names them by number:
a URL may hold a token, so no agent sees it.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cococat.core import fields, file_types, text
from cococat.core.channels import Fetched
from cococat.core.errors import (
    AddressRefused,
    AttachmentRefused,
    Conflict,
    MalformedMessage,
    MessageTooLarge,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpClient, HttpRequest, may_pass
from cococat.core.ids import fingerprint, is_id
from cococat.core.items import Items
from cococat.core.messages import Attachment
from cococat.core.opened_files import MAX_SIZE

MEMBERS = ("kind", "name", "content_type", "content", "url")
KINDS = ("image", "voice", "video", "file")
MOST = 8
MAX_CONTENT = 256 * 1024
"""Bytes of a file in a question: an item of the table has 400 KB at most, in base64."""
MAX_NAME = 255
"""Bytes of a name: eight files and the ids have to fit beside the largest content."""
SECONDS = 15

_URL = re.compile(r"https://[\x21-\x7e]{1,2040}", re.ASCII)
_TYPE = re.compile(r"[a-z0-9]{1,32}/[a-z0-9.+-]{1,96}", re.ASCII)
_GONE = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """
    One file of a question.

    Attributes:
        kind: image, voice, video or file.
        name: what the caller calls it; may be empty.
        content_type: what the caller says that it is; may be empty.
        content: its bytes in base64, or empty where it has a URL.
        url: where it is, or empty.
        size: its bytes, or None where it has a URL.

    """

    kind: str
    name: str
    content_type: str
    content: str = field(repr=False)
    url: str = field(repr=False)
    size: int | None

    @property
    def fingerprint(self) -> str:
        """Return what a repeat must have in common with it."""
        return fingerprint(self.kind, self.name, self.content_type, self.content, self.url)


def read_files(source: dict[str, Any]) -> tuple[SentFile, ...]:
    """
    Return the files of a question, none where it has none.

    Raises:
        MalformedMessage: one of them is not of the documented form.
        MessageTooLarge: one of them is too large to be in a question.

    """
    listed = [] if source.get("attachments") is None else fields.objects(source, "attachments")
    if len(listed) > MOST:
        message = f"'attachments' may be {MOST} at most"
        raise MalformedMessage(message)
    return tuple(_file(each) for each in listed)


def keep(items: Items, message: str, files: Iterable[SentFile], expires_at: int) -> None:
    """Keep the *files* of *message*; those that an earlier try has kept stay."""
    for number, file in enumerate(files, 1):
        item = {
            "pk": message,
            "sk": _sort_key(number),
            "content": file.content or None,
            "url": file.url or None,
            "content_type": file.content_type,
            "expires_at": expires_at,
            "version": 1,
        }
        with suppress(Conflict):
            items.put(item, replacing=None)


def attachments(message: str, files: Iterable[SentFile]) -> tuple[Attachment, ...]:
    """Return the *files* of *message* as its agent hears of them."""
    return tuple(
        Attachment(kind=file.kind, name=file.name, size=file.size, ref=f"{message}/{number}")
        for number, file in enumerate(files, 1)
    )


def fetch(items: Items, http: HttpClient, ref: str) -> Fetched:
    """
    Return the file that *ref* names; see `cococat.core.channels.FetchesAttachments`.

    Args:
        items: the messages table.
        http: calls hosts that a caller named, and none that are not public.
        ref: as `attachments` made it.

    """
    message, _, number = ref.partition("/")
    is_ours = is_id(message) and number.isascii() and number.isdecimal()
    item = items.get(message, _sort_key(int(number))) if is_ours else None
    if item is None:
        raise AttachmentRefused("gone")
    if "url" in item:
        return _download(http, item["url"])
    content = base64.b64decode(item["content"])
    return Fetched(content_type=item["content_type"], pieces=(content,))


def _download(http: HttpClient, url: str) -> Fetched:
    request = HttpRequest(method="GET", url=url, max_answer=MAX_SIZE)
    try:
        answer = http.send(request, SECONDS)
    except AddressRefused:
        raise AttachmentRefused("address_refused") from None
    if answer.status in _GONE:
        raise AttachmentRefused("gone")
    if may_pass(answer.status):
        raise PlatformUnreachable(f"HTTP {answer.status}")
    if answer.status != HTTPStatus.OK:
        raise AttachmentRefused("not_given")
    return Fetched(content_type=answer.headers.get("content-type", ""), pieces=(answer.body,))


def _sort_key(number: int) -> str:
    return f"file#{number:04}"


def _file(source: dict[str, Any]) -> SentFile:
    fields.only(source, MEMBERS)
    content, url = fields.text(source, "content", ""), fields.text(source, "url", "")
    if bool(content) == bool(url) or (url and not _URL.fullmatch(url)):
        message = "each of 'attachments' must have 'content' in base64 or an https 'url', not both"
        raise MalformedMessage(message)
    name, content_type = fields.text(source, "name", ""), fields.text(source, "content_type", "")
    if not (name.isprintable() and text.fits(name, MAX_NAME)):
        message = f"'name' may have {MAX_NAME} bytes of printable characters at most"
        raise MalformedMessage(message)
    if content_type and not _TYPE.fullmatch(content_type):
        message = "'content_type' must be a media type, as image/png"
        raise MalformedMessage(message)
    raw = _decoded(content) if content else None
    return SentFile(
        kind=_kind(source, content_type, raw),
        name=name,
        content_type=content_type,
        content=content,
        url=url,
        size=None if raw is None else len(raw),
    )


def _decoded(content: str) -> bytes:
    try:
        raw = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        message = "'content' of each of 'attachments' must be base64"
        raise MalformedMessage(message) from None
    if len(raw) > MAX_CONTENT:
        raise MessageTooLarge
    return raw


def _kind(source: dict[str, Any], content_type: str, raw: bytes | None) -> str:
    """Return the kind of a file: what the caller says, else what its type says."""
    family = (raw and file_types.recognise(raw)) or content_type
    guessed = {"image": "image", "audio": "voice", "video": "video"}.get(family.partition("/")[0])
    kind = fields.text(source, "kind", guessed or "file")
    if kind not in KINDS:
        message = f"'kind' must be one of {', '.join(KINDS)}"
        raise MalformedMessage(message)
    if raw is not None:
        try:
            file_types.check(kind, content_type, raw)
        except AttachmentRefused:
            message = "the file of one of 'attachments' is not of its 'kind'"
            raise MalformedMessage(message) from None
    return kind
