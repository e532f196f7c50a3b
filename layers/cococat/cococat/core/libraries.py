"""What a channel may need beside its own code, named here and wired elsewhere."""

from typing import Protocol

from cococat.core.access_tokens import AccessTokens
from cococat.core.sealing import CbcCipher
from cococat.core.xml_message import XmlReader


class HttpClient(Protocol):
    """Calls platforms."""

    def post_json(self, url: str, body: bytes, seconds: float) -> bytes:
        """
        Post *body*, JSON in UTF-8, and return the answer's body.

        Raises:
            PlatformUnreachable: there was no answer in *seconds*, or not a good one.

        """
        ...


class Libraries(Protocol):
    """Third-party code, imported when it is first asked for."""

    @property
    def cipher(self) -> CbcCipher:
        """Return AES in CBC mode."""
        ...

    @property
    def xml(self) -> XmlReader:
        """Return the reader of strangers' XML."""
        ...

    @property
    def http(self) -> HttpClient:
        """Return what calls platforms."""
        ...

    @property
    def tokens(self) -> AccessTokens:
        """Return the platforms' access tokens."""
        ...


class Counters(Protocol):
    """Counts what an operator wants to see over time."""

    def count(self, name: str, **dimensions: str) -> None:
        """Add one to the counter *name* with *dimensions*."""
        ...
