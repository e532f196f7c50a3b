"""The deployed bundle as the end-to-end tests see it."""

import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core import message_record
from cococat.core.dead_letters import DeadLetter
from cococat.core.http import Response
from cococat.core.message_record import MessageRecord
from cococat.local.stack import LocalAws
from cococat.simulators.feishu import FeishuPlatform
from cococat.simulators.feishu_api import FeishuServer
from cococat.simulators.transport import over_http
from cococat.simulators.web_api import WebApiCaller
from cococat.simulators.wechat import CUT_AFTER, Account, WeChatPlatform
from cococat.simulators.weixin import WeComPlatform
from cococat.simulators.weixin_api import WeComApi
from cococat.simulators.weixin_bot import Bot, BotPlatform
from tests.e2e.proxy import Call, Fault, Proxy
from tests.support.asleep import asleep
from tests.support.web_agent import WebAgent

STACK = "e2e"
BOT_ID = "aib-of-the-tests"
FUNCTIONS = (
    *("web-api", "wechat", "weixin", "feishu"),
    *("heartbeat", "outbox", "mailboxes", "channels", "keeper"),
)
PATIENCE = 40


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """
    The stack and all that a test does to it.

    Attributes:
        stack: as an operator sees it.
        aws: the local AWS.
        proxy: stands between the functions and the local AWS.
        keys: the callers' keys, by endpoint.
        accounts: the Official Accounts, by scene.
        feishu: the API of the Feishu app.
        wecom: the API of the WeCom application.
        wecom_base: where that is.
        remote: the agent that is asked over HTTP.
        owner: the program that answers of `/api/channel/pages` are pushed to.
        remote_secret: what it shares with the bundle.
        folder: for a test's own files.

    """

    stack: Stack
    aws: LocalAws
    proxy: Proxy
    keys: dict[str, str]
    accounts: dict[str, Account]
    feishu: FeishuServer
    wecom: WeComApi
    wecom_base: str
    remote: WebAgent
    owner: WebAgent
    remote_secret: str
    folder: Path

    def caller(self, endpoint: str = "/api/channel/web") -> WebApiCaller:
        """Return a caller with the right key."""
        transport = over_http(self.stack.base_url, patience=40)
        return WebApiCaller(
            transport=transport, endpoint=endpoint, api_key=self.keys.get(endpoint, "none")
        )

    def wechat(self, scene: str = "customer-service") -> WeChatPlatform:
        """Return the platform's side of a scene's Official Account."""
        return WeChatPlatform(
            account=self.accounts[scene],
            transport=over_http(self.stack.base_url, patience=CUT_AFTER),
            path=f"/api/channel/wechat/{scene}",
        )

    def feishu_platform(self, name: str = "") -> FeishuPlatform:
        """Return the platform's side of the Feishu channel called *name*."""
        app = self.feishu.app
        return FeishuPlatform(
            app=replace(app, encrypt_key="") if name == "plain" else app,
            transport=over_http(self.stack.base_url, patience=PATIENCE),
            path=f"/api/channel/feishu/customer-service{f'/{name}' if name else ''}",
            placed=self.feishu.chats.placed,
        )

    def weixin(self) -> WeComPlatform:
        """Return the platform's side of the WeCom application."""
        return WeComPlatform(
            app=self.wecom.apps[0],
            transport=over_http(self.stack.base_url, patience=PATIENCE),
            path="/api/channel/weixin/customer-service",
        )

    def weixin_bot(self) -> BotPlatform:
        """Return the platform's side of the WeCom bot."""
        app = self.wecom.apps[0]
        return BotPlatform(
            bot=Bot(bot_id=BOT_ID, token=app.token, encoding_aes_key=app.encoding_aes_key),
            transport=over_http(self.stack.base_url, patience=PATIENCE),
            path="/api/channel/weixin/customer-service/bot",
            api_base=self.wecom_base,
        )

    def record(self, identity: str) -> MessageRecord | None:
        """Return what is known of a message."""
        return message_record.load(self.stack.messages, identity)

    def dead(self, identity: str) -> list[DeadLetter]:
        """Return the open dead letters of a message."""
        return [each for each in self.stack.messages.open_letters(500) if each.id == identity]

    def mailbox(self, agent: str) -> str:
        """Return the URL of an agent's mailbox."""
        url: str = self.aws.client("sqs").get_queue_url(QueueName=f"{STACK}-mailbox-{agent}.fifo")[
            "QueueUrl"
        ]
        return url

    def restart(self, *functions: str) -> None:
        """Let all processes of *functions* end: the next calls find cold ones."""
        client = self.aws.client("lambda")
        for name in (f"{STACK}-{function}" for function in functions):
            variables = client.get_function_configuration(FunctionName=name)["Environment"]
            begun = variables["Variables"] | {"BEGUN": secrets.token_hex(8)}
            client.update_function_configuration(
                FunctionName=name, Environment={"Variables": begun}
            )

    def cold_starts(self) -> dict[str, int]:
        """Return how many processes each function has had."""
        said = self.aws.log.read_text("utf-8", "replace")
        return {
            function: said.count(f"worker spawned for {STACK}-{function} ")
            for function in FUNCTIONS
        }

    @contextmanager
    def fault(self, kind: str, matches: Callable[[Call], bool], times: int = 1) -> Iterator[Fault]:
        """Let the proxy do harm while the body runs."""
        fault = Fault(kind=kind, matches=matches, times=times)
        self.proxy.recorder.faults.append(fault)
        try:
            yield fault
        finally:
            self.proxy.recorder.faults.remove(fault)

    @contextmanager
    def mapping_off(self, queue: str) -> Iterator[None]:
        """Disable the event source mapping of a queue while the body runs."""
        with asleep(self.aws.client, queue):
            yield

    @contextmanager
    def function_code(self, function: str, files: dict[str, bytes]) -> Iterator[None]:
        """Run other code in a function while the body runs."""
        client = self.aws.client("lambda")
        name = f"{STACK}-{function}"
        module = function.replace("-", "_")
        original = {f"{module}.py": Path(f"functions/{module}.py").read_bytes()}
        client.update_function_code(FunctionName=name, ZipFile=zipped(files))
        try:
            yield
        finally:
            client.update_function_code(FunctionName=name, ZipFile=zipped(original))

    @contextmanager
    def role_without(self, function: str, action: str) -> Iterator[None]:
        """Take one action away from a function's role while the body runs."""
        iam = self.aws.client("iam")
        configuration = self.aws.client("lambda").get_function_configuration(
            FunctionName=f"{STACK}-{function}"
        )
        role = configuration["Role"].rpartition("/")[2]
        named = {"RoleName": role, "PolicyName": function}
        policy = iam.get_role_policy(**named)["PolicyDocument"]
        reduced = policy | {
            "Statement": [s for s in policy["Statement"] if action not in s["Action"]]
        }
        iam.put_role_policy(**named, PolicyDocument=json.dumps(reduced))
        try:
            yield
        finally:
            iam.put_role_policy(**named, PolicyDocument=json.dumps(policy))


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip file of *files*."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def value(response: Response) -> dict[str, Any]:
    """Return the JSON object of *response*."""
    parsed: dict[str, Any] = json.loads(response.body)
    return parsed


def until[T](look: Callable[[], T], seconds: float = PATIENCE) -> T:
    """Return what *look* finds as soon as it finds something, or what it found last."""
    deadline = time.monotonic() + seconds
    found = look()
    while not found and time.monotonic() < deadline:
        time.sleep(0.1)
        found = look()
    return found
