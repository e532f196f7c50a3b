"""Each function's role allows what it does, and nothing that it does not do."""

import json
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cococat.aws.wish_secrets import ROTATION
from cococat.bootstrap import common, listening, publishing
from cococat.core import mailbox
from cococat.core.channel_status import Observation
from cococat.core.channels.telegram import TelegramChannel
from cococat.core.directory import ChannelBinding
from cococat.core.listener import Hold
from cococat.core.telegram_api import Bot
from cococat.core.token_record import AccessToken, access_token, account_key
from cococat.simulators.feishu import FeishuPlatform, mention
from cococat.simulators.feishu_api import FeishuServer
from cococat.simulators.web_api import WebApiCaller
from cococat.simulators.weixin import WeComPlatform
from cococat.simulators.weixin_api import WeComApi
from cococat.simulators.weixin_bot import BotPlatform
from tests.support import samples, weixin
from tests.support.cloud import STACK
from tests.support.deployed import ACCOUNT, Deployed, deployed, publish
from tests.support.feishu import SEALED, settings
from tests.support.files import folder
from tests.support.network import Network
from tests.support.roles import (
    Permission,
    arn,
    granted,
    is_granted,
    needed,
    statements,
    table_arn,
)
from tests.support.telegram import token

WEB: dict[str, Any] = {
    "endpoint": "/api/channel/shop/ask",
    "api_key": "key-of-the-operator-0123",
    "options": {"rate_limit": {"per_key": "1000/minute"}},
}
WECHAT = {"app_id": ACCOUNT.app_id, "token": ACCOUNT.token}
PREFIXES = (
    f":{STACK}-mailbox-",
    f":secret:cococat/{STACK}/",
    f":parameter/cococat/{STACK}/",
    f":::{STACK}-attachments/",
)
MAPPINGS = {
    f"lambda:{verb}EventSourceMapping{plural}"
    for verb, plural in (("Create", ""), ("Update", ""), ("Delete", ""), ("List", "s"))
}
COUNTS = {"message_count", "last_message_at"}
SEEN = {each.name for each in fields(Observation)} - {"last_event", "send_error"}
SIGNS = {"alive_at", "heard_at"}
SELDOM = MAPPINGS | {"dynamodb:DeleteItem"}
"""What it takes a changed parameter or a race to be done: the status of what is gone meanwhile."""


