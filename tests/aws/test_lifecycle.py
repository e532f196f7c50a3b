"""Channels come and go by API, through the handlers, over everything that they wire."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cococat.adapters.http import RequestsClient
from cococat.aws.wish_secrets import ROTATION
from cococat.bootstrap import common
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import NotSent
from cococat.core.http import Response
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.web_api import WebApiCaller
from cococat.simulators.wechat import Account, OutOfOrder, WeChatPlatform
from tests.support import samples
from tests.support.api import error, value
from tests.support.cloud import STACK
from tests.support.deployed import ACCOUNT, Deployed, deployed, publish
from tests.support.files import folder

pytestmark = pytest.mark.aws

ENDPOINT, KEY = "/api/channel/shop/ask", "key-of-the-operator-0123"
WEB = {"endpoint": ENDPOINT, "api_key": KEY}
WECHAT = {"app_id": ACCOUNT.app_id, "token": ACCOUNT.token}
CACHED = 10
USER = "oUser-of-the_account-0123456"


@pytest.fixture(name="stack")
def _stack() -> Iterator[Deployed]:
    with mock_aws(), deployed(ALLOWED_HOSTS=" test.example.org, other.example.org") as stack:
        yield stack


def caller(stack: Deployed, key: str = KEY, endpoint: str = ENDPOINT) -> WebApiCaller:
    """Return somebody who asks at *endpoint*."""
    return WebApiCaller(transport=stack.door, endpoint=endpoint, api_key=key)


def ask(stack: Deployed, text: str = "hello") -> str | None:
    """Ask at the endpoint and return the reply, or None where nobody takes it."""
    answer = caller(stack).ask("ann", text, wait=5)
    if answer.status == 404:
        assert error(answer) == "not_found"
        return None
    assert answer.status == 200, answer.body
    reply: str = value(answer)["reply"]
    return reply


def write(
    stack: Deployed, text: str = "hello", platform: WeChatPlatform | None = None
) -> str | None:
    """Let a follower write, and return what they read, or None where the account is dead."""
    try:
        return (platform or stack.account()).write(USER, text)
    except OutOfOrder:
        return None


def scenes(tmp_path: Path, agents: dict[str, Any], **entries: Any) -> Path:  # noqa: ANN401 - JSON
    """Return a scenes folder on disk."""
    for name, text in folder(agents, **entries).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


class TestComingAndGoing:
    """Connect, message, disconnect, message refused."""

    def test_of_web_api(self, stack: Deployed) -> None:
        """The caller is answered while it is connected, and refused once the cache is old."""
        assert ask(stack) is None
        stack.clock.advance(CACHED)
        connected = stack.connect("web_api", WEB)
        assert (connected.status, value(connected)["status"]) == (200, "connected")
        assert ask(stack, "one") == "one"
        assert ask(stack, "two") == "two"
        shown = stack.status("web_api")
        assert (shown["status"], shown["message_count"]) == ("connected", 2)
        assert stack.disconnect("web_api").status == 200
        stack.clock.advance(CACHED)

        assert ask(stack) is None
        assert stack.cloud.secret_names() == [f"cococat/{STACK}/admin-keys"]

    def test_of_wechat(self, stack: Deployed) -> None:
        """The first message proves the account; a dead one is out of order."""
        connected = value(stack.connect("wechat", WECHAT))
        assert (connected["status"], connected["callback"]) == (
            "connecting",
            "/api/channel/wechat/shop",
        )
        platform = stack.account(connected["callback"])
        assert platform.check_url()
        assert platform.write(USER, "你好") == "你好"
        shown = stack.status("wechat")
        assert (shown["status"], shown["message_count"]) == ("connected", 1)
        assert shown["last_message_at"] is not None
        stack.disconnect("wechat")
        stack.clock.advance(CACHED)

        assert not platform.check_url()
        assert write(stack) is None

    def test_of_an_agent(self, stack: Deployed) -> None:
        """An agent has channels of its own, without a scene."""
        target = {"target_type": "agent", "target_id": "support", "name": "second"}
        connected = value(stack.connect("wechat", WECHAT, **target))
        assert connected["callback"] == "/api/channel/wechat/agents/support/second"
        platform = stack.account(connected["callback"])

        assert write(stack, "hi", platform) == "hi"
        assert stack.status("wechat", "agent/support")["message_count"] == 1
        assert f"{STACK}-mailbox-support.fifo" in stack.cloud.queues()

    def test_all_come_back_after_a_restart(self, stack: Deployed) -> None:
        """The table is the truth; no process has to remember anything."""
        stack.connect("web_api", WEB)
        stack.connect("wechat", WECHAT)
        assert (ask(stack), write(stack)) == ("hello", "hello")
        stack.restart()

        assert (ask(stack, "again"), write(stack, "again")) == ("again", "again")
        listed = value(stack.manage("GET", "/api/channels"))["channels"]
        assert [(each["channel_type"], each["status"]) for each in listed] == [
            ("web_api", "connected"),
            ("wechat", "connected"),
        ]

    def test_it_never_takes_a_mailbox_away(self, stack: Deployed) -> None:
        """What is in it is still answered, or at least not lost."""
        stack.connect("web_api", WEB)
        before = stack.cloud.queues()
        stack.disconnect("web_api")

        assert stack.cloud.queues() == before

    def test_a_new_one_is_there_within_the_cache_of_what_was_not(self, stack: Deployed) -> None:
        """A door that has looked before finds it ten seconds later."""
        assert ask(stack) is None
        stack.connect("web_api", WEB)
        stack.clock.advance(CACHED)

        assert ask(stack) == "hello"


class TestChanging:
    """A channel gets other settings."""

    def test_a_new_key_holds_within_ten_seconds(self, stack: Deployed) -> None:
        """And the old one no longer."""
        stack.connect("web_api", WEB)
        assert ask(stack) == "hello"
        stack.connect("web_api", WEB | {"api_key": "another-key-0123456789"})
        stack.clock.advance(CACHED)

        assert caller(stack).ask("ann", "hello").status == 401
        assert caller(stack, "another-key-0123456789").ask("ann", "hello").status == 202

    def test_both_tokens_are_good_while_the_console_is_changed(self, stack: Deployed) -> None:
        """For a quarter of an hour; warm doors and cold ones alike."""
        stack.connect("wechat", WECHAT)
        assert write(stack) == "hello"
        stack.connect("wechat", WECHAT | {"token": "TheNextToken"})
        stack.clock.advance(CACHED)
        old, new = stack.account(), stack.account(account=replace(ACCOUNT, token="TheNextToken"))
        assert [write(stack, "a", old), write(stack, "b", new)] == ["a", "b"]
        stack.clock.advance(ROTATION)

        assert [write(stack, "c", old), write(stack, "d", new)] == [None, "d"]

    def test_a_key_of_the_seal_is_rotated_too(self, stack: Deployed) -> None:
        """What the platform sealed with the old one is opened meanwhile."""
        keys = ["a" * 42 + "A", "b" * 42 + "A"]
        accounts = [
            Account(app_id=ACCOUNT.app_id, token=ACCOUNT.token, encoding_aes_key=key)
            for key in keys
        ]
        for key in keys:
            assert stack.connect("wechat", WECHAT | {"encoding_aes_key": key}).status == 200
        platforms = [stack.account(account=account) for account in accounts]
        assert [write(stack, "a", each) for each in platforms] == ["a", "a"]
        stack.clock.advance(ROTATION + CACHED)

        assert [write(stack, "b", each) for each in platforms] == [None, "b"]

    def test_a_moved_endpoint_answers_at_its_new_path_alone(self, stack: Deployed) -> None:
        """And the old one is free for another scene."""
        stack.connect("web_api", WEB)
        stack.connect("web_api", WEB | {"endpoint": "/api/channel/elsewhere"})
        assert ask(stack) is None
        assert caller(stack, endpoint="/api/channel/elsewhere").ask("ann", "hi").status == 202

        assert stack.connect("web_api", WEB, target_id="bank").status == 200

    def test_two_scenes_can_not_have_one_endpoint(self, stack: Deployed) -> None:
        """Nothing of the second stays, not even its secret."""
        stack.connect("web_api", WEB)
        before = stack.cloud.secret_names()
        answer = stack.connect("web_api", WEB, target_id="bank")

        assert (answer.status, error(answer)) == (409, "endpoint_taken")
        assert stack.cloud.secret_names() == before

    def test_an_etag_of_before_is_412(self, stack: Deployed) -> None:
        """Over processes and over a removal."""
        first = stack.connect("web_api", WEB)
        stack.restart()
        stack.disconnect("web_api")
        second = stack.connect("web_api", WEB)
        late = stack.connect("web_api", WEB, if_match=first.headers["etag"])

        assert (late.status, error(late)) == (412, "changed")
        assert stack.connect("web_api", WEB, if_match=second.headers["etag"]).status == 200


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


class TestFiles:
    """Scenes from files, and an operator beside them."""

    def test_a_disconnect_survives_the_next_publish(self, stack: Deployed, tmp_path: Path) -> None:
        """Until the file's own entry changes."""
        entry = {"type": "web_api", "config": WEB}
        echo = {"support": {"kind": "echo"}}
        assert publish(stack, scenes(tmp_path, echo, shop=[entry])) == {
            "Channels": "1",
            "Faults": "none",
        }
        assert ask(stack) == "hello"
        assert stack.status("web_api")["source"] == "file"
        stack.disconnect("web_api")
        stack.clock.advance(CACHED)
        publish(stack, scenes(tmp_path, echo, shop=[entry]))
        shown = stack.status("web_api")
        assert (ask(stack), shown["status"], shown["enabled"]) == (None, "disconnected", False)
        changed = entry | {"config": WEB | {"options": {"fallback_text": "x"}}}
        publish(stack, scenes(tmp_path, echo, shop=[changed]))
        stack.clock.advance(CACHED)

        assert ask(stack) == "hello"

    def test_each_entry_keeps_its_own_agent(self, stack: Deployed, tmp_path: Path) -> None:
        """Whichever other agents its scene has."""
        agents = {name: {"kind": "echo"} for name in ("alpha", "beta", "omega")}
        entries = [
            {
                "type": "web_api",
                "name": name,
                "agent": name,
                "config": WEB | {"endpoint": f"/api/channel/{name}"},
            }
            for name in ("omega", "beta")
        ]
        publish(stack, scenes(tmp_path, agents, shop={"agent": "alpha", "channels": entries}))
        for name in ("omega", "beta"):
            config = WEB | {"endpoint": f"/api/channel/new/{name}"}
            assert value(stack.connect("web_api", config, name=name))["agent"] == name

        assert value(stack.connect("wechat", WECHAT))["agent"] == "beta"

    def test_what_was_published_is_connected_by_the_keeper(
        self, stack: Deployed, tmp_path: Path
    ) -> None:
        """Before anybody has sent anything."""
        entry = {"type": "web_api", "config": WEB}
        publish(stack, scenes(tmp_path, {"support": {"kind": "echo"}}, shop=[entry]))
        assert stack.status("web_api")["status"] == "connecting"
        assert stack.keep()["channels"] == 1

        assert stack.status("web_api")["status"] == "connected"
        assert stack.keep()["channels"] == 0


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


