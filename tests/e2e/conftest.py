"""Deploys the bundle once for all end-to-end tests: the built template, by SAM, on free ports."""

import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cococat.core.http import Response
from cococat.local.deploy import build, deploy, local_stack
from cococat.local.made_up import made_up
from cococat.local.stack import HOST, LocalAws
from cococat.simulators.feishu import App
from cococat.simulators.feishu_api import FeishuServer
from cococat.simulators.wechat import Account
from cococat.simulators.weixin import App as WeComApp
from cococat.simulators.weixin_api import WeComApi
from tests.e2e.bundle import BOT_ID, FUNCTIONS, STACK, Bundle, zipped
from tests.e2e.desk import PATHS, Operator, make_key
from tests.e2e.proxy import Proxy
from tests.support.served import served
from tests.support.web_agent import WebAgent, web_agent

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
CALLBACK_KEYS = ("token", "encoding_aes_key")
HEARTBEAT_TIMEOUT = 12
"""Seconds; the agent is stopped after two."""
VISIBILITY = "3"
"""Seconds after which a killed run is taken up; the template's own would take too long here."""
ROOM = 2 * 1024**3
"""Bytes that the workers of all tests need at most, ten times over."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let these tests use the network, and what they share before the first of them as well."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(name="bundle", scope="session")
def _bundle() -> Iterator[Bundle]:
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        aws = LocalAws(PROJECT, Path(folder), free_port())
        proxy = Proxy(aws.endpoint)
        try:
            aws.start()
            proxy.start()
            feishu = FeishuServer(app=made_up_app(), now=time.time)
            wecom = WeComApi(apps=[made_up_wecom_app()], now=time.time)
            with (
                web_agent() as remote,
                web_agent() as owner,
                served(feishu) as there,
                served(wecom) as elsewhere,
            ):
                given = app_secrets(feishu, there) | wecom_secrets(wecom.apps[0], elsewhere)
                programs = (remote, owner)
                yield _deploy(aws, proxy, programs, Path(folder), (feishu, wecom), given)
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


def _deploy(
    aws: LocalAws,
    proxy: Proxy,
    programs: tuple[WebAgent, WebAgent],
    folder: Path,
    platforms: tuple[FeishuServer, WeComApi],
    given: dict[str, str],
) -> Bundle:
    remote, owner = programs
    keys = {
        "CALLBACK_URL": owner.url,
        "WEB_API_KEY": f"sk-{secrets.token_hex(16)}",
        "SALES_KEY": f"sk-{secrets.token_hex(16)}",
        "PARTNER_KEY": f'{{"key": "sk-{secrets.token_hex(16)}"}}',
        "REMOTE_URL": remote.url,
        "REMOTE_SECRET": secrets.token_hex(16),
    }
    accounts = made_up_accounts()
    for name, key in (keys | account_secrets(accounts) | given).items():
        local_stack(aws, STACK).secrets.write_text(f"cococat/{STACK}/{name}", key)
    built = build(PROJECT, HERE / "scenes", Path(".aws-sam") / "e2e")
    parameters = {
        "AttachmentBucket": "yes",
        "HeartbeatTimeout": str(HEARTBEAT_TIMEOUT),
        "AgentLayerArn": _agent_layer(aws),
        "AllowedHosts": HOST,
    }
    stack = deploy(PROJECT, built, aws, STACK, parameters)
    let_in_without_tls(aws, STACK)
    for function in FUNCTIONS:
        _go_through(aws, proxy, function)
    for queue in (f"{STACK}-mailbox-trial.fifo", f"{STACK}-outbox.fifo"):
        url = aws.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
        aws.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"VisibilityTimeout": VISIBILITY}
        )
    endpoints = {
        "/api/channel/web": keys["WEB_API_KEY"],
        "/api/channel/partner": keys["WEB_API_KEY"],
        "/api/channel/remote": keys["WEB_API_KEY"],
        "/api/channel/outside": keys["WEB_API_KEY"],
        "/api/channel/pages": keys["WEB_API_KEY"],
        "/api/channel/files": keys["WEB_API_KEY"],
        "/api/channel/opened": keys["WEB_API_KEY"],
        "/api/channel/sales": keys["SALES_KEY"],
    }
    return Bundle(
        stack=stack,
        aws=aws,
        proxy=proxy,
        keys=endpoints,
        accounts=accounts,
        feishu=platforms[0],
        wecom=platforms[1],
        wecom_base=given["WEIXIN_API_BASE"],
        remote=remote,
        owner=owner,
        remote_secret=keys["REMOTE_SECRET"],
        folder=folder,
    )


def let_in_without_tls(aws: LocalAws, stack_name: str) -> str:
    """Take away the policy of the stack's bucket, for the local AWS has no TLS; return its name."""
    found = aws.client("cloudformation").describe_stack_resource(
        StackName=stack_name, LogicalResourceId="Attachments"
    )
    bucket: str = found["StackResourceDetail"]["PhysicalResourceId"]
    aws.client("s3").delete_bucket_policy(Bucket=bucket)
    return bucket


def made_up_accounts() -> dict[str, Account]:
    """Make up an Official Account in safe mode, and one in plain mode."""
    app_id, key = made_up("app_id"), made_up("encoding_aes_key")
    return {
        "customer-service": Account(app_id=app_id, token=made_up("token"), encoding_aes_key=key),
        "sales": Account(app_id=app_id, token=made_up("token")),
    }


def account_secrets(accounts: dict[str, Account]) -> dict[str, str]:
    """Return the secrets that the scenes' wechat entries refer to."""
    safe = accounts["customer-service"]
    return {
        "WECHAT_APP_ID": safe.app_id,
        "WECHAT_TOKEN": safe.token,
        "WECHAT_ENCODING_AES_KEY": safe.encoding_aes_key,
        "SALES_WECHAT_TOKEN": accounts["sales"].token,
    }


def made_up_app() -> App:
    """Make up a Feishu app whose events come sealed."""
    return App(
        app_id=f"cli_{secrets.token_hex(8)}",
        app_secret=made_up("app_secret"),
        encrypt_key=made_up("encrypt_key"),
        verification_token=made_up("verification_token"),
    )


def made_up_wecom_app() -> WeComApp:
    """Make up a WeCom application; the scene's bot has the same token and key."""
    return WeComApp(
        **{key: made_up(key) for key in ("corp_id", "agent_id", "secret", *CALLBACK_KEYS)}
    )


def wecom_secrets(app: WeComApp, api_base: str) -> dict[str, str]:
    """Return the secrets that the scenes' weixin entries refer to."""
    return {
        "WEIXIN_CORP_ID": app.corp_id,
        "WEIXIN_AGENT_ID": app.agent_id,
        "WEIXIN_SECRET": app.secret,
        "WEIXIN_TOKEN": app.token,
        "WEIXIN_ENCODING_AES_KEY": app.encoding_aes_key,
        "WEIXIN_BOT_ID": BOT_ID,
        "WEIXIN_API_BASE": api_base,
    }


def app_secrets(server: FeishuServer, api_base: str) -> dict[str, str]:
    """Return the secrets that the scenes' feishu entries refer to."""
    return {
        "FEISHU_APP_ID": server.app.app_id,
        "FEISHU_APP_SECRET": server.app.app_secret,
        "FEISHU_ENCRYPT_KEY": server.app.encrypt_key,
        "FEISHU_VERIFICATION_TOKEN": server.app.verification_token,
        "FEISHU_API_BASE": api_base,
    }


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
