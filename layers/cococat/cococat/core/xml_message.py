"""XML messages of WeChat and WeCom: read through a port, written with nothing that can break."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cococat.core.sealed_callbacks import SealedAnswer
from cococat.core.text import clean

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


type Value = str | int | Mapping[str, Value] | Sequence[Mapping[str, Value]]
"""What we write: a text, a number, elements, or several `item` elements."""


def paths(elements: Elements) -> dict[str, str]:
    """
    Return the texts in *elements* by their paths, as `Content` or `ScanCodeInfo/ScanType`.

    One that has children, or that stands there several times, has an empty text.
    """
    texts: dict[str, str] = {}
    for name, value in elements.items():
        texts[name] = value if isinstance(value, str) else ""
        if isinstance(value, dict):
            texts |= {f"{name}/{path}": text for path, text in paths(value).items()}
    return texts


def write(values: Mapping[str, Value]) -> str:
    """
    Return *values* as `<xml>` with a child for each: numbers plain, text in CDATA.

    Characters that XML 1.0 forbids are left out, and no text can end its section.

    Args:
        values: names of ours, and what they hold.

    """
    return f"<xml>{_children(values)}</xml>"


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


def _children(values: Mapping[str, Value]) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in values.items())


def _content(value: Value) -> str:
    if isinstance(value, str):
        escaped = clean(value).replace("]]>", "]]]]><![CDATA[>")
        return f"<![CDATA[{escaped}]]>"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return _children(value)
    return "".join(f"<item>{_children(each)}</item>" for each in value)
