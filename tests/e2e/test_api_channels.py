"""Channels that came by API: wrong credentials, new processes, and an agent that is not ours."""

import secrets
import time

import pytest

from cococat.simulators.transport import over_http
from cococat.simulators.web_api import WebApiCaller
from cococat.simulators.wechat import CUT_AFTER, Account, WeChatPlatform, made_up_user
from cococat.simulators.wechat_api import WeChatApiServer
from cococat.simulators.wechat_users import Users
from tests.e2e.bundle import FUNCTIONS, Bundle, value
from tests.e2e.desk import Operator
from tests.support.served import served
from tests.support.web_agent import Exchange
from tests.support.wechat_api_host import ApiHost

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ACCOUNT = Account(app_id="wxfedcba9876543210", token="AnotherTokenOfIt")
WECHAT = {"app_id": ACCOUNT.app_id, "token": ACCOUNT.token}
SOON = 10
"""Seconds within which an operator hears of wrong credentials."""


def platform(bundle: Bundle, callback: str) -> WeChatPlatform:
    """Return the platform's side of an account."""
    transport = over_http(bundle.stack.base_url, patience=CUT_AFTER)
    return WeChatPlatform(account=ACCOUNT, transport=transport, path=callback)


def test_a_wrong_secret_is_told_and_a_right_one_recovers_it(
    bundle: Bundle, operator: Operator
) -> None:
    """Within ten seconds, with a sentence; nothing is restarted, and a good one stays."""
    name = {"name": "secretive"}
    api = WeChatApiServer(app_id=ACCOUNT.app_id, app_secret="the-right-one", users=Users())
    with served(ApiHost(api)) as url:
        config = WECHAT | {"api_base": url}
        begun = time.monotonic()
        wrong = operator.connect("wechat", config | {"app_secret": "canary-wrong"}, **name)
        seconds = time.monotonic() - begun
        shown = operator.status("wechat", "secretive")
        right = operator.connect("wechat", config | {"app_secret": "the-right-one"}, **name)
        again = operator.try_to_connect("wechat", config | {"app_secret": "canary-no"}, **name)
        kept = operator.status("wechat", "secretive")
        operator.disconnect("wechat", **name)

    assert seconds < SOON
    for told in (wrong, shown):
        assert (told["status"], told["last_error"]["code"]) == ("auth_error", "wechat_40125")
        assert told["last_error"]["message"].startswith("WeChat refuses the AppSecret")
        assert "canary" not in str(told)
    assert (right["status"], right["last_error"]) == ("connected", None)
    assert (again.status, value(again)["error"]["code"]) == (422, "wechat_40125")
    assert (kept["status"], kept["generation"]) == ("connected", right["generation"])
    assert (api.calls, api.tokens) == (["/cgi-bin/stable_token"] * 3, 1)


def test_they_outlive_every_process(bundle: Bundle, operator: Operator) -> None:
    """The table is the truth: doors and workers that begin anew answer as before."""
    name, key = {"name": "lasting"}, secrets.token_urlsafe(24)
    path = "/api/channel/lasting"
    operator.connect("web_api", {"endpoint": path, "api_key": key}, **name)
    account = platform(bundle, operator.connect("wechat", WECHAT, **name)["callback"])
    transport = over_http(bundle.stack.base_url, patience=40)
    caller = WebApiCaller(transport=transport, endpoint=path, api_key=key)

    def say(text: str) -> list[str | None]:
        return [
            value(caller.ask("ann", text, wait=25))["reply"],
            account.write(made_up_user(), text),
        ]

    said = say("before")
    before = bundle.cold_starts()
    bundle.restart(*FUNCTIONS)
    said += say("after")
    shown = [operator.status(kind, "lasting") for kind in ("web_api", "wechat")]
    after = bundle.cold_starts()
    for kind in ("web_api", "wechat"):
        operator.disconnect(kind, **name)

    assert said == ["before", "before", "after", "after"]
    assert [(each["status"], each["message_count"]) for each in shown] == [("connected", 2)] * 2
    for function in ("web-api", "wechat", "heartbeat", "outbox", "channels"):
        assert after[function] > before[function]


def polite(exchange: Exchange) -> None:
    """Answer in one piece."""
    exchange.respond(200, "您好，这里是远方。".encode(), content_type="text/plain; charset=utf-8")


def test_an_agent_over_http_answers_a_follower(bundle: Bundle, operator: Operator) -> None:
    """A message of WeChat is asked over HTTP, and its answer is in the platform's own request."""
    bundle.remote.asked.clear()
    bundle.remote.steps = [polite]
    target = {"target_id": "remote"}
    account = platform(bundle, operator.connect("wechat", WECHAT, **target)["callback"])
    user = made_up_user()
    said = account.write(user, "有人吗？")
    operator.disconnect("wechat", **target)

    assert said == "您好，这里是远方。"
    (asked,) = bundle.remote.asked
    assert (asked.message.channel, asked.message.content) == ("wechat", "有人吗？")
    assert asked.message.external_user == user
