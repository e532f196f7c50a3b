"""
Fetching files that came with Discord messages.

Their addresses are signed and end within a day, so none is kept: the message is read again, and
has fresh ones. Source: Discord API documentation, "Get Channel Message", "Signed attachment CDN
URLs".
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from cococat.core import fields
from cococat.core.channels import Fetched
from cococat.core.discord_api import SECONDS, DiscordApi
from cococat.core.discord_content import Json
from cococat.core.errors import (
    AttachmentRefused,
    MalformedMessage,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpRequest
from cococat.core.opened_files import MAX_SIZE

HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})

_REF = re.compile(r"([0-9]{1,20})/([0-9]{1,20})/([0-9]{1,20})", re.ASCII)
_GONE = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def fetch(api: DiscordApi, ref: str) -> Fetched:
    """Return the file that *ref* names; see `cococat.core.channels.FetchesAttachments`."""
    match = _REF.fullmatch(ref)
    if match is None:
        raise AttachmentRefused("ref_refused")
    channel, message, attachment = match.groups()
    url = _address(api, f"/channels/{channel}/messages/{message}", attachment)
    request = HttpRequest(method="GET", url=url, max_answer=MAX_SIZE)
    answer = api.http.send(request, SECONDS)
    if answer.status in _GONE:
        raise AttachmentRefused("gone")
    if answer.status != HTTPStatus.OK:
        raise PlatformUnreachable(f"HTTP {answer.status}")
    return Fetched(content_type=answer.headers.get("content-type", ""), pieces=(answer.body,))


def _address(api: DiscordApi, path: str, attachment: str) -> str:
    answer = api.call("GET", path)
    if answer.status in _GONE:
        raise AttachmentRefused("gone")
    if answer.status != HTTPStatus.OK:
        raise PlatformUnreachable(f"Discord answers with HTTP {answer.status}")
    try:
        for each in _attachments(fields.parse_object(answer.body)):
            if each.get("id") == attachment:
                return _checked(fields.text(each, "url"), api.base)
    except MalformedMessage as error:
        raise PlatformUnreachable("Discord's answer can't be read") from error
    raise AttachmentRefused("gone")


def _attachments(message: Json) -> Iterator[Json]:
    """Yield the attachments of *message*, and of what it forwards."""
    yield from fields.objects(message, "attachments")
    for snapshot in fields.objects(message, "message_snapshots"):
        yield from fields.objects(fields.mapping(snapshot, "message"), "attachments")


def _checked(url: str, base: str) -> str:
    """Return *url* where it is one of the platform's, or of the host that stands in for it."""
    parts = urlsplit(url)
    is_platforms = parts.scheme == "https" and parts.netloc in HOSTS
    if not (is_platforms or (parts.scheme, parts.netloc) == urlsplit(base)[:2]):
        raise AttachmentRefused("address_refused")
    return url
