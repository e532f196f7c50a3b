"""What channels need beside their own code: the real libraries, and counters that can be read."""

from collections.abc import Mapping
from functools import cached_property

from cococat.adapters.aes import AesCbc
from cococat.adapters.http import RequestsClient
from cococat.adapters.public_http import PublicHttpClient
from cococat.adapters.xml import DefusedXml
from cococat.core.access_tokens import AccessTokens
from cococat.core.bot_identities import BotIdentities
from cococat.core.clock import SystemClock
from cococat.core.http_client import HttpClient
from tests.support.items import MemoryItems


class RealLibraries:
    """`cococat.core.libraries.Libraries` with the same libraries as in the cloud."""

    @cached_property
    def cipher(self) -> AesCbc:
        """Return AES in CBC mode."""
        return AesCbc()

    @cached_property
    def xml(self) -> DefusedXml:
        """Return the reader of strangers' XML."""
        return DefusedXml()

    @cached_property
    def http(self) -> HttpClient:
        """Return what calls platforms."""
        return RequestsClient()

    @cached_property
    def public_http(self) -> HttpClient:
        """Return what calls hosts that operators named; this machine is one of them here."""
        return PublicHttpClient(allowed_hosts=frozenset({"127.0.0.1"}))

    @cached_property
    def callers_http(self) -> HttpClient:
        """Return what calls hosts that callers named."""
        return PublicHttpClient(allowed_hosts=frozenset())

    @cached_property
    def tokens(self) -> AccessTokens:
        """Return access tokens of these libraries' own."""
        clock = SystemClock()
        return AccessTokens(MemoryItems(clock), clock)

    @cached_property
    def bots(self) -> BotIdentities:
        """Return bots of these libraries' own."""
        clock = SystemClock()
        return BotIdentities(MemoryItems(clock), clock)


class ListedCounters:
    """
    `cococat.core.libraries.Counters` in memory.

    Attributes:
        counted: each count: its name and its dimensions.

    """

    def __init__(self) -> None:
        self.counted: list[tuple[str, dict[str, str]]] = []

    def count(self, name: str, **dimensions: str) -> None:
        """Note one more."""
        self.counted.append((name, dimensions))


class KeptGauges:
    """
    `cococat.core.keeper_figures.Gauges` in memory.

    Attributes:
        shown: the figures as they were shown last.

    """

    def __init__(self) -> None:
        self.shown: dict[str, float] = {}

    def show(self, figures: Mapping[str, float]) -> None:
        """Keep them."""
        self.shown = dict(figures)
