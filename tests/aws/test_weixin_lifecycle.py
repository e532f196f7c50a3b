import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from cococat.bootstrap import common
from cococat.simulators.weixin import WeComPlatform
from cococat.simulators.weixin_api import WeComApi
from cococat.simulators.weixin_bot import BotPlatform
from tests.support.deployed import Deployed, deployed
from tests.support.network import Network
from tests.support.weixin import APP, BOT, HOST, settings

pytestmark = pytest.mark.aws


@pytest.fixture(name="stack")
def _stack() -> Iterator[Deployed]:
    with mock_aws(), deployed() as stack:
        yield stack


@pytest.fixture(name="api")
def _api(stack: Deployed) -> WeComApi:
    """Let the stack reach WeCom's API instead of the network."""
    api, network = WeComApi(apps=[APP], now=stack.clock.now), Network()
    network.hosts[HOST] = api
    vars(common.libraries())["http"] = network
    return api


def application(stack: Deployed, path: str) -> WeComPlatform:
    """Return the platform's side of the application whose callback is *path*."""
    clock = stack.clock
    return WeComPlatform(
        app=APP, transport=stack.door, path=path, now=clock.now, pause=clock.advance
    )


def test_a_good_application_is_connected_and_answers(stack: Deployed, api: WeComApi) -> None:
    """A token proves its credentials; the address to paste comes with the answer."""
    connected = json.loads(stack.connect("weixin", settings(APP)).body)
    platform = application(stack, connected["callback"])

    assert connected["status"] == "connected"
    assert platform.check_url()
    platform.deliver(platform.text("ann", "hello"))
    stack.work()
    assert api.said_to("ann", APP.agent_id) == ["hello"]
    assert stack.status("weixin")["message_count"] == 1


def test_a_bot_is_connecting_until_its_platform_calls(stack: Deployed, api: WeComApi) -> None:
    """Nobody can tell before whether its token and key are good; its stream brings the answer."""
    connected = json.loads(stack.connect("weixin", settings(BOT), name="bot").body)
    assert connected["status"] == "connecting"
    assert connected["callback"] == "/api/channel/weixin/shop/bot"

    clock = stack.clock
    bot = BotPlatform(
        bot=BOT,
        transport=stack.door,
        path=connected["callback"],
        now=clock.now,
        pause=lambda _seconds: stack.work(),
    )
    assert bot.converse(bot.text("ann", "hello")) == "hello"
    assert stack.status("weixin")["status"] == "connected"
    assert api.shown == []


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [(40001, "auth_error", "secret"), (40013, "auth_error", "corp id"), (60020, "error", "")],
)
def test_a_refused_application_says_why(
    stack: Deployed, api: WeComApi, code: int, status: str, told: str
) -> None:
    """With the address that has to be allowed, where that is it; the keeper tries again."""
    api.failures = [code]
    answer = stack.connect("weixin", settings(APP))
    refused = json.loads(answer.body)

    assert (refused["status"], refused["last_error"]["code"]) == (status, f"weixin_{code}")
    assert told in refused["last_error"]["message"]
    assert ("192.0.2.7" in refused["last_error"]["message"]) == (code == 60020)
    assert APP.secret not in answer.body
    stack.clock.advance(60)
    stack.keep()
    assert stack.status("weixin")["status"] == "connected"


def test_an_address_that_is_not_trusted_is_shown_when_an_answer_is_sent(
    stack: Deployed, api: WeComApi
) -> None:
    """Until one arrives: a token may be given to anybody, so the keeper's check says nothing."""
    connected = json.loads(stack.connect("weixin", settings(APP)).body)
    platform = application(stack, connected["callback"])
    platform.deliver(platform.text("ann", "hello"))
    api.failures = [60020]
    stack.work()

    stack.clock.advance(60)
    stack.keep()
    shown = stack.status("weixin")
    assert (shown["status"], shown["last_error"]["code"]) == ("error", "weixin_60020")
    assert shown["last_error"]["message"].endswith(": 192.0.2.7")

    platform.deliver(platform.text("ann", "hello again"))
    stack.work()
    mended = stack.status("weixin")
    assert (mended["status"], mended["last_error"]) == ("connected", None)
