"""Deploys the bundle once for all end-to-end tests: the built template, by SAM, on free ports."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cococat.bootstrap.operator import Stack
from cococat.core.http import Response
from cococat.local.deploy import build, deploy, local_stack
from cococat.local.stack import HOST, LocalAws
from cococat.simulators.feishu_api import FeishuServer
from cococat.simulators.weixin_api import WeComApi
from tests.e2e.accounts import (
    account_secrets,
    app_secrets,
    made_up_accounts,
    made_up_app,
    made_up_keys,
    made_up_wecom_app,
    wecom_secrets,
)
from tests.e2e.bundle import FUNCTIONS, STACK, Bundle, zipped
from tests.e2e.desk import PATHS, Operator, make_key
from tests.e2e.proxy import Proxy
from tests.support.served import served
from tests.support.web_agent import WebAgent, web_agent

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
HEARTBEAT_TIMEOUT = 12
"""Seconds; the agent is stopped after two."""
VISIBILITY = "3"
"""Seconds after which a killed run is taken up; the template's own would take too long here."""
ENDPOINTS = ("web", "partner", "remote", "outside", "pages", "files", "opened")
"""Those of the Web API that have the same key."""
ROOM = 2 * 1024**3
"""Bytes that the workers of all tests need at most, ten times over."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let these tests use the network, and what they share before the first of them as well."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.enable_socket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """
    What the bundle talks to, behind ports of this machine.

    Attributes:
        feishu: the API of a Feishu app.
        feishu_base: where that is.
        wecom: the API of a WeCom application.
        wecom_base: where that is.
        remote: the agent that is asked over HTTP.
        owner: the program that answers are pushed to.

    """

    feishu: FeishuServer
    feishu_base: str
    wecom: WeComApi
    wecom_base: str
    remote: WebAgent
    owner: WebAgent

    @property
    def secrets(self) -> dict[str, str]:
        """Return the secrets by which the scenes refer to it."""
        programs = {"CALLBACK_URL": self.owner.url, "REMOTE_URL": self.remote.url}
        feishu = app_secrets(self.feishu, self.feishu_base)
        return programs | feishu | wecom_secrets(self.wecom.apps[0], self.wecom_base)


@pytest.fixture(name="outside", scope="session")
def _outside() -> Iterator[Outside]:
    feishu = FeishuServer(app=made_up_app(), now=time.time)
    wecom = WeComApi(apps=[made_up_wecom_app()], now=time.time)
    with (
        web_agent() as remote,
        web_agent() as owner,
        served(feishu) as feishu_base,
        served(wecom) as wecom_base,
    ):
        yield Outside(
            feishu=feishu,
            feishu_base=feishu_base,
            wecom=wecom,
            wecom_base=wecom_base,
            remote=remote,
            owner=owner,
        )


@pytest.fixture(name="bundle", scope="session")
def _bundle(outside: Outside) -> Iterator[Bundle]:
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        aws = LocalAws(PROJECT, Path(folder), free_port())
        proxy = Proxy(aws.endpoint)
        try:
            aws.start()
            proxy.start()
            yield _made(aws, proxy, outside, Path(folder))
        finally:
            proxy.stop()
            aws.stop()


@pytest.fixture(name="closed", scope="session")
def _closed(bundle: Bundle) -> list[Response]:
    """Ask for everything as long as there is no key: as nobody, and with a made-up one."""
    people = [Operator(base_url=bundle.stack.base_url, key=key) for key in ("", "ck_made_up")]
    return [each.ask(method, path) for each in people for method, path in PATHS]


@pytest.fixture(name="operator", scope="session")
def _operator(bundle: Bundle, closed: list[Response]) -> Operator:
    """Make the first key, as an operator does; functions that looked before are begun anew."""
    key = make_key(bundle)
    bundle.restart("channels")
    return Operator(base_url=bundle.stack.base_url, key=key)


def _made(aws: LocalAws, proxy: Proxy, outside: Outside, folder: Path) -> Bundle:
    """Return the bundle, deployed."""
    accounts, keys = made_up_accounts(), made_up_keys()
    for name, key in (keys | account_secrets(accounts) | outside.secrets).items():
        local_stack(aws, STACK).secrets.write_text(f"cococat/{STACK}/{name}", key)
    stack = _deploy(aws)
    _let_in_the_tests(aws, proxy)
    own = {"/api/channel/sales": keys["SALES_KEY"]}
    return Bundle(
        stack=stack,
        aws=aws,
        proxy=proxy,
        keys={f"/api/channel/{each}": keys["WEB_API_KEY"] for each in ENDPOINTS} | own,
        accounts=accounts,
        feishu=outside.feishu,
        wecom=outside.wecom,
        wecom_base=outside.wecom_base,
        remote=outside.remote,
        owner=outside.owner,
        remote_secret=keys["REMOTE_SECRET"],
        folder=folder,
    )


def _deploy(aws: LocalAws) -> Stack:
    """Deploy the tests' scenes."""
    built = build(PROJECT, HERE / "scenes", Path(".aws-sam") / "e2e")
    parameters = {
        "AttachmentBucket": "yes",
        "HeartbeatTimeout": str(HEARTBEAT_TIMEOUT),
        "AgentLayerArn": _agent_layer(aws),
        "AllowedHosts": HOST,
    }
    return deploy(PROJECT, built, aws, STACK, parameters)


def _let_in_the_tests(aws: LocalAws, proxy: Proxy) -> None:
    """Put the proxy behind all functions, and let killed runs be taken up soon."""
    let_in_without_tls(aws, STACK)
    for function in FUNCTIONS:
        _go_through(aws, proxy, function)
    for queue in (f"{STACK}-mailbox-trial.fifo", f"{STACK}-outbox.fifo"):
        url = aws.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
        aws.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"VisibilityTimeout": VISIBILITY}
        )


def let_in_without_tls(aws: LocalAws, stack_name: str) -> str:
    """Take away the policy of the stack's bucket, for the local AWS has no TLS; return its name."""
    found = aws.client("cloudformation").describe_stack_resource(
        StackName=stack_name, LogicalResourceId="Attachments"
    )
    bucket: str = found["StackResourceDetail"]["PhysicalResourceId"]
    aws.client("s3").delete_bucket_policy(Bucket=bucket)
    return bucket


def _agent_layer(aws: LocalAws) -> str:
    """Publish the tests' own agent as the layer that `AgentLayerArn` names."""
    source = HERE / "agent_layer" / "python" / "trial_agent.py"
    layer = aws.client("lambda").publish_layer_version(
        LayerName="trial-agent",
        Content={"ZipFile": zipped({"python/trial_agent.py": source.read_bytes()})},
    )
    return str(layer["LayerVersionArn"])


def _go_through(aws: LocalAws, proxy: Proxy, function: str) -> None:
    """Let a function reach AWS through the proxy only."""
    client = aws.client("lambda")
    name = f"{STACK}-{function}"
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": variables | {"AWS_ENDPOINT_URL": proxy.url}}
    )


def in_memory(folder: Path = Path("/dev/shm")) -> Path | None:  # noqa: S108 - not a fixed name in it
    """
    Return a folder in memory, or None where there is none with room enough.

    The local AWS unpacks the whole bundle for each worker that it starts, and on a disk most of
    a cold start is that.
    """
    has_room = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM
    return folder if has_room else None


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
