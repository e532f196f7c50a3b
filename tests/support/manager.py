"""A ChannelManager with all that it works with in memory, and a platform that judges tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cococat.core.channel_manager import ChannelManager
from cococat.core.channels import Channel
from cococat.core.errors import ConfigError, CredentialsRefused, PlatformUnreachable
from cococat.core.ids import ChannelAddress
from cococat.core.manager_context import ChannelView
from cococat.core.wishes import Wish
from tests.support.channels import PlainChannel
from tests.support.clock import FakeClock
from tests.support.wishes import MemoryObservations, MemoryWishes

APP_ID = "wx0123456789abcdef"
ALLOWED_HOST = "https://api.example.org"


@dataclass
class Platform:
    """
    What a platform says of an account's token.

    Attributes:
        says: token -> proven, refused, unreachable, broken; any other can't be proven yet.
        asked: the tokens that it was asked about, in order.
        meanwhile: what happens elsewhere before its next answers, one each.

    """

    says: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def judge(self, token: str) -> bool:
        """Tell whether *token* is proven good."""
        self.asked.append(token)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        match self.says.get(token):
            case "refused":
                raise CredentialsRefused("invalid_token", "The platform refuses the token.")
            case "unreachable":
                raise PlatformUnreachable
            case "broken":
                raise KeyError(token)
            case said:
                return said == "proven"


class JudgedChannel(PlainChannel):
    """A channel whose platform can be asked about its token."""

    def __init__(self, platform: Platform, wish: Wish) -> None:
        super().__init__()
        self._platform = platform
        self._token = str(wish.secrets["token"])

    def check_credentials(self) -> bool:
        """Ask the platform."""
        return self._platform.judge(self._token)


class MemoryContext:
    """
    `cococat.core.manager_context.ManagerContext` in memory.

    Attributes:
        platform: judges the tokens of wechat channels; nobody judges others.
        made: the channels that were made: address and generation.
        mailboxes: the agents whose mailboxes were made.

    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.wishes = MemoryWishes()
        self.observations = MemoryObservations()
        self.platform = Platform()
        self.made: list[tuple[ChannelAddress, int]] = []
        self.mailboxes: list[str] = []

    def agent_of(self, address: ChannelAddress) -> str:
        """Return the agent that is named like the target."""
        return address.target_id

    def mailbox_of(self, agent: str) -> str:
        """Return a made-up URL; there is no agent called nobody."""
        if agent == "nobody":
            raise ConfigError("request: $.target_id: an agent that there is")
        self.mailboxes.append(agent)
        return f"queue://{agent}"

    def instance(self, wish: Wish, generation: int) -> Channel:
        """Return a channel that the platform judges, or a plain one."""
        self.made.append((wish.address, generation))
        if wish.address.channel == "wechat":
            return JudgedChannel(self.platform, wish)
        return PlainChannel()

    def is_allowed_host(self, url: str) -> bool:
        """Tell whether *url* is below the only allowed one."""
        return url.startswith(ALLOWED_HOST)


class Office:
    """An operator with a manager: every call is about a wechat channel of the scene `shop`."""

    def __init__(self, ctx: MemoryContext | None = None) -> None:
        self.ctx = ctx or MemoryContext()
        self.manager = ChannelManager()

    def connect(
        self, token: str, *, name: str = "", generation: int | None = None, **config: object
    ) -> ChannelView:
        """Want the channel with *token*."""
        whole: dict[str, object] = {"app_id": APP_ID, "token": token} | config
        return self.manager.connect(
            "scene", "shop", "wechat", whole, self.ctx, name=name, generation=generation
        )

    def disconnect(self, *, name: str = "", generation: int | None = None) -> None:
        """Want the channel no more."""
        self.manager.disconnect(
            "scene", "shop", "wechat", self.ctx, name=name, generation=generation
        )

    def find(self, *, name: str = "") -> ChannelView:
        """Return the channel."""
        return self.manager.find("scene", "shop", "wechat", self.ctx, name=name)

    def token(self, *, name: str = "wechat") -> str | None:
        """Return the token of the channel that is wanted, if one is."""
        stored = self.ctx.wishes.kept.get(shop(name))
        return None if stored is None else stored.wish.secrets.get("token")


def shop(name: str = "wechat") -> ChannelAddress:
    """Return the address of a wechat channel of the scene `shop`."""
    return ChannelAddress(target_type="scene", target_id="shop", channel="wechat", name=name)


def an_office() -> Office:
    """Return an office before a platform that knows five tokens."""
    office = Office()
    office.ctx.platform.says = {
        "good": "proven",
        "good2": "proven",
        "bad": "refused",
        "down": "unreachable",
        "odd": "broken",
    }
    return office
