"""
Files that came with messages to a WeCom (企业微信) bot.

Their address is good for five minutes; what is there is sealed with the callbacks' key alone.
Source: WeCom developer documentation, "Intelligent bot: receiving messages" (100719): AES-256-CBC,
IV the key's first 16 bytes, PKCS#7 to blocks of 32, no frame.
"""

import base64
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from cococat.core.channels import Fetched
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.core.http_client import HttpClient, HttpRequest
from cococat.core.opened_files import MAX_SIZE
from cococat.core.sealing import BLOCK, CbcCipher

SECONDS = 15
HOSTS = (".myqcloud.com", ".weixin.qq.com", ".work.weixin.qq.com", ".qpic.cn")
"""Ends of the hosts that the platform keeps files at."""


def fetch(url: str, http: HttpClient, keys: Sequence[str], cipher: CbcCipher) -> Fetched:
    """
    Return the file at *url*, opened.

    Args:
        url: as it came with the message.
        http: calls hosts that strangers named.
        keys: the bot's EncodingAESKeys.
        cipher: AES.

    Raises:
        AttachmentRefused: it is not there, not any more, or can't be opened.
        PlatformUnreachable: its host could not be asked.

    """
    if not _is_the_platforms(url):
        raise AttachmentRefused("foreign_address")
    answer = http.send(HttpRequest(method="GET", url=url, max_answer=MAX_SIZE + BLOCK), SECONDS)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"HTTP {answer.status}"
        raise PlatformUnreachable(message)
    if answer.status != HTTPStatus.OK:
        raise AttachmentRefused("gone")
    return Fetched(pieces=[_opened(answer.body, keys, cipher)])


def _is_the_platforms(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    plain = parts.scheme == "https" and "@" not in parts.netloc and "\\" not in url
    return plain and host.endswith(HOSTS)


def _opened(sealed: bytes, keys: Sequence[str], cipher: CbcCipher) -> bytes:
    """Return the content of a file, by whichever key opens it."""
    if not sealed or len(sealed) % BLOCK:
        raise AttachmentRefused("unreadable")
    for key in keys:
        raw = base64.b64decode(f"{key}=")
        plain = cipher.decrypt(raw, raw[:16] + sealed)
        count = plain[-1]
        if 1 <= count <= BLOCK and plain.endswith(bytes([count]) * count):
            return plain[:-count]
    raise AttachmentRefused("unreadable")
