"""WeCom applications and bots: the platform, our door, the queues and an agent, in virtual time."""

from typing import Any

from cococat.bootstrap.doors import address_in
from cococat.core import mailbox
from cococat.core.access_tokens import AccessTokens
from cococat.core.agent import Handler
from cococat.core.channels.weixin import WeixinChannel
from cococat.core.directory import ChannelBinding
from cococat.core.http import Request
from cococat.core.ids import ChannelAddress, message_id
from cococat.core.mailbox import MailboxMessage
from cococat.core.messages import Reply
from cococat.simulators.weixin import App, WeComPlatform
from cococat.simulators.weixin_api import WeComApi
from cococat.simulators.weixin_bot import Bot, BotPlatform
from tests.support import samples
from tests.support.backends import MemoryBackend
from tests.support.handlers import Script
from tests.support.items import MemoryItems
from tests.support.network import Network
from tests.support.world import World

ADDRESS = ChannelAddress(target_type="scene", target_id="shop", channel="weixin", name="weixin")
HOST = "qyapi.weixin.qq.com"
PATH = "/api/channel/weixin/shop"
USER = "ZhangSan"
TOKEN = "TokenOfTheApp"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = "0123456789" * 4 + "abc"
APP = App(
    corp_id="ww0123456789abcdef",
    agent_id="1000002",
    secret="SecretOfTheApp",
    token=TOKEN,
    encoding_aes_key=KEY,
)
BOT = Bot(bot_id="aib-0123456789", token=TOKEN, encoding_aes_key=KEY)


class Connected:
    """
    An application or bot that is connected to a scene.

    Attributes:
        world: all that is behind the channel.
        agent: who answers.
        api: WeCom's API.
        network: the hosts that can be called.
        door: our door.
        mailbox: the agent's.
        binding: the channel.

    """

    def __init__(self, *steps: Handler, account: App | Bot = APP, **config: Any) -> None:  # noqa: ANN401 - JSON
        self.backend = MemoryBackend()
        self.world = World(self.backend)
        self.clock = self.backend.clock
        self.agent = Script(*steps)
        apps = [account] if isinstance(account, App) else []
        self.api = WeComApi(apps=apps, now=self.clock.now)
        self.network = Network()
        self.network.hosts[HOST] = self.api
        self.world.libraries.http = self.world.libraries.public_http = self.network
        self.world.libraries.tokens = AccessTokens(MemoryItems(self.clock), self.clock)
        url = self.world.hire("support", self.agent)
        self.binding = samples.binding(ADDRESS, config=settings(account) | config, mailbox=url)
        self.backend.directory.bindings.append(self.binding)
        self.mailbox = self.backend.queues.at(url)
        self.door = self.world.door(self._find)

    @property
    def platform(self) -> WeComPlatform:
        """Return the platform's side of the application."""
        return WeComPlatform(
            app=APP,
            transport=self.door.handle,
            path=PATH,
            now=self.clock.now,
            pause=self.clock.advance,
        )

    @property
    def bot(self) -> BotPlatform:
        """Return the platform's side of the bot."""
        return BotPlatform(
            bot=BOT,
            transport=self.door.handle,
            path=PATH,
            now=self.clock.now,
            pause=self.clock.advance,
        )

    @property
    def channel(self) -> WeixinChannel:
        """Return the channel, as the outbox has it."""
        made = self.world.channels.bind(self.binding)
        assert isinstance(made, WeixinChannel)
        return made

    def taken(self) -> list[MailboxMessage]:
        """Return what is in the mailbox."""
        return [mailbox.parse(body) for body in self.mailbox.bodies()]

    def identity(self, msg_id: str, conversation: str = USER.lower()) -> str:
        """Return our id of the message that the platform calls *msg_id*."""
        return message_id(ADDRESS, conversation, msg_id)

    def reasons(self) -> list[str]:
        """Return the reason of each open dead letter."""
        return [letter.reason for letter in self.world.letters()]

    def _find(self, request: Request) -> ChannelBinding | None:
        address = address_in("weixin", request.path)
        return None if address is None else self.backend.directory.by_address(address)


def settings(account: App | Bot) -> dict[str, Any]:
    """Return the config of *account*'s entry."""
    common = {"token": account.token, "encoding_aes_key": account.encoding_aes_key}
    if isinstance(account, Bot):
        return common | {"bot_id": account.bot_id}
    return common | {
        "corp_id": account.corp_id,
        "agent_id": account.agent_id,
        "secret": account.secret,
    }


def replying(reply: Reply | str) -> Handler:
    """Return an agent that always answers *reply*."""
    return lambda _message: reply


def answered(reply: Reply | str, **prepared: Any) -> Connected:  # noqa: ANN401 - attributes
    """Let a member ask an application whose agent answers *reply*; its API is as *prepared*."""
    account = Connected(replying(reply))
    for name, value in prepared.items():
        setattr(account.api, name, value)
    account.platform.deliver(account.platform.text("Ann", "hello"))
    account.world.settle()
    return account


def shown(account: Connected) -> list[tuple[str, dict[str, Any]]]:
    """Return kind and content of each message that members see."""
    return [(each.kind, each.body) for each in account.api.shown]
