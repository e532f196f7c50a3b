"""What a channel may need beside its own code, named here and wired elsewhere."""

from typing import Protocol

from cococat.core.access_tokens import AccessTokens
from cococat.core.bot_identities import BotIdentities
from cococat.core.http_client import HttpClient
from cococat.core.sealing import CbcCipher
from cococat.core.xml_message import XmlReader


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
    def public_http(self) -> HttpClient:
        """Return what calls hosts that operators and their agents named, if public or allowed."""
        ...

    @property
    def callers_http(self) -> HttpClient:
        """Return what calls hosts that callers named: public ones, whatever is allowed."""
        ...

    @property
    def tokens(self) -> AccessTokens:
        """Return the platforms' access tokens."""
        ...

    @property
    def bots(self) -> BotIdentities:
        """Return who our bots are."""
        ...


class Counters(Protocol):
    """Counts what an operator wants to see over time."""

    def count(self, name: str, **dimensions: str) -> None:
        """Add one to the counter *name* with *dimensions*."""
        ...
