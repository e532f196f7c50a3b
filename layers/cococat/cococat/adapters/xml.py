"""
XML from strangers, by expat, refused where defusedxml refuses; see `core.xml_message.XmlReader`.

The trees that defusedxml builds cost more than all else in a callback, so its refusals of a DTD,
of entities and of references are set on a parser of our own. Even that takes long beside the
rest of a door, so the plainest of documents, which most callbacks are, are only taken apart:
elements of ASCII names without attributes, one beside the other, whose texts hold no sign that
means anything in XML.
"""

import re
from typing import Any
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from cococat.core.errors import MalformedMessage
from cococat.core.xml_message import Elements

ROOT = "xml"
MAX_DEPTH = 8
MAX_ELEMENTS = 500

type _Value = str | Elements

_PLAIN = r"[^<>&\]\x00-\x08\x0b-\x1f\ufffe\uffff]*+"
# The third group is the text, in a CDATA section where the second is there.
_ELEMENT = re.compile(rf"<([A-Za-z]\w*+)>(<!\[CDATA\[)?+({_PLAIN})(?(2)\]\]>)</\1>", re.ASCII)


class DefusedXml:
    """Reads XML messages; no DTD, no entities, UTF-8 alone."""

    def __init__(self) -> None:
        refusals = DefusedXMLParser(target=object(), forbid_dtd=True)
        self._handlers: dict[str, Any] = {
            "StartDoctypeDeclHandler": refusals.defused_start_doctype_decl,
            "EntityDeclHandler": refusals.defused_entity_decl,
            "UnparsedEntityDeclHandler": refusals.defused_unparsed_entity_decl,
            "ExternalEntityRefHandler": refusals.defused_external_entity_ref_handler,
        }

    def read(self, body: bytes) -> dict[str, str]:
        """
        Return the texts of the root's children by their names; one with children has none.

        Raises:
            MalformedMessage: it is not such a message; see `XmlReader.read`.

        """
        found = self.nested(body)
        return {name: value if isinstance(value, str) else "" for name, value in found.items()}

    def nested(self, body: bytes) -> Elements:
        """
        Return the root's children by their names, with what is in them.

        Raises:
            MalformedMessage: it is not such a message; see `XmlReader.nested`.

        """
        try:
            # As text, so that no encoding that the document names is ever used.
            document = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedMessage("not XML in UTF-8 without a DTD") from error
        return _plain(document) or self._parsed(document)

    def _parsed(self, document: str) -> Elements:
        reading = _Reading()
        # One character that no name has parts a namespace from its name, as in ElementTree.
        parser = expat.ParserCreate("utf-8", "}")
        parser.buffer_text = True
        parser.StartElementHandler = reading.start
        parser.EndElementHandler = reading.end
        parser.CharacterDataHandler = reading.text
        for name, handler in self._handlers.items():
            setattr(parser, name, handler)
        try:
            parser.Parse(document, True)  # noqa: FBT003 - the parser's own
        except (expat.ExpatError, DefusedXmlException) as error:
            raise MalformedMessage("not XML in UTF-8 without a DTD") from error
        return reading.found


def _plain(document: str) -> Elements | None:
    """Return the elements of a document of the plainest kind; None for every other one."""
    pieces = _ELEMENT.split(document)
    if pieces[0] != f"<{ROOT}>" or pieces[-1] != f"</{ROOT}>" or any(pieces[4:-1:4]):
        return None  # there is something between the elements
    names = pieces[1::4]
    found: Elements = dict(zip(names, pieces[3::4], strict=True))
    return found if len(found) == len(names) <= MAX_ELEMENTS else None


class _Reading:
    """
    The elements of one document, as far as it is read.

    Attributes:
        found: the root's children.

    """

    __slots__ = ("_around", "_count", "_inside", "_text", "found")

    def __init__(self) -> None:
        self.found: Elements = {}
        self._inside = self.found  # what the element that is open has in it so far
        self._around: list[Elements] = []  # the same of those around it
        self._text = ""  # of the element that is open, while it has no children
        self._count = -1  # the root is none

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        depth = len(self._around)
        if depth == 0 and tag != ROOT:
            raise MalformedMessage("the root element is not <xml>")
        if self._count > MAX_ELEMENTS or depth > MAX_DEPTH:
            raise MalformedMessage("too many elements, or too deep ones")
        self._around.append(self._inside)
        self._inside = self.found if depth == 0 else {}
        self._text = ""

    def text(self, data: str) -> None:
        self._text += data

    def end(self, tag: str) -> None:
        value: _Value = self._inside or self._text
        self._text = ""
        self._inside = around = self._around.pop()
        if not self._around:  # it was the root
            return
        if tag not in around:
            around[tag] = value
        elif len(self._around) == 1:
            raise MalformedMessage("an element stands twice")
        else:
            _add(around, tag, value)


def _add(elements: Elements, tag: str, value: _Value) -> None:
    """Let *tag* be a list in *elements*, with *value* as its last."""
    earlier = elements[tag]
    if isinstance(earlier, list):
        earlier.append(value)
    else:
        elements[tag] = [earlier, value]
