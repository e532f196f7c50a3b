"""What doors and workers share: clients, tables and channels, each made once a process."""

from functools import cache, cached_property
from typing import TYPE_CHECKING

from cococat import settings
from cococat.aws import clients, logs
from cococat.aws.channels_table import ChannelsTable
from cococat.aws.messages_table import MessagesTable
from cococat.aws.metrics import EmbeddedMetrics
from cococat.aws.queues import SqsMailbox
from cococat.aws.secrets import Secrets
from cococat.aws.tallies import TallyTable
from cococat.core.channels import Channel, Wiring, channel_class
from cococat.core.clock import SystemClock
from cococat.core.directory import ChannelBinding
from cococat.core.http_client import HttpClient
from cococat.core.scene_router import SceneRouter
from cococat.core.sealing import CbcCipher
from cococat.core.xml_message import XmlReader

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from cococat.core.access_tokens import AccessTokens
    from cococat.core.bot_identities import BotIdentities
    from cococat.core.channel_status import PlatformEvent
    from cococat.core.ids import ChannelAddress

CLOCK = SystemClock()
MOST_CHANNELS = 256


@cache
def environment() -> settings.Settings:
    """Return the function's settings, and start its log."""
    logs.start()
    return settings.from_environment()


def aws() -> "Session":
    """Return the session from which every client is made."""
    return clients.session(settings.region())


@cache
def sqs() -> "SQSClient":
    """Return the SQS client."""
    return aws().client("sqs", config=clients.CONFIG)


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the DynamoDB client."""
    return aws().client("dynamodb", config=clients.CONFIG)


@cache
def secrets() -> Secrets:
    """Return the stack's secrets."""
    client = aws().client("secretsmanager", config=clients.CONFIG)
    return Secrets(client, CLOCK)


@cache
def messages() -> MessagesTable:
    """Return the messages table."""
    return MessagesTable(dynamodb(), environment().messages_table, CLOCK)


@cache
def directory() -> ChannelsTable:
    """Return the channels that there are."""
    return ChannelsTable(dynamodb(), environment().channels_table, secrets=secrets(), clock=CLOCK)


@cache
def access_tokens() -> "AccessTokens":
    """Return the platforms' access tokens, which all processes share."""
    from cococat.aws.items_table import ItemsTable
    from cococat.core.access_tokens import AccessTokens

    return AccessTokens(ItemsTable(dynamodb(), environment().channels_table, CLOCK), CLOCK)


@cache
def bot_identities() -> "BotIdentities":
    """Return who our bots are, which all processes share."""
    from cococat.aws.items_table import ItemsTable
    from cococat.core.bot_identities import BotIdentities

    return BotIdentities(ItemsTable(dynamodb(), environment().channels_table, CLOCK), CLOCK)


@cache
def channels() -> "WiredChannels":
    """Return what makes channels ready."""
    return WiredChannels(SceneRouter(mailbox=SqsMailbox(sqs()), clock=CLOCK), messages())


class InstalledLibraries:
    """Third-party code for channels; see `cococat.core.libraries.Libraries`."""

    @cached_property
    def cipher(self) -> CbcCipher:
        """Return AES in CBC mode."""
        from cococat.adapters.aes import AesCbc

        return AesCbc()

    @cached_property
    def xml(self) -> XmlReader:
        """Return the reader of strangers' XML."""
        from cococat.adapters.xml import DefusedXml

        return DefusedXml()

    @cached_property
    def http(self) -> HttpClient:
        """Return what calls platforms."""
        from cococat.adapters.http import RequestsClient

        return RequestsClient()

    @cached_property
    def public_http(self) -> HttpClient:
        """
        Return what calls hosts that operators and their agents named, if public or allowed.

        An agent is the operator's own program, so the operator's list holds for its files too.
        """
        from cococat.adapters.public_http import PublicHttpClient

        return PublicHttpClient(allowed_hosts=environment().allowed_hosts)

    @cached_property
    def callers_http(self) -> HttpClient:
        """Return what calls hosts that callers named: public ones, whatever is allowed."""
        from cococat.adapters.public_http import PublicHttpClient

        return PublicHttpClient(allowed_hosts=frozenset())

    @property
    def tokens(self) -> "AccessTokens":
        """Return the platforms' access tokens."""
        return access_tokens()

    @property
    def bots(self) -> "BotIdentities":
        """Return who our bots are."""
        return bot_identities()


@cache
def libraries() -> InstalledLibraries:
    """Return the libraries, none of them imported yet."""
    return InstalledLibraries()


class ChannelEvents:
    """`cococat.core.channel_status.NotesEvents`; what it takes is imported when there is one."""

    def note_event(self, address: "ChannelAddress", event: "PlatformEvent") -> None:
        """Keep *event*; see `NotesEvents`."""
        from cococat.aws.observations import ObservationTable

        ObservationTable(dynamodb(), environment().channels_table).note_event(address, event)


class WiredChannels:
    """
    Makes channels ready; see `cococat.core.channels.Channels`.

    Args:
        router: takes their messages.
        items: the messages table.

    """

    def __init__(self, router: SceneRouter, items: MessagesTable) -> None:
        self._router = router
        self._items = items
        self._made: dict[ChannelAddress, tuple[ChannelBinding, Channel]] = {}

    def bind(self, binding: ChannelBinding) -> Channel:
        """Return the channel of *binding*, started; the same as before for the same binding."""
        known = self._made.get(binding.address)
        if known is not None and known[0] is binding:
            return known[1]
        if len(self._made) >= MOST_CHANNELS:
            self._made.clear()
        made = self._make(binding)
        self._made[binding.address] = binding, made
        return made

    def _make(self, binding: ChannelBinding) -> Channel:
        wiring = Wiring(
            binding=binding,
            router=self._router,
            items=self._items,
            clock=CLOCK,
            libraries=libraries(),
            counters=EmbeddedMetrics(),
            tallies=TallyTable(dynamodb(), environment().messages_table),
            events=ChannelEvents(),
        )
        made = channel_class(binding.address.channel)(wiring)
        made.start(binding.scene_id, binding.config)
        return made
