"""A Feishu app: the platform, our door, the queues and an agent, in virtual time."""

from dataclasses import replace
from typing import Any

from cococat.bootstrap.doors import address_in
from cococat.core import mailbox
from cococat.core.access_tokens import AccessTokens
from cococat.core.agent import Handler
from cococat.core.bot_identities import BotIdentities
from cococat.core.channels import Channel
from cococat.core.channels.feishu import FeishuChannel
from cococat.core.directory import ChannelBinding
from cococat.core.door import Door
from cococat.core.feishu_account import account_of
from cococat.core.http import Request, Response
from cococat.core.http_client import HttpClient
from cococat.core.ids import ChannelAddress, message_id
from cococat.core.mailbox import MailboxMessage
from cococat.core.reply_address import unseal
from cococat.core.scene_router import SceneRouter
from cococat.simulators.feishu import App, FeishuPlatform, direct_chat
from cococat.simulators.feishu_api import FeishuServer
from tests.support import samples
from tests.support.backends import MemoryBackend
from tests.support.channels import a_wiring
from tests.support.clock import START, FakeClock
from tests.support.handlers import Script
from tests.support.items import MemoryItems
from tests.support.libraries import ListedCounters, RealLibraries
from tests.support.world import World

ADDRESS = ChannelAddress(target_type="scene", target_id="shop", channel="feishu", name="feishu")
PATH = "/api/channel/feishu/shop"
USER = "ou_ann"
GROUP = "oc_group"
SEALED = App(
    app_id="cli_a1b2c3d4e5f6",
    app_secret="SecretOfTheApp",
    encrypt_key="KeyOfTheApp 钥匙",
    verification_token="TokenOfTheApp",
)
PLAIN = replace(SEALED, encrypt_key="")
APPS = {
    "sealed": SEALED,
    "plain": PLAIN,
    "sealed without token": replace(SEALED, verification_token=""),
}


class FeishuApp:
    """
    An app that is connected to a scene.

    Attributes:
        agent: who answers its users.
        platform: the platform's side.
        counters: what the door counted.
        server: the platform's API.
        libraries: what the channel works with.
        events: where it is kept what the platform tells of the app.

    """

    def __init__(
        self,
        *steps: Handler,
        app: App = SEALED,
        kind: type[FeishuPlatform] = FeishuPlatform,
        bot: str | None = None,
        **config: Any,  # noqa: ANN401 - JSON
    ) -> None:
        self.backend = MemoryBackend()
        self.world = World(self.backend)
        self.clock = self.backend.clock
        self.agent = Script(*steps)
        self.counters = ListedCounters()
        self.server = FeishuServer(app=app, now=self.clock.now)
        self.libraries = self.world.libraries
        self.events = self.world.observations
        connect(self.libraries, self.server, self.clock)
        box = self.world.hire("support", self.agent)
        self.config = settings(app) | config
        binding = samples.binding(ADDRESS, config=self.config, mailbox=box)
        self.backend.directory.bindings.append(binding)
        self.mailbox = self.backend.queues.at(box)
        self.door = Door(self._find, self)
        self.platform = kind(
            app=app,
            transport=self.door.handle,
            path=PATH,
            now=self.clock.now,
            pause=self.clock.advance,
        )
        self.server.chats.placed = self.platform.placed
        known = app.bot if bot is None else bot
        if known:
            self.libraries.bots.keep(account_of(self.config).bot_key, known)

    def bind(self, binding: ChannelBinding) -> Channel:
        """Return the app's channel, started, with the test's own counters."""
        router = SceneRouter(mailbox=self.world.mailbox, clock=self.clock)
        wiring = a_wiring(binding, router, self.backend.items, self.clock)
        wiring = replace(wiring, counters=self.counters, libraries=self.libraries)
        made = FeishuChannel(replace(wiring, events=self.events))
        made.start(binding.scene_id, binding.config)
        return made

    def taken(self) -> list[MailboxMessage]:
        """Return what is in the app's mailbox."""
        return [mailbox.parse(body) for body in self.mailbox.bodies()]

    def identity(self, key: str) -> str:
        """Return our id of what the platform calls *key*."""
        return message_id(ADDRESS, None, key)

    def handle(self, request: Request) -> Response:
        """Bring one request to the door."""
        return self.door.handle(request)

    def heard(self, place: str = "") -> list[str]:
        """Return what a chat was told; that of the only user, where none is named."""
        return self.server.chats.said(place or direct_chat(USER))

    def place(self) -> dict[str, str]:
        """Return what the answer to the only message needs to go back in place."""
        (message,) = self.taken()
        return unseal(message.reply, samples.REPLY_KEY, START).in_place

    def reasons(self) -> list[str]:
        """Return the reason of each open dead letter."""
        return [letter.reason for letter in self.world.letters()]

    def _find(self, request: Request) -> ChannelBinding | None:
        address = address_in("feishu", request.path)
        return None if address is None else self.backend.directory.by_address(address)


def connect(libraries: RealLibraries, server: HttpClient, clock: FakeClock) -> None:
    """Let the channels that have *libraries* reach *server*, in virtual time."""
    libraries.http = server
    libraries.tokens = AccessTokens(MemoryItems(clock), clock)
    libraries.bots = BotIdentities(MemoryItems(clock), clock)


def settings(app: App) -> dict[str, Any]:
    """Return the config of *app*'s entry."""
    every = {
        "app_id": app.app_id,
        "app_secret": app.app_secret,
        "encrypt_key": app.encrypt_key,
        "verification_token": app.verification_token,
    }
    return {name: value for name, value in every.items() if value}
