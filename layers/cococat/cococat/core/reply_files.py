"""The bytes of a file in an answer: those it holds itself, or those at its address."""

import base64
import binascii
from dataclasses import dataclass, field

from cococat.core import file_types
from cococat.core.errors import (
    AddressRefused,
    AnswerTooLong,
    DeliveryDelayed,
    DeliveryFailed,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpClient, HttpRequest
from cococat.core.messages import ReplyFile

SECONDS = 10
"""Seconds that fetching a file may take to connect, and between two pieces of it."""
OK, SERVER_ERROR = 200, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFile:
    """
    A file that is to be sent.

    Attributes:
        name: its name, with the ending that tells what it is.
        content_type: what it is by its first bytes; `application/octet-stream` for anything.
        content: its bytes.

    """

    name: str
    content_type: str
    content: bytes = field(repr=False)

    @property
    def is_image(self) -> bool:
        """Tell whether it is a picture, whatever the agent calls it."""
        return self.content_type.startswith("image/")


def load(file: ReplyFile, http: HttpClient, limit: int) -> LoadedFile:
    """
    Return *file* with its bytes.

    Args:
        file: it, or where it is.
        http: fetches from public addresses, and from no others.
        limit: bytes that the platform takes at most.

    Raises:
        DeliveryFailed: it is too large, it is not there, or its address is not public.
        DeliveryDelayed: its server can't be reached just now.

    """
    content = _held(file.source) if file.source.startswith("data:") else _fetched(file, http, limit)
    if len(content) > limit:
        raise DeliveryFailed("file_too_large")
    content_type = file_types.recognise(content) or file_types.UNKNOWN
    return LoadedFile(name=file.name, content_type=content_type, content=content)


def _held(source: str) -> bytes:
    try:
        return base64.b64decode(source.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise DeliveryFailed("file_unreadable") from error


def _fetched(file: ReplyFile, http: HttpClient, limit: int) -> bytes:
    request = HttpRequest(method="GET", url=file.source, max_answer=limit)
    try:
        answer = http.send(request, SECONDS)
    except AddressRefused:
        raise DeliveryFailed("file_address_refused") from None
    except AnswerTooLong:
        raise DeliveryFailed("file_too_large") from None
    except PlatformUnreachable:
        # To fetch it again does no harm, even where an answer got lost.
        raise DeliveryDelayed("file_unreachable") from None
    if answer.status >= SERVER_ERROR:
        raise DeliveryDelayed("file_unreachable")
    if answer.status != OK:
        raise DeliveryFailed("file_not_found")
    return answer.body