class Watch:
    """Notes each AWS call of each function."""

    def __init__(self) -> None:
        self.stack: Deployed | None = None
        self.seen: dict[str, set[Permission]] = {}

    def note(self, params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        """Note one call of the function that runs."""
        if self.stack is None or not self.stack.running:
            return
        service = model.service_model.service_name
        seen = self.seen.setdefault(self.stack.running, set())
        seen.update(needed(service, model.name, params))


@pytest.fixture(name="watch")
def _watch() -> Iterator[Watch]:
    watch = Watch()
    events = common.aws().events
    events.register("provide-client-params", watch.note, unique_id="watch")
    yield watch
    events.unregister("provide-client-params", watch.note, unique_id="watch")


def network(stack: Deployed) -> Network:
    """Let *stack* reach the simulators of the platforms' APIs instead of the network."""
    hosts = Network()
    hosts.hosts["open.feishu.cn"] = FeishuServer(app=SEALED, now=stack.clock.now)
    hosts.hosts[weixin.HOST] = WeComApi(apps=[weixin.APP], now=stack.clock.now)
    vars(common.libraries())["http"] = hosts
    return hosts


def use_wecom(stack: Deployed) -> None:
    """Let somebody write to an application, and to a bot that is polled."""
    for account, name in ((weixin.APP, "weixin"), (weixin.BOT, "bot")):
        stack.connect("weixin", weixin.settings(account), name=name)
    now, door, path = stack.clock.now, stack.door, weixin.PATH
    app = WeComPlatform(app=weixin.APP, transport=door, path=path, now=now)
    app.deliver(app.text("ann", "hello"))
    bot = BotPlatform(bot=weixin.BOT, transport=door, path=f"{path}/bot", now=now)
    asked = bot.ask(bot.text("ann", "hello"))
    assert asked is not None
    stack.work()
    bot.ask(bot.poll(asked["stream"]["id"], "ann"))


def connected_app(stack: Deployed) -> FeishuPlatform:
    """Connect a Feishu app, whose API is the simulator's, and return the platform's side."""
    stack.connect("feishu", settings(SEALED))
    path = "/api/channel/feishu/shop"
    return FeishuPlatform(app=SEALED, transport=stack.door, path=path, now=stack.clock.now)


def live(stack: Deployed, scenes: Path) -> None:
    """Do everything that a stack does in its life."""
    for name, text in folder(SCENES_AGENTS, zoo=[SCENES_ENTRY]).items():
        file = scenes / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    publish(stack, scenes)
    caller = WebApiCaller(transport=stack.door, endpoint=WEB["endpoint"], api_key=WEB["api_key"])
    for key in ("key-of-the-operator-0123", "another-key-0123456789", WEB["api_key"]):
        stack.connect("web_api", WEB | {"api_key": key})
    stack.connect("web_api", WEB | {"endpoint": "/api/channel/shop/more"}, name="more")
    stack.connect("wechat", WECHAT)
    stack.connect("wechat", WECHAT | {"app_id": "x"})
    network(stack)
    use_wecom(stack)
    feishu = connected_app(stack)
    feishu.write("ou_ann", "hello")
    feishu.deliver(feishu.event("im.chat.disbanded_v1", {"chat_id": "oc_group"}))
    mentioned = (mention(1, "CocoCat", feishu.app.bot),)
    said = {"text": "@_user_1 hello"}
    feishu.deliver(feishu.message("ou_ann", said, chat="oc_group", mentions=mentioned))
    stack.work()
    caller.ask("ann", "hello", wait=5)
    fetch_a_file(stack, caller)
    stack.account().write("oUser-of-the_account-0123456", "hello")
    stack.manage("GET", "/api/channels")
    stack.manage("GET", f"/api/messages/{samples.identity()}")
    stack.manage("GET", "/api/channels", key="wrong")
    listen(stack)
    break_things(stack)
    stack.keep()
    stack.clock.advance(ROTATION + 1)
    stack.keep()
    send(stack)
    for name in ("web_api", "more"):
        stack.disconnect("web_api", name=name)
    stack.disconnect("web_api", target_id="zoo")
    publish(stack, scenes)
    stack.run("mailboxes", lambda _event, _context: publishing.remove_all(), {})


class OneMessage:
    """
    A listener that hears one message, and then nothing.

    Args:
        binding: the channel.
        done: is set once the message is in the mailbox.

    """

    silence = 60.0

    def __init__(self, binding: ChannelBinding, done: threading.Event) -> None:
        self._channel = common.channels().bind(binding)
        self._done = done

    def run(self, hold: Hold) -> None:
        """Hear it."""
        assert isinstance(self._channel, TelegramChannel)
        person = {"id": 7, "is_bot": False}
        message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}}
        with hold.work():
            said = message | {"from": person, "text": "hello"}
            self._channel.take({"update_id": 1, "message": said}, Bot(id=1, username="bot"))
            hold.keep({"offset": 2})
        self._done.set()
        while hold.wait(5):
            pass

    def stop(self) -> None:
        """Do nothing."""

    def probe(self) -> bool:
        """Live."""
        return True


def listen(stack: Deployed) -> None:
    """Let the sidecar listen to a bot, and stop."""
    stack.connect("telegram", {"bot_token": token()})
    done = threading.Event()

    def work(_event: object, _context: object) -> None:
        keeper = listening.keeper({"telegram"}, lambda binding: OneMessage(binding, done))
        keeper.tick()
        assert done.wait(10)
        keeper.tick()
        keeper.hand_over()

    stack.run("sidecar", work, {})


def fetch_a_file(stack: Deployed, caller: WebApiCaller) -> None:
    """Let an agent outside fetch a file, and once more while it lies in the bucket."""
    file = {"content": "aGVsbG8="}
    question = {"user_id": "ann", "content": "look", "attachments": [file]}
    caller.post(json.dumps(question).encode("ascii"))
    (name,) = [each for each in stack.cloud.queues() if each.endswith("-mailbox-shop.fifo")]
    url = stack.cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    (received,) = stack.cloud.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    (found,) = mailbox.parse(received["Body"]).attachments
    for _ in range(2):
        assert stack.attachment(found.ref).status == 200


class Source:
    """A platform that gives out a token."""

    def fetch(self, _seconds: float) -> AccessToken:
        """Return one."""
        return access_token("token", 7200, common.CLOCK.now())


def send(stack: Deployed) -> None:
    """Let the outbox use an access token, as a channel does that sends."""
    tokens = common.access_tokens()
    key = account_key("platform", "account")
    stack.run("outbox", lambda _event, _context: tokens.get(key, Source()), {})
    stack.run("outbox", lambda _event, _context: tokens.drop(key, "token"), {})


