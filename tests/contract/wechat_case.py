"""wechat for the contract tests: with our simulator's cryptography, and with wechatpy's."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cococat.bootstrap.doors import address_in
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.http import Request, Response
from cococat.core.patient_route import SEND_AGAIN, SEND_PAUSE
from cococat.simulators.transport import Transport
from cococat.simulators.wechat import Account, WeChatPlatform
from cococat.simulators.wechat_api import WeChatApiServer
from tests.support.clock import FakeClock, Task
from tests.support.network import Network
from tests.support.wechat import APP_SECRET, SAFE, settings
from tests.support.wechat_api_host import ApiHost
from tests.support.wechat_attacks import sealed_attacks
from tests.support.wechat_forge import Forge
from tests.support.wechatpy_platform import WechatpyPlatform

_CARD = re.compile(r"^\[[^\]]*\]\(|^\([^)]+\) ", re.MULTILINE)
_OPEN_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
SOME = (
    "no signature",
    "a wrong signature",
    "a stale signature",
    "another account's token",
    "another account's envelope",
    "a letter that was changed",
    "an envelope without its last block",
    "padding that is not one",
    "a plain message",
    "the plain signature as the other",
    "two message signatures",
    "a digit moved into the nonce",
    "full-width digits",
    "no MsgId",
    "a DTD in UTF-16 as inner XML",
    "an entity bomb as outer XML",
    "a MiB",
)


@dataclass(slots=True)
class _Message:
    """One message, and what its writer read in the responses to it."""

    values: dict[str, str]
    read: list[str] = field(default_factory=list)


class WeChatUsers:
    """
    The followers of one account.

    A connection stays open while the agent works; it goes on as the test lets time pass.

    Attributes:
        server: the account's API.

    """

    def __init__(self, platform: WeChatPlatform, server: WeChatApiServer, clock: FakeClock) -> None:
        self._platform = platform
        self.server = server
        self._clock = clock
        self._messages: dict[tuple[str, str], _Message] = {}
        self._connections: list[Task[Response]] = []

    def deliver(self, user: str, text: str) -> None:
        """Bring *text* of *user* to us, under an id of its own."""
        key = hashlib.sha256(f"{user}/{text}".encode()).hexdigest()
        who, users = _open_id(user), self._platform.users
        if (user, text) not in self._messages:
            values = self._platform.text(who, text, msg_id=str(int(key[:15], 16)))
            self._messages[user, text] = _Message(values)
            users.act(who, "message", self._clock.now())
        self._bring(self._messages[user, text], who)

    def deliver_image(self, user: str, content: bytes) -> None:
        """Bring a picture of *user* to us."""
        who, name = _open_id(user), f"media-{len(self.server.pictures)}"
        self.server.pictures[name] = content
        self._platform.users.act(who, "message", self._clock.now())
        self._bring(_Message(self._platform.picture(who, name)), who)

    def _bring(self, message: _Message, who: str) -> None:
        users = self._platform.users
        # An answered message is delivered again only if its answer was lost.
        for lost in message.read:
            users.seen[who].remove(lost)
        message.read.clear()
        self._connections.append(self._clock.start(partial(self._carry, message, who)))

    def _carry(self, message: _Message, who: str) -> Response:
        response = self._platform.transport(self._platform.request(message.values))
        said = self._platform.read(response, message.values) if response.status == 200 else None
        if said is not None:
            message.read.append(said)
            self._platform.users.see(who, said)
        return response

    def acknowledged(self) -> list[bool]:
        """Tell of each delivery whether it was answered well."""
        return [each.done and each.result().status == 200 for each in self._connections]

    def heard(self, user: str) -> list[str]:
        """Return what *user* has read, in responses and by itself."""
        return self._platform.users.seen.get(_open_id(user), [])

    def kinds(self, user: str) -> list[str]:
        """Return what each of them is, by the words that the simulator has for it."""
        return [_kind(said) for said in self.heard(user)]

    def drafts(self, user: str) -> list[str]:
        """Return nothing: a message of the platform never changes."""
        return []


class WeChatCase:
    """
    The wechat channel; see `cases.ChannelCase`.

    Args:
        title: what the tests call it.
        kind: whose cryptography the platform has.

    """

    channel_type = "wechat"
    resend_safe = False
    in_place = True
    tries = int(SEND_AGAIN / SEND_PAUSE) + 1

    def __init__(self, title: str, kind: type[WeChatPlatform]) -> None:
        self.title = title
        self._kind = kind

    def config(self, scene: str) -> dict[str, Any]:
        """Return the account's appid, and where its API is."""
        return {"app_id": self._account(scene).app_id, "api_base": f"https://{_host(scene)}"}

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return its token, its key and its AppSecret."""
        every = settings(self._account(scene)) | {"app_secret": APP_SECRET}
        return {name: value for name, value in every.items() if name != "app_id"}

    def find(self, directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
        """Return the channel that *request* is for."""
        address = address_in("wechat", request.path)
        return None if address is None else directory.by_address(address)

    def platform(
        self, scene: str, transport: Transport, clock: FakeClock, network: Network
    ) -> WeChatUsers:
        """Return the followers of *scene*'s account."""
        platform = self._kind(
            account=self._account(scene),
            transport=transport,
            path=f"/api/channel/wechat/{scene}",
            now=clock.now,
            pause=clock.advance,
        )
        server = WeChatApiServer(
            app_id=self._account(scene).app_id,
            app_secret=APP_SECRET,
            users=platform.users,
            now=clock.now,
        )
        network.hosts[_host(scene)] = ApiHost(server)
        return WeChatUsers(platform, server, clock)

    def bad_requests(self, scene: str) -> dict[str, tuple[Request, int]]:
        """Return one request for each kind of refusal."""
        assert scene == "shop"
        good, other = Forge().delivery(), self._account("other")
        attacks = {name: request for name, (request, _) in sealed_attacks().items()}
        return {
            **{name: (attacks[name], 403) for name in SOME},
            "another scene's secrets": (
                Forge(account=other, token=other.token).delivery(),
                403,
            ),
            "an unknown scene": (replace(good, path="/api/channel/wechat/nowhere"), 404),
            "another method": (replace(good, method="PUT"), 405),
        }

    def _account(self, scene: str) -> Account:
        if scene == "shop":
            return SAFE
        letters = hashlib.sha256(scene.encode()).hexdigest()
        key = letters[:43]
        return Account(app_id=f"wx{letters[:16]}", token=letters[:32], encoding_aes_key=key)


WECHAT = WeChatCase("wechat", WeChatPlatform)
WECHAT_BY_WECHATPY = WeChatCase("wechat by wechatpy", WechatpyPlatform)


def _host(scene: str) -> str:
    return f"{scene}.weixin.example"


def _kind(said: str) -> str:
    if said.startswith("[image "):
        return "image"
    return "card" if _CARD.search(said) else "text"


def _open_id(user: str) -> str:
    """Return *user* as the platform would call them: 28 characters."""
    name = user if _OPEN_ID.fullmatch(user) else user.encode().hex()
    return f"o{name}".ljust(28, "-")[:28]
