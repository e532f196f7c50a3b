"""What can not be had by API, and who has no say in it."""

from typing import Any

import pytest
from moto import mock_aws

from cococat.core.agent_spec import AgentSpec
from tests.support.api import error
from tests.support.cloud import STACK
from tests.support.deployed import Deployed, deployed
from tests.support.lifecycle import WEB, WECHAT, ask

pytestmark = pytest.mark.aws


class TestWhatIsNotToBeHad:
    """Requests that change nothing."""

    @pytest.mark.parametrize(
        ("kind", "config", "members"),
        [
            ("web_api", WEB | {"api_key": "${WEB_API_KEY}0123"}, {}),
            ("web_api", WEB | {"endpoint": "/api/channel/wechat/shop"}, {}),
            ("web_api", WEB | {"endpoint": "/api/channel/" + "a" * 3000}, {}),
            ("wechat", WECHAT | {"api_base": "https://elsewhere.example.org"}, {}),
            ("wechat", WECHAT | {"api_base": "http://api.weixin.qq.com"}, {}),
            ("wechat", WECHAT | {"api_base": r"https://evil.example\@api.weixin.qq.com"}, {}),
            ("web_api", WEB, {"target_id": "../shop"}),
            ("web_api", WEB, {"target_id": "support-dlq"}),
            ("web_api", WEB, {"target_id": "s" * 40}),
            ("web_api", WEB, {"target_type": "table"}),
            ("fax", WEB, {}),
        ],
    )
    def test_are_400_and_leave_nothing(
        self, stack: Deployed, kind: str, config: dict[str, Any], members: dict[str, str]
    ) -> None:
        """No item, no secret, no queue."""
        answer = stack.connect(kind, config, **members)

        assert (answer.status, error(answer)) == (400, "invalid_config")
        assert stack.cloud.items() == []
        assert stack.cloud.queues() == []
        assert stack.cloud.secret_names() == [f"cococat/{STACK}/admin-keys"]

    @pytest.mark.parametrize(
        "host",
        [
            "https://api.weixin.qq.com",
            "http://test.example.org:8080",
            "https://OTHER.example.org/x",
        ],
    )
    def test_hosts_on_the_list_may_be_named(self, stack: Deployed, host: str) -> None:
        """The platforms' own, and the deployment's."""
        assert stack.connect("wechat", WECHAT | {"api_base": host}).status == 200

    def test_an_agent_must_be_known_where_no_kind_is_given(self) -> None:
        """A deployed stack answers nobody in the name of one that is not; it says which are."""
        with mock_aws(), deployed(DEFAULT_AGENT_KIND="") as stack:
            answer = stack.connect("web_api", WEB)
            assert (answer.status, error(answer)) == (400, "invalid_config")
            assert "'shop' is not published (there are: none)" in answer.body
            assert stack.cloud.items() == []

            agents = stack.cloud.agents()
            agents.keep(AgentSpec(name="support", kind="echo"))
            assert "(there are: support)" in stack.connect("web_api", WEB).body
            assert stack.connect("web_api", WEB, target_id="support").status == 200

    def test_an_agent_that_is_not_known_echoes_where_that_is_the_default(
        self, stack: Deployed
    ) -> None:
        """As under `make run`: it gets a mailbox of its own."""
        assert stack.connect("web_api", WEB, target_id="nobody-knows").status == 200
        assert ask(stack, "hello") == "hello"

    def test_without_a_key_nobody_gets_in(self, stack: Deployed) -> None:
        """503 until there is one, which is good half a minute later at most."""
        stack.cloud.secrets().delete(f"cococat/{STACK}/admin-keys")
        assert error(stack.manage("GET", "/api/channels")) == "no_admin_key"
        key = stack.make_key("read")
        stack.clock.advance(30)
        assert stack.manage("GET", "/api/channels", key=key).status == 200

        assert stack.manage("POST", "/api/channels/connect", {}, key=key).status == 403

    def test_who_keeps_guessing_is_slowed_down(self, stack: Deployed) -> None:
        """Over all processes."""
        statuses = []
        for _ in range(11):
            statuses.append(stack.manage("GET", "/api/channels", key="wrong").status)
            stack.restart()

        assert statuses == [401] * 10 + [429]
        assert stack.manage("GET", "/healthz").status == 200

    def test_an_aws_identity_is_what_api_gateway_says(self) -> None:
        """By parameter, in place of keys."""
        with mock_aws(), deployed(MANAGEMENT_AUTH="AWS_IAM") as stack:
            assert error(stack.manage("GET", "/api/channels")) == "forbidden"