def break_things(stack: Deployed) -> None:
    """Let mappings, queues and statuses be gone, and let something be dead."""
    cloud = stack.cloud
    for mapping in cloud.lambda_.list_event_source_mappings()["EventSourceMappings"]:
        cloud.lambda_.delete_event_source_mapping(UUID=mapping["UUID"])
    dead = cloud.sqs.get_queue_url(QueueName=f"{STACK}-mailbox-shop-dlq.fifo")["QueueUrl"]
    cloud.sqs.delete_queue(QueueUrl=dead)
    for name in (f"{STACK}-mailbox-support-dlq.fifo", f"{STACK}-outbox-dlq.fifo"):
        url = cloud.sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
        cloud.sqs.send_message(
            QueueUrl=url, MessageBody="dead", MessageGroupId="g", MessageDeduplicationId="d"
        )


SCENES_AGENTS = {"support": {"kind": "echo"}}
SCENES_ENTRY = {
    "type": "web_api",
    "config": {"endpoint": "/api/channel/zoo", "api_key": "key-of-the-file-0123"},
}


@pytest.mark.aws
def test_every_call_is_allowed_and_nothing_is_allowed_in_vain(watch: Watch, tmp_path: Path) -> None:
    """A role that lacks something breaks a stack; one that has too much is a risk."""
    with mock_aws(), deployed(has_bucket=True) as stack:
        watch.stack = stack
        live(stack, tmp_path)

    refused = {
        (role, permission)
        for role, seen in watch.seen.items()
        for permission in seen
        if not is_granted(role, permission)
    }
    assert refused == set()
    assert watch.seen.keys() >= {
        "attachments",
        "channels",
        "keeper",
        "mailboxes",
        "outbox",
        "sidecar",
        "web-api",
        "wechat",
    }
    for role in ("channels", "feishu", "keeper", "sidecar", "weixin"):
        done = {permission.action for permission in watch.seen[role]}
        allowed = {each.action for each in granted(role) if not each.action.startswith("logs:")}
        assert allowed - done - SELDOM == set(), role


@pytest.mark.parametrize("role", statements())
def test_nothing_is_wider_than_the_two_prefixes(role: str) -> None:
    """Wildcards stand at the end of the stack's own mailboxes and secrets, nowhere else."""
    for permission in granted(role):
        assert "*" not in permission.action
        if "*" in permission.resource and permission.resource != "*":
            assert permission.resource.index("*") == len(permission.resource) - 1
            assert any(prefix in permission.resource for prefix in PREFIXES)


@pytest.mark.parametrize("role", statements())
def test_mappings_are_those_of_the_heartbeat(role: str) -> None:
    """They have no names to limit a role to, so the function is the limit."""
    for statement in statements()[role]:
        if statement["Resource"] != "*":
            continue
        assert set(statement["Action"]) == MAPPINGS
        assert statement["Condition"] == {
            "ArnEqualsIfExists": {"lambda:FunctionArn": ("GetAtt", "HeartbeatFunction.Arn")}
        }


def test_the_outbox_writes_access_tokens_and_no_channel() -> None:
    """Else whoever gets hold of it could send messages elsewhere."""
    table = table_arn(f"{STACK}-ChannelsTable")
    writes = [each for each in granted("outbox") if each.resource == table]
    allowed = {(each.action, each.key) for each in writes}

    assert allowed == {
        ("dynamodb:GetItem", "*"),
        ("dynamodb:PutItem", "token#*"),
        ("dynamodb:UpdateItem", "*"),
    }
    own = Permission("dynamodb:PutItem", table, f"token#{samples.identity()}")
    assert is_granted("outbox", own)
    assert not is_granted("outbox", replace(own, key="scene#shop"))


@pytest.mark.parametrize(
    ("role", "changed"),
    [
        ("outbox", (SEEN - SIGNS) | {"send_error"}),
        ("sidecar", SEEN - COUNTS),
        ("feishu", {"last_event"}),
    ],
)
def test_these_change_only_how_a_channel_is(role: str, changed: set[str]) -> None:
    """Not what is wanted of it, though both lie under the same key."""
    (limit,) = [each["Condition"] for each in statements()[role] if _updates_channels(each)]
    attributes = set(limit["ForAllValues:StringEquals"]["dynamodb:Attributes"])

    assert attributes == changed | {"pk", "sk"}


def _updates_channels(statement: dict[str, Any]) -> bool:
    where = arn(statement["Resource"]) == table_arn(f"{STACK}-ChannelsTable")
    return where and statement["Action"] == "dynamodb:UpdateItem"


@pytest.mark.parametrize("role", statements())
def test_every_statement_allows(role: str) -> None:
    """What is not allowed is denied already."""
    assert {statement["Effect"] for statement in statements()[role]} == {"Allow"}
