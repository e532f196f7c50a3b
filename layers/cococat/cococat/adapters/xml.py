"""XML from strangers, by defusedxml; see `cococat.core.xml_message.XmlReader`."""

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from cococat.core.errors import MalformedMessage

ROOT = "xml"


class DefusedXml:
    """Reads flat XML messages; no DTD, no entities, UTF-8 alone."""

    def read(self, body: bytes) -> dict[str, str]:
        """
        Return the texts of the root's children by their names; one with children has none.

        Raises:
            MalformedMessage: it is not such a message, or an element stands in it twice.

        """
        try:
            # As text, so that no encoding that the document names is ever used.
            root = fromstring(body.decode("utf-8"), forbid_dtd=True)
        except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError) as error:
            raise MalformedMessage("not XML in UTF-8 without a DTD") from error
        if root.tag != ROOT:
            raise MalformedMessage("the root element is not <xml>")
        texts: dict[str, str] = {}
        for child in root:
            if child.tag in texts:
                raise MalformedMessage("an element stands twice")
            texts[child.tag] = child.text or ""
        return texts
