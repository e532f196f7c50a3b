"""A WeChat Official Account: the platform, our door, the queues and an agent, in virtual time."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from cococat.bootstrap.doors import address_in
from cococat.core.access_tokens import AccessTokens
from cococat.core.agent import Handler
from cococat.core.channels import Channel
from cococat.core.channels.wechat import WeChatChannel
from cococat.core.directory import ChannelBinding
from cococat.core.door import Door
from cococat.core.http import Request, Response
from cococat.core.ids import ChannelAddress, message_id
from cococat.core.items import Items
from cococat.core.mailbox import Mailbox
from cococat.core.scene_router import SceneRouter
from cococat.simulators.transport import Cut
from cococat.simulators.wechat import CUT_AFTER, Account, WeChatPlatform
from cococat.simulators.wechat_api import WeChatApiServer
from tests.support import samples
from tests.support.backends import MemoryBackend
from tests.support.channels import a_wiring
from tests.support.clock import FakeClock, Task
from tests.support.fuse import Fuse, FusedItems, Killed
from tests.support.handlers import Script
from tests.support.libraries import ListedCounters
from tests.support.queues import MemoryQueue
from tests.support.wechat_api_host import ApiHost
from tests.support.wechat_frames import APP_ID, KEY
from tests.support.world import World

ADDRESS = ChannelAddress(target_type="scene", target_id="shop", channel="wechat", name="wechat")
PATH = "/api/channel/wechat/shop"
USER = "oUser-of-the_account-0123456"
TOKEN = "TokenOfTheAccount"
SAFE = Account(app_id=APP_ID, token=TOKEN, encoding_aes_key=KEY)
PLAIN = Account(app_id=APP_ID, token=TOKEN)
APP_SECRET = "0123456789abcdef0123456789abcdef"
REFUSED = Response(
    status=403,
    body='{"error": {"code": "forbidden", "message": "This request is not from the platform."}}',
    headers={"content-type": "application/json; charset=utf-8"},
)
"""The answer to everything that is not let in."""


class OfficialAccount:
    """
    An account that is connected to a scene.

    Args:
        service: whether it may send by itself; None: there is not even an AppSecret.

    Attributes:
        agent: who answers its followers.
        platform: the platform's side.
        counters: what the door counted.
        fuse: interrupts the door, at its calls of the mailbox and the table.
        table: the messages table, as the door sees it.
        connections: the platform's requests, as the door works on them.
        lost: how many of the next answers do not reach the platform.
        api: the platform's API.
        host: the way there.

    """

    def __init__(
        self,
        *steps: Handler,
        account: Account = SAFE,
        kind: type[WeChatPlatform] = WeChatPlatform,
        fuse: Fuse | None = None,
        table: Callable[[Items, FakeClock], Items] = lambda items, _clock: items,
        service: bool | None = True,
        **config: Any,  # noqa: ANN401 - JSON
    ) -> None:
        self.backend = MemoryBackend()
        self.world = World(self.backend)
        self.clock = self.backend.clock
        self.agent = Script(*steps)
        self.counters = ListedCounters()
        self.fuse = fuse or Fuse()
        self.table = table(self.backend.items, self.clock)
        self.connections: list[Task[Response]] = []
        self.lost = 0
        self.platform = kind(
            account=account,
            transport=self._carry,
            path=PATH,
            now=self.clock.now,
            pause=self.clock.advance,
        )
        self.api = WeChatApiServer(
            app_id=account.app_id,
            app_secret=APP_SECRET,
            users=self.platform.users,
            now=self.clock.now,
            has_right=bool(service),
        )
        self.host = ApiHost(self.api)
        self.world.libraries.http = self.host
        self.world.libraries.tokens = AccessTokens(self.backend.items, self.clock)
        secret = {} if service is None else {"app_secret": APP_SECRET}
        self.mailbox = self._connect(settings(account) | secret | config)
        self.door = Door(self._find, _Channels(self))

    def _connect(self, own: dict[str, Any]) -> MemoryQueue:
        """Connect the account with *own* as its config; return the mailbox of its agent."""
        mailbox = self.world.hire("support", self.agent)
        binding = samples.binding(ADDRESS, config=own, mailbox=mailbox)
        self.backend.directory.bindings.append(binding)
        return self.backend.queues.at(mailbox)

    def open(self, request: Request) -> Task[Response]:
        """Open a connection with *request*; the door works on it as time passes."""
        task = self.clock.start(partial(self.door.handle, request))
        self.connections.append(task)
        return task

    def works_after(self, *seconds: float) -> None:
        """Let heartbeat and outbox do what there is to do in so many seconds from now."""
        for each in seconds:
            self.clock.after(each, self.world.pump)

    @property
    def channel(self) -> Channel:
        """Return the account's channel."""
        (binding,) = self.backend.directory.bindings
        return _Channels(self).bind(binding)

    @property
    def seen(self) -> list[str]:
        """Return what the user has read, however it reached them."""
        return self.platform.users.seen.get(USER, [])

    def identity(self, msg_id: str) -> str:
        """Return our id of the message that the platform calls *msg_id*."""
        return message_id(ADDRESS, USER, msg_id)

    def reasons(self) -> list[str]:
        """Return the reason of each open dead letter."""
        return [letter.reason for letter in self.world.letters()]

    def _carry(self, request: Request) -> Response:
        """Carry *request* as the platform does, which waits for five seconds."""
        task = self.open(request)
        self.clock.wait_for(lambda: task.done, CUT_AFTER)
        try:
            if task.done and not self.lost:
                return task.result()
        except Killed:
            raise Cut from None
        self.lost -= task.done
        raise Cut

    def _find(self, request: Request) -> ChannelBinding | None:
        address = address_in("wechat", request.path)
        return None if address is None else self.backend.directory.by_address(address)


class _Channels:
    """Makes the account's channel, with the test's own counters and fuse."""

    def __init__(self, account: OfficialAccount) -> None:
        self._account = account
        self._items = FusedItems(account.table, account.fuse)
        mailbox = _FusedMailbox(account.world.mailbox, account.fuse)
        self._router = SceneRouter(mailbox=mailbox, clock=account.clock)

    def bind(self, binding: ChannelBinding) -> Channel:
        """Return the channel, started."""
        wiring = a_wiring(binding, self._router, self._items, self._account.clock)
        account = self._account
        own = replace(wiring, counters=account.counters, libraries=account.world.libraries)
        made = WeChatChannel(own)
        made.start(binding.scene_id, binding.config)
        return made


class _FusedMailbox:
    """The way into the mailboxes, behind a fuse."""

    def __init__(self, mailbox: Mailbox, fuse: Fuse) -> None:
        self._mailbox = mailbox
        self._fuse = fuse

    def send(self, mailbox: str, body: str, *, group: str, deduplication: str) -> None:
        """Put *body* into *mailbox*; see `Mailbox.send`."""
        with self._fuse.around("mailbox"):
            self._mailbox.send(mailbox, body, group=group, deduplication=deduplication)


def settings(account: Account) -> dict[str, Any]:
    """Return the config of *account*'s entry."""
    keys = {"encoding_aes_key": account.encoding_aes_key} if account.encoding_aes_key else {}
    return {"app_id": account.app_id, "token": account.token} | keys
