"""What platforms say of credentials that were given by API, and who gets to see those."""

import json

import pytest

from cococat.adapters.http import RequestsClient
from cococat.core.errors import NotSent
from cococat.core.http import Response
from cococat.core.http_client import HttpAnswer, HttpRequest
from tests.support.api import error, value
from tests.support.deployed import Deployed
from tests.support.lifecycle import (
    WEB,
    WECHAT,
    caller,
    write,
)

pytestmark = pytest.mark.aws


class Platform:
    """
    What WeChat says to an AppSecret when it is asked for a token.

    Attributes:
        says: AppSecret -> an errcode; 0 for a token, None for no answer.
        asked: how often it was asked.

    """

    def __init__(self) -> None:
        self.says: dict[str, int | None] = {}
        self.asked = 0

    def send(self, request: HttpRequest, _seconds: float) -> HttpAnswer:
        """Answer in place of the platform's server."""
        self.asked += 1
        code = self.says.get(json.loads(request.body)["secret"], 0)
        if code is None:
            raise NotSent
        token = {"access_token": "canary-access-token", "expires_in": 7200}
        said = {"errcode": code, "errmsg": "canary"} if code else token
        return HttpAnswer(status=200, body=json.dumps(said).encode())


class TestCredentials:
    """WeChat is asked for a token where there is an AppSecret."""

    @pytest.fixture(name="platform")
    def _platform(self, monkeypatch: pytest.MonkeyPatch) -> Platform:
        platform = Platform()
        monkeypatch.setattr(RequestsClient, "send", platform.send)
        return platform

    def connect(self, stack: Deployed, secret: str) -> Response:
        """Want the account with *secret*."""
        return stack.connect("wechat", WECHAT | {"app_secret": secret})

    def test_good_ones_are_connected(self, stack: Deployed, platform: Platform) -> None:
        """Before any message; the token is not shown, and asked for once."""
        answers = [self.connect(stack, "good") for _ in range(2)]

        assert [value(answer)["status"] for answer in answers] == ["connected"] * 2
        assert platform.asked == 1
        assert "canary" not in answers[1].body

    def test_wrong_ones_are_told_within_ten_seconds(
        self, stack: Deployed, platform: Platform
    ) -> None:
        """With a sentence; right ones recover it, without a restart."""
        platform.says = {"canary": 40125}
        started = stack.clock.now()
        refused = value(self.connect(stack, "canary"))
        assert stack.clock.now() - started < 10
        assert (refused["status"], refused["last_error"]["code"]) == ("auth_error", "wechat_40125")
        assert refused["last_error"]["message"].startswith("WeChat refuses the AppSecret")
        assert "canary" not in json.dumps(refused)
        recovered = value(self.connect(stack, "right"))

        assert (recovered["status"], recovered["last_error"]) == ("connected", None)

    def test_a_good_account_stays_until_another_is_good(
        self, stack: Deployed, platform: Platform
    ) -> None:
        """422 where it is refused, 503 where nobody answers; the earlier one goes on."""
        platform.says = {"wrong": 40001, "elsewhere": 40164, "silent": None}
        self.connect(stack, "good")
        refused, unknown = self.connect(stack, "wrong"), self.connect(stack, "silent")
        assert (refused.status, error(refused)) == (422, "wechat_40001")
        locked_out = self.connect(stack, "elsewhere")
        assert (locked_out.status, error(locked_out)) == (422, "wechat_40164")
        assert (unknown.status, error(unknown)) == (503, "platform_unreachable")

        assert stack.status("wechat")["generation"] == 1
        assert write(stack) == "hello"

    def test_the_keeper_tries_again(self, stack: Deployed, platform: Platform) -> None:
        """Once the platform has changed its mind, or answers again."""
        platform.says = {"first": 40164, "second": None}
        self.connect(stack, "first")
        stack.connect("wechat", WECHAT | {"app_secret": "second"}, target_id="bank")
        statuses = [stack.status("wechat", f"scene/{each}")["status"] for each in ("shop", "bank")]
        assert statuses == ["error", "error"]
        shown = stack.status("wechat")["last_error"]
        assert shown["code"] == "wechat_40164"
        platform.says.clear()
        stack.clock.advance(60)
        assert stack.keep()["channels"] == 2
        statuses = [stack.status("wechat", f"scene/{each}")["status"] for each in ("shop", "bank")]

        assert statuses == ["connected"] * 2


class TestSecrets:
    """What nobody gets to see."""

    def test_no_answer_and_no_log_line_holds_one(
        self, stack: Deployed, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Of the management API, the keeper and the doors."""
        stack.restart()
        answers = [
            stack.connect("web_api", WEB | {"api_key": "canary-key-0123456789"}),
            stack.connect("wechat", WECHAT | {"token": "canaryToken"}),
            stack.connect("wechat", WECHAT | {"token": "canary token"}),
            stack.connect("web_api", WEB | {"api_key": "canary-key"}, target_id="bank"),
            stack.manage("GET", "/api/channels", key="ck_00000000_canary"),
            stack.manage("GET", "/api/channels"),
            stack.manage("GET", "/api/channels/scene/shop/wechat"),
            caller(stack, "canary-key-0123456789").ask("canary-user", "canary-text", wait=5),
            stack.disconnect("wechat"),
        ]
        stack.keep()
        bodies = [answer.body for answer in answers[:-2]]
        logged = capsys.readouterr().out

        assert {answer.status for answer in answers} == {200, 400, 401}
        assert [body for body in bodies if "canary" in body] == []
        assert '"kept"' in logged
        assert "canary" not in logged
        assert "canary" not in json.dumps(stack.cloud.items())
