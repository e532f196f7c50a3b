"""The files in an answer: their bytes, from wherever the agent says that they are."""

import base64
import binascii
from http import HTTPStatus

from cococat.core import file_types
from cococat.core.errors import (
    AddressRefused,
    AnswerTooLong,
    AttachmentRefused,
    DeliveryDelayed,
    DeliveryFailed,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpClient, HttpRequest, may_pass
from cococat.core.messages import ReplyFile

SECONDS = 10
TOO_LARGE = "file_too_large"


def content_of(file: ReplyFile, http: HttpClient, limit: int) -> tuple[bytes, str]:
    """
    Return the bytes of *file* and its media type.

    Args:
        file: the file; what says to be an image has to be one.
        http: calls hosts that strangers named.
        limit: bytes that the platform takes.

    Raises:
        DeliveryFailed: there is no such file, it is larger, or no image.
        DeliveryDelayed: its host could not be asked.

    """
    content = _inline(file) if file.source.startswith("data:") else _fetched(file, http, limit)
    if len(content) > limit:
        raise DeliveryFailed(TOO_LARGE)
    try:
        return content, file_types.check(file.kind, "", content)
    except AttachmentRefused as error:
        raise DeliveryFailed(f"file_{error.code}") from error


def _inline(file: ReplyFile) -> bytes:
    try:
        return base64.b64decode(file.source.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise DeliveryFailed("file_unreadable") from error


def _fetched(file: ReplyFile, http: HttpClient, limit: int) -> bytes:
    request = HttpRequest(method="GET", url=file.source, max_answer=limit)
    try:
        answer = http.send(request, SECONDS)
    except AnswerTooLong as error:
        raise DeliveryFailed(TOO_LARGE) from error
    except AddressRefused as error:
        raise DeliveryFailed("file_address_refused") from error
    except PlatformUnreachable as error:
        raise DeliveryDelayed("file_unreachable") from error
    if may_pass(answer.status):
        raise DeliveryDelayed("file_unreachable")
    if answer.status != HTTPStatus.OK:
        raise DeliveryFailed("file_not_found")
    return answer.body
