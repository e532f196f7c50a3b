"""
Uploads as forms: `multipart/form-data`.

Source: RFC 7578; file names as the WHATWG HTML standard writes them ("Multipart form data"): raw
UTF-8, with only the quotation mark and line ends escaped. No platform reads RFC 2231's `filename*`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

_ESCAPES = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """
    A file in a form.

    Attributes:
        key: the field that it is in.
        name: the file's name.
        content_type: what it is.
        content: its bytes.

    """

    key: str
    name: str
    content_type: str = "application/octet-stream"
    content: bytes = field(repr=False)


def form(values: Mapping[str, str], *files: FormFile) -> tuple[bytes, str]:
    """Return a form with *values* and *files*: its body, and its content type."""
    boundary = secrets.token_hex(16)
    parts = [_part(boundary, f'name="{_escaped(name)}"', value) for name, value in values.items()]
    for each in files:
        named = f'name="{_escaped(each.key)}"; filename="{_escaped(each.name)}"'
        parts.append(_part(boundary, named, each.content, each.content_type))
    body = b"".join([*parts, f"--{boundary}--\r\n".encode("ascii")])
    return body, f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, named: str, content: str | bytes, content_type: str = "") -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {named}\r\n"
    head += f"Content-Type: {content_type}\r\n\r\n" if content_type else "\r\n"
    raw = content.encode("utf-8") if isinstance(content, str) else content
    return head.encode("utf-8") + raw + b"\r\n"


def _escaped(name: str) -> str:
    return name.translate(_ESCAPES)
