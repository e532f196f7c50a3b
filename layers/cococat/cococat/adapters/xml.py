"""XML from strangers, by defusedxml; see `cococat.core.xml_message.XmlReader`."""

from collections.abc import Iterator
from typing import Protocol

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from cococat.core.errors import MalformedMessage
from cococat.core.xml_message import Elements

ROOT = "xml"
MAX_DEPTH = 8
MAX_ELEMENTS = 500


class DefusedXml:
    """Reads XML messages; no DTD, no entities, UTF-8 alone."""

    def read(self, body: bytes) -> dict[str, str]:
        """
        Return the texts of the root's children by their names; one with children has none.

        Raises:
            MalformedMessage: it is not such a message, or an element stands in it twice.

        """
        return {child.tag: child.text or "" for child in _children(body)}

    def nested(self, body: bytes) -> Elements:
        """
        Return the root's children by their names, with what is in them.

        Raises:
            MalformedMessage: it is not such a message; see `XmlReader.nested`.

        """
        budget = _Budget()
        return {child.tag: _value(child, budget, 1) for child in _children(body)}


class _Element(Protocol):
    """An element as ElementTree has it."""

    tag: str
    text: str | None

    def __iter__(self) -> Iterator["_Element"]: ...

    def __len__(self) -> int: ...


class _Budget:
    """How many elements a message may still have."""

    def __init__(self) -> None:
        self._left = MAX_ELEMENTS

    def spend(self) -> None:
        """Take one element, or refuse the message."""
        self._left -= 1
        if self._left < 0:
            raise MalformedMessage("too many elements")


def _children(body: bytes) -> list[_Element]:
    """Return the root's children; each name stands once."""
    try:
        # As text, so that no encoding that the document names is ever used.
        root = fromstring(body.decode("utf-8"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError) as error:
        raise MalformedMessage("not XML in UTF-8 without a DTD") from error
    if root.tag != ROOT:
        raise MalformedMessage("the root element is not <xml>")
    children: list[_Element] = list(root)
    if len({child.tag for child in children}) != len(children):
        raise MalformedMessage("an element stands twice")
    return children


def _value(element: _Element, budget: _Budget, depth: int) -> str | Elements:
    budget.spend()
    if len(element) == 0:
        return element.text or ""
    if depth == MAX_DEPTH:
        raise MalformedMessage("elements too deep")
    found: Elements = {}
    for child in element:
        value = _value(child, budget, depth + 1)
        earlier = found.get(child.tag)
        if earlier is None:
            found[child.tag] = value
        elif isinstance(earlier, list):
            earlier.append(value)
        else:
            found[child.tag] = [earlier, value]
    return found
