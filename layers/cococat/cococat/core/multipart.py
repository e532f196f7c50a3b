"""
Forms with a file, as `multipart/form-data`.

Source: RFC 7578; names are quoted as WHATWG HTML does, "Multipart form data".
"""

import uuid
from collections.abc import Mapping

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def encode(
    values: Mapping[str, str], name: str, file_name: str, content: bytes
) -> tuple[str, bytes]:
    """
    Return the content type and the body of a form.

    Args:
        values: its texts by their names, which stand before the file.
        name: the file's field.
        file_name: what the file is called.
        content: its bytes.

    """
    # Random, so that no content can hold it but by an accident that never happens.
    boundary = f"form-{uuid.uuid4().hex}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{value}\r\n'
        for key, value in values.items()
    ]
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{_quoted(name)}"; '
        f'filename="{_quoted(file_name)}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    before = ("".join(parts) + head).encode("utf-8")
    body = before + content + f"\r\n--{boundary}--\r\n".encode("ascii")
    return f"multipart/form-data; boundary={boundary}", body


def _quoted(text: str) -> str:
    return text.translate(_QUOTED)
