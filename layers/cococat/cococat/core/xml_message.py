"""XML messages of WeChat and WeCom: read through a port, written with nothing that can break."""

from collections.abc import Mapping
from typing import Protocol

from cococat.core.sealed_callbacks import SealedAnswer

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

    def nested(self, body: bytes) -> "Elements":
        """
        Return the root's children by their names, with what is in them.

        An element has its text, or its own children; one that stands several times inside
        another is a list, in order.

        Raises:
            MalformedMessage: it is not XML in UTF-8, has a DTD, a child of the root stands in
                it twice, or it has too many elements or too deep ones.

        """
        ...


type Elements = dict[str, str | Elements | list[str | Elements]]
"""Elements of a message: name -> text, children, or several of either."""


def write(values: Mapping[str, str | int]) -> str:
    """
    Return *values* as `<xml>` with a child for each: numbers plain, text in CDATA.

    Args:
        values: names of ours; texts have no character that XML 1.0 forbids.

    """
    children = "".join(f"<{name}>{_content(value)}</{name}>" for name, value in values.items())
    return f"<xml>{children}</xml>"


def write_sealed(answer: SealedAnswer) -> str:
    """Return *answer* as WeChat and WeCom want it in XML."""
    return write(
        {
            "Encrypt": answer.encrypt,
            "MsgSignature": answer.signature,
            "TimeStamp": int(answer.timestamp),
            "Nonce": answer.nonce,
        }
    )


def _content(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{escaped}]]>"
