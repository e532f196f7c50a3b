"""weixin for the contract tests: applications and bots, by our simulator and by wechatpy."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from cococat.bootstrap.doors import address_in
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.http import Request, Response
from cococat.core.patient_route import SEND_AGAIN, SEND_PAUSE
from cococat.core.weixin_stream import LATER
from cococat.simulators.sealing import Keys, OwnSeal, Seal
from cococat.simulators.transport import Transport
from cococat.simulators.weixin import App, Values, WeComPlatform
from cococat.simulators.weixin_api import WeComApi
from cococat.simulators.weixin_bot import POLL_EVERY, POLLS_END, Bot, BotPlatform, Json
from tests.support.clock import FakeClock, Task
from tests.support.network import FileHost, Network
from tests.support.wechatpy_seal import WechatpySeal
from tests.support.weixin import APP, BOT, HOST, settings
from tests.support.weixin_attacks import attacks
from tests.support.weixin_forge import Forge

FILES = "bot-files.cos.myqcloud.com"
SECRETS = ("secret", "token", "encoding_aes_key")
SOME = (
    "no signature",
    "a wrong signature",
    "a stale signature",
    "another account's token",
    "an envelope for another company",
    "an envelope for somebody else",
    "a letter that was changed",
    "a message cut to its half",
    "padding that is not one",
    "a plain message",
    "two values of msg_signature",
    "a digit moved into the nonce",
    "full-width digits",
    "a MiB",
)


class Members:
    """The members who use one application."""

    def __init__(self, platform: WeComPlatform, api: WeComApi) -> None:
        self._platform = platform
        self._api = api
        self._messages: dict[tuple[str, str], Values] = {}
        self._acknowledged: list[bool] = []

    def deliver(self, user: str, text: str) -> None:
        """Bring *text* of *user* to us, under an id of its own."""
        platform = self._platform
        if (user, text) not in self._messages:
            msg_id = str(int(_digest(user, text)[:15], 16))
            self._messages[user, text] = platform.text(user, text, msg_id=msg_id)
        self._bring(self._messages[user, text])

    def deliver_image(self, user: str, content: bytes) -> None:
        """Bring a picture of *user* to us."""
        media_id = self._api.media.add(self._platform.app, content)
        where = {"PicUrl": "http://p.qpic.cn/pic", "MediaId": media_id}
        self._bring(self._platform.message(user, "image", **where))

    def _bring(self, message: Values) -> None:
        answer = self._platform.transport(self._platform.request(message))
        self._acknowledged.append(answer.status == 200)

    def acknowledged(self) -> list[bool]:
        """Tell of each delivery whether it was answered well."""
        return self._acknowledged

    def heard(self, user: str) -> list[str]:
        """Return what *user* was sent by this application."""
        return self._api.said_to(user, self._platform.app.agent_id)

    def kinds(self, user: str) -> list[str]:
        """Return what each of these messages is."""
        mine = (user.lower(), self._platform.app.agent_id)
        return [_kind(each.kind) for each in self._api.shown if (each.to, each.app) == mine]

    def drafts(self, user: str) -> list[str]:
        """Return nothing: a message of an application never changes."""
        return []


class BotUsers:
    """The users of one bot, whose platform polls every stream to its end."""

    def __init__(
        self, platform: BotPlatform, api: WeComApi, files: FileHost, clock: FakeClock
    ) -> None:
        self._platform = platform
        self._api = api
        self._files = files
        self._clock = clock
        self._messages: dict[tuple[str, str], Json] = {}
        self._connections: list[Task[Response]] = []
        self._read: dict[str, dict[str, str]] = {}
        self._drafts: dict[str, list[str]] = {}
        self._cards: dict[str, set[str]] = {}

    def deliver(self, user: str, text: str) -> None:
        """Bring *text* of *user* to us, under an id of its own, and poll its stream."""
        platform = self._platform
        if (user, text) not in self._messages:
            message = platform.text(user, text, msg_id=_digest(user, text))
            self._messages[user, text] = message
        self._bring(user, self._messages[user, text])

    def deliver_image(self, user: str, content: bytes) -> None:
        """Bring a picture of *user* to us."""
        path = f"/{len(self._files.files)}"
        self._files.files[path] = self._platform.seal_file(content)
        picture = {"url": f"https://{FILES}{path}"}
        message = self._platform.message(user, "image", picture)
        self._messages[user, path] = message
        self._bring(user, message)

    def _bring(self, user: str, message: Json) -> None:
        request = self._platform.request(message)
        task = self._clock.start(lambda: self._platform.transport(request))
        self._connections.append(task)
        if task.done and task.result().status == 200:
            self._look(user, message, task.result(), self._clock.now() + POLLS_END)

    def acknowledged(self) -> list[bool]:
        """Tell of each delivery whether it was answered well."""
        return [each.done and each.result().status == 200 for each in self._connections]

    def heard(self, user: str) -> list[str]:
        """Return what *user* reads in finished streams, or was sent instead of one."""
        codes = [
            message["response_url"].rpartition("=")[2]
            for (writer, _), message in self._messages.items()
            if writer == user
        ]
        sent = [each.body["content"] for each in self._api.shown if each.to in codes]
        read = [text for text in self._read.get(user, {}).values() if text not in ("", LATER)]
        return read + sent

    def kinds(self, user: str) -> list[str]:
        """Return what streams and what is sent instead of one are: markdown, and cards."""
        return ["markdown"] * len(self.heard(user)) + ["card"] * len(self._cards.get(user, ()))

    def drafts(self, user: str) -> list[str]:
        """Return what unfinished streams had for *user*."""
        return self._drafts.get(user, [])

    def _look(self, user: str, asked: Json, answer: Response, until: float) -> None:
        if answer.status != 200:
            return
        said = self._platform.read(answer, asked)
        assert said is not None
        stream: Json = said["stream"]
        if "template_card" in said:
            self._cards.setdefault(user, set()).add(stream["id"])
        if stream["finish"]:
            self._read.setdefault(user, {})[stream["id"]] = stream["content"]
        elif self._clock.now() < until:
            self._drafts.setdefault(user, []).append(stream["content"])
            self._clock.after(POLL_EVERY, lambda: self._poll(user, stream["id"], until))

    def _poll(self, user: str, stream: str, until: float) -> None:
        poll = self._platform.poll(stream, user)
        answer = self._platform.transport(self._platform.request(poll))
        self._look(user, poll, answer, until)


class WeixinCase:
    """
    The weixin channel; see `cases.ChannelCase`.

    Args:
        title: what the tests call it.
        account: the account of the scene `shop`.
        seal: whose cryptography the platform has.
        mode: the form of its callbacks.

    """

    channel_type = "weixin"
    resend_safe = True
    in_place = False
    tries = int(SEND_AGAIN / SEND_PAUSE) + 1

    def __init__(
        self, title: str, account: App | Bot, seal: Callable[[Keys], Seal], mode: str
    ) -> None:
        self.title = title
        self._account = account
        self._seal = seal
        self._mode = mode

    def config(self, scene: str) -> dict[str, Any]:
        """Return the account's ids."""
        every = settings(self._of(scene))
        return {name: value for name, value in every.items() if name not in SECRETS}

    def secrets(self, scene: str) -> dict[str, Any]:
        """Return its secret, its token and its key."""
        every = settings(self._of(scene))
        return {name: value for name, value in every.items() if name in SECRETS}

    def find(self, directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
        """Return the channel that *request* is for."""
        address = address_in("weixin", request.path)
        return None if address is None else directory.by_address(address)

    def platform(
        self, scene: str, transport: Transport, clock: FakeClock, network: Network
    ) -> Members | BotUsers:
        """Return the members, or the users of the bot, of *scene*."""
        account, path = self._of(scene), f"/api/channel/weixin/{scene}"
        api = WeComApi(now=clock.now)
        api = cast("WeComApi", network.hosts.setdefault(HOST, api))
        if isinstance(account, Bot):
            bot = BotPlatform(
                bot=account,
                transport=transport,
                path=path,
                now=clock.now,
                pause=clock.advance,
                make_seal=self._seal,
            )
            files = FileHost()
            network.hosts[FILES] = files
            return BotUsers(bot, api, files, clock)
        api.apps.append(account)
        app = WeComPlatform(
            app=account,
            transport=transport,
            path=path,
            now=clock.now,
            pause=clock.advance,
            make_seal=self._seal,
            as_json=self._mode == "json",
        )
        return Members(app, api)

    def bad_requests(self, scene: str) -> dict[str, tuple[Request, int]]:
        """Return one request for each kind of refusal."""
        assert scene == "shop"
        forge, found = Forge(mode=self._mode), attacks(self._mode)
        return {
            **{name: (found[name][0], 403) for name in SOME},
            "another scene's token": (
                replace(forge, token=self._of("other").token).delivery(),
                403,
            ),
            "an unknown scene": (
                replace(forge.delivery(), path="/api/channel/weixin/nowhere"),
                404,
            ),
            "another method": (replace(forge.delivery(), method="PUT"), 405),
        }

    def _of(self, scene: str) -> App | Bot:
        if scene == "shop":
            return self._account
        letters = _digest(scene)
        token, key = letters[:32], letters[:43]
        if isinstance(self._account, Bot):
            return Bot(bot_id=f"aib-{letters[:10]}", token=token, encoding_aes_key=key)
        number = str(int(letters[:5], 16))
        return App(
            corp_id=f"ww{letters[:16]}",
            agent_id=number,
            secret=letters[:43],
            token=token,
            encoding_aes_key=key,
        )


WEIXIN = [
    WeixinCase("weixin", APP, OwnSeal, "xml"),
    WeixinCase("weixin in JSON", APP, OwnSeal, "json"),
    WeixinCase("weixin by wechatpy", APP, WechatpySeal, "xml"),
    WeixinCase("weixin bot", BOT, OwnSeal, "bot"),
    WeixinCase("weixin bot by wechatpy", BOT, WechatpySeal, "bot"),
]


def _kind(kind: str) -> str:
    return "card" if kind in ("template_card", "textcard", "news") else kind


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