class TestTheKeeper:
    """Each minute it makes true what is wanted and is not."""

    def test_has_nothing_to_do_where_all_is_well(self, stack: Deployed) -> None:
        """And tells so."""
        stack.connect("web_api", WEB)
        stack.connect("wechat", WECHAT)

        assert stack.keep() == {"channels": 0, "secrets": 0, "mailboxes": 0, "dead letters": 0}

    def test_mends_what_somebody_took_away(self, stack: Deployed) -> None:
        """A mapping, a dead-letter queue and a mapping that is on, each of another agent."""
        for target in ("shop", "bank", "zoo"):
            stack.connect("wechat", WECHAT, target_id=target)
        cloud = stack.cloud
        mappings = cloud.lambda_.list_event_source_mappings()["EventSourceMappings"]
        uuids = {each["EventSourceArn"].rpartition("-")[2]: each["UUID"] for each in mappings}
        cloud.lambda_.delete_event_source_mapping(UUID=uuids["shop.fifo"])
        cloud.lambda_.update_event_source_mapping(UUID=uuids["zoo.fifo"], Enabled=False)
        dead = f"{STACK}-mailbox-bank-dlq.fifo"
        cloud.sqs.delete_queue(QueueUrl=cloud.sqs.get_queue_url(QueueName=dead)["QueueUrl"])
        assert stack.keep()["mailboxes"] == 3

        assert dead in cloud.queues()
        mappings = cloud.lambda_.list_event_source_mappings()["EventSourceMappings"]
        assert [each["State"] for each in mappings] == ["Enabled"] * 3
        assert stack.keep()["mailboxes"] == 0

    def test_moves_what_was_killed(self, stack: Deployed) -> None:
        """From the dead-letter queues of mailboxes and outbox, once."""
        stack.connect("web_api", WEB)
        cloud = stack.cloud
        outbox = cloud.sqs.create_queue(
            QueueName=f"{STACK}-outbox-dlq.fifo", Attributes={"FifoQueue": "true"}
        )["QueueUrl"]
        mailbox = cloud.sqs.get_queue_url(QueueName=f"{STACK}-mailbox-shop-dlq.fifo")["QueueUrl"]
        for url, body in ((mailbox, samples.mailbox_message().to_json()), (outbox, "lost")):
            cloud.sqs.send_message(
                QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId="d"
            )
        assert stack.keep()["dead letters"] == 2
        letters = cloud.messages().open_letters(10)

        assert {(each.queue, each.agent, each.reason) for each in letters} == {
            ("mailbox", "shop", "killed"),
            ("outbox", "", "killed"),
        }
        assert stack.keep()["dead letters"] == 0

    def test_sweeps_secrets_that_nobody_can_want(self, stack: Deployed) -> None:
        """Once the old token is no longer good."""
        for token in ("TokenA", "TokenB", "TokenC"):
            stack.connect("wechat", WECHAT | {"token": token})
        assert (stack.keep()["secrets"], len(stack.cloud.secret_names())) == (0, 4)
        stack.clock.advance(ROTATION + 1)

        assert (stack.keep()["secrets"], len(stack.cloud.secret_names())) == (2, 2)

    def test_goes_on_where_one_task_fails(self, stack: Deployed) -> None:
        """-1 for that one, and all the others are done."""
        stack.connect("web_api", WEB)
        stack.connect("wechat", WECHAT)
        stored = stack.cloud.wishes().read(
            replace(samples.ADDRESS, channel="wechat", name="wechat")
        )
        assert stored is not None
        stack.cloud.secrets().delete(stored.secret)
        stack.restart()

        def fail(**_: object) -> None:
            raise ConnectionError

        common.sqs().meta.events.register("before-call.sqs.GetQueueUrl", fail)
        table = stack.cloud.wishes()
        stored = table.read(samples.ADDRESS)
        assert stored is not None
        table.write(replace(stored.wish, secrets=table.secrets(stored)), replacing=stored)

        assert stack.keep() == {"channels": 1, "secrets": 0, "mailboxes": -1, "dead letters": -1}


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
