"""A stack that does everything that a stack does in its life."""

import json
import threading
from pathlib import Path
from typing import Any

from cococat.aws.wish_secrets import ROTATION
from cococat.bootstrap import common, listening, publishing
from cococat.core import mailbox
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
from tests.support.deployed import ACCOUNT, Deployed, publish
from tests.support.feishu import SEALED, settings
from tests.support.files import folder
from tests.support.network import Network
from tests.support.telegram import token

WEB: dict[str, Any] = {
    "endpoint": "/api/channel/shop/ask",
    "api_key": "key-of-the-operator-0123",
    "options": {"rate_limit": {"per_key": "1000/minute"}},
}
WECHAT = {"app_id": ACCOUNT.app_id, "token": ACCOUNT.token}


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
