"""
What the contract tests need to know of a channel.

A new channel is one more file like `web_api_case.py` and one more element of `CASES`.
"""

from typing import Any, Protocol, runtime_checkable

from cococat.core.channels import Channel
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.http import Request
from cococat.simulators.transport import Transport
from tests.contract.discord_case import DISCORD
from tests.contract.feishu_case import FEISHU, FEISHU_BY_LARK
from tests.contract.telegram_case import TELEGRAM
from tests.contract.web_api_case import WebApiCase
from tests.contract.wechat_case import WECHAT, WECHAT_BY_WECHATPY
from tests.contract.weixin_case import WEIXIN
from tests.support.clock import FakeClock
from tests.support.network import Network


class Platform(Protocol):
    """One account on a platform's other side: its simulator and what its users see."""

    def deliver(self, user: str, text: str) -> None:
        """
        Bring *text* of *user* to us.

        The same text of the same user is the same message, delivered once more.
        """
        ...

    def deliver_image(self, user: str, content: bytes) -> None:
        """Bring a picture of *user* to us, or what is sent as one."""
        ...

    def acknowledged(self) -> list[bool]:
        """Tell of each delivery, in their order, whether it was acknowledged."""
        ...

    def heard(self, user: str) -> list[str]:
        """Return the replies that *user* has got, in the order of the messages."""
        ...

    def kinds(self, user: str) -> list[str]:
        """Return what each of them is: text, markdown, card, image or file."""
        ...

    def drafts(self, user: str) -> list[str]:
        """Return what *user* has seen of answers before they were whole."""
        ...


class ChannelCase(Protocol):
    """
    One channel type.

    Attributes:
        channel_type: its name.
        title: what the tests call it.
        resend_safe: whether a reply may be sent twice.
        in_place: whether a reply that is in time goes into the response to the platform's own
            request.
        tries: how often its door writes into a mailbox that does not take a message.

    """

    channel_type: str
    title: str
    resend_safe: bool
    in_place: bool
    tries: int

    def config(self, scene: str) -> dict[str, Any]:
        """Return what is not secret of the config of *scene*'s entry."""
        ...

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return what is."""
        ...

    def find(self, directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
        """Return the channel that *request* is for, as the channel's door does."""
        ...

    def bad_requests(self, scene: str) -> dict[str, tuple[Request, int]]:
        """Return requests that must be refused, and the status of each."""
        ...


@runtime_checkable
class CallingCase(Protocol):
    """A channel whose platform calls us."""

    def platform(
        self, scene: str, transport: Transport, clock: FakeClock, network: Network
    ) -> Platform:
        """
        Return the platform's side of *scene*'s entry.

        Args:
            scene: the scene.
            transport: the way to our door.
            clock: the time.
            network: where the platform's API is to be found, if it has one.

        """
        ...


@runtime_checkable
class ListeningCase(Protocol):
    """A channel that listens to its platform."""

    def listening(self, channel: Channel, clock: FakeClock, network: Network) -> Platform:
        """
        Return the platform's side of *channel*.

        Args:
            channel: ready for use.
            clock: the time.
            network: where the platform's API is to be found.

        """
        ...


CASES: list[ChannelCase] = [
    WebApiCase(),
    WECHAT,
    WECHAT_BY_WECHATPY,
    *WEIXIN,
    FEISHU,
    FEISHU_BY_LARK,
    TELEGRAM,
    DISCORD,
]
ON_MOTO = ("web_api", "wechat", "telegram")
"""
Titles of those that the quick choice of tests runs on moto, too: one whose answers are fetched,
one that answers in place, one that sends. What another channel does in memory it does on moto;
`--full` shows it for each.
"""
