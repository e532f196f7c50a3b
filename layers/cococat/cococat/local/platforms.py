"""Simulated platforms for the channels of a local stack that have no real account."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from urllib.parse import urlsplit, urlunsplit

from cococat.core.clock import SystemClock
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest
from cococat.local.made_up import APP, BOT, COMPANY
from cococat.simulators.api_server import ApiServer, OneAtATime
from cococat.simulators.discord import SimulatedDiscord
from cococat.simulators.people import PREFIX, WithPeople, json_answer, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """
    Where platforms are simulated.

    Attributes:
        addresses: channel type -> the address of its API, for `api_base`.
        received_url: where it is to be seen what people have received.

    """

    addresses: dict[str, str]
    received_url: str


@contextmanager
def platforms() -> Iterator[Simulated]:
    """Simulate the platforms while the body runs; every made-up account is one of theirs."""
    # aiohttp comes with the sidecar: the commands that know an address do without it.
    from cococat.simulators.discord_server import DiscordServer

    discord = SimulatedDiscord(newcomers=BOT)
    platforms = _Platforms(discord)
    with ApiServer(platforms) as server, DiscordServer(discord) as discords:
        addresses = {name: f"{server.url}/{name}" for name in _MADE} | {"discord": discords.url}
        yield Simulated(addresses=addresses, received_url=f"{server.url}/")


class _Platforms:
    """Those that a plain server is enough for, each below a path of its own; made when asked."""

    def __init__(self, discord: SimulatedDiscord) -> None:
        self._discord = discord
        self._made: dict[str, HttpClient] = {}
        self._lock = Lock()

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Let the platform that the path begins with answer; see `HttpClient.send`."""
        parts = urlsplit(request.url)
        name, _, rest = parts.path.removeprefix("/").partition("/")
        if not name:
            return self._all_received()
        if name not in _MADE:
            return HttpAnswer(status=404)
        url = urlunsplit(parts._replace(path=f"/{rest}"))
        return self._find(name).send(replace(request, url=url), seconds)

    def _all_received(self) -> HttpAnswer:
        """Return what people have received, for an operator to look at."""
        asked = HttpRequest(method="GET", url=f"http://platform{PREFIX}received")
        said = {name: json.loads(each.send(asked, 0).body) for name, each in self._made.items()}
        told = {name: each["received"] for name, each in said.items()}
        return json_answer({"discord": named(self._discord)} | told)

    def _find(self, name: str) -> HttpClient:
        with self._lock:
            if name not in self._made:
                self._made[name] = _MADE[name]()
            return self._made[name]


def _feishu() -> HttpClient:
    from cococat.simulators.feishu_apps import FeishuApps

    return OneAtATime(WithPeople(FeishuApps(newcomers=APP)))


def _telegram() -> HttpClient:
    from cococat.simulators.telegram import SimulatedTelegram

    return WithPeople(SimulatedTelegram(SystemClock(), newcomers=BOT))


def _wechat() -> HttpClient:
    from cococat.simulators.wechat_accounts import WeChatAccounts

    return OneAtATime(WithPeople(WeChatAccounts(newcomers=APP)))


def _weixin() -> HttpClient:
    from cococat.simulators.weixin_api import WeComApi

    return OneAtATime(WithPeople(WeComApi(now=SystemClock().now, newcomers=COMPANY)))


_MADE: dict[str, Callable[[], HttpClient]] = {
    "feishu": _feishu,
    "telegram": _telegram,
    "wechat": _wechat,
    "weixin": _weixin,
}
"""Channel type -> what makes its platform; only what is asked is imported."""
