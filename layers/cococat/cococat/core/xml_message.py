"""XML messages of WeChat and WeCom: read through a port, written with nothing that can break."""

from collections.abc import Mapping
from typing import Protocol

MAX_BODY = 64 * 1024
"""Bytes of a callback: a legal one has under 10 KiB, compatible mode triples that."""


class XmlReader(Protocol):
    """Reads XML from strangers."""

    def read(self, body: bytes) -> dict[str, str]:
        """
        Return the texts of the root's children by their names.

        Raises:
            MalformedMessage: it is not flat XML in UTF-8, has a DTD, or an element twice.

        """
        ...


def write(values: Mapping[str, str | int]) -> str:
    """
    Return *values* as `<xml>` with a child for each: numbers plain, text in CDATA.

    Args:
        values: names of ours; texts have no character that XML 1.0 forbids.

    """
    children = "".join(f"<{name}>{_content(value)}</{name}>" for name, value in values.items())
    return f"<xml>{children}</xml>"


def _content(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{escaped}]]>"
