"""The custom resource behind the template: mailboxes follow the scenes and go with the stack."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cococat.bootstrap.operator import Stack
from cococat.core.ids import ChannelAddress
from cococat.core.scene_files import texts
from cococat.core.scenes import read
from cococat.local.deploy import build, deploy, local_stack
from cococat.local.stack import LocalAws
from cococat.local.steps import StepFailed
from cococat.simulators.feishu_api import FeishuServer
from tests.e2e.accounts import (
    account_secrets,
    app_secrets,
    made_up_accounts,
    made_up_app,
    made_up_wecom_app,
    wecom_secrets,
)
from tests.e2e.bundle import until
from tests.e2e.conftest import HERE, PROJECT, free_port, in_memory, let_in_without_tls

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
NAME = "lifecycle"
WEB_APIS = ("web_api", "partner", "remote", "outside", "web_api", "web_api", "files", "opened")
"""The names of the web_api channels of all scenes."""
SCHEDULED = f"EventBridge → Lambda {NAME}-keeper: dispatched"
"""What the local AWS logs where a schedule's time has come."""


@pytest.fixture(name="aws", scope="module")
def _aws() -> Iterator[LocalAws]:
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        aws = LocalAws(PROJECT, Path(folder), free_port())
        try:
            aws.start()
            yield aws
        finally:
            aws.stop()


def _queues(aws: LocalAws) -> list[str]:
    urls = aws.client("sqs").list_queues().get("QueueUrls", [])
    return sorted(url.rpartition("/")[2] for url in urls)


def _buckets(aws: LocalAws) -> list[str]:
    """Return the buckets, but for the one that SAM deploys from."""
    found = aws.client("s3").list_buckets()["Buckets"]
    return [each["Name"] for each in found if each["Name"].startswith(NAME)]


def _with_scene(built: Path, folder: Path) -> Path:
    """Return a copy of the bundle whose scenes hold one scene more, and one fault."""
    copy = folder / "bundle"
    shutil.copytree(built, copy)
    scenes = copy / "MailboxesFunction" / "published_scenes"
    (scenes / "billing").mkdir()
    entry = {"endpoint": "/api/channel/billing", "api_key": "a-key-of-enough-letters"}
    bad = {"endpoint": "/api/channel/web", "api_key": "short"}
    channels = [
        {"type": "web_api", "config": entry},
        {"type": "web_api", "name": "bad", "config": bad},
    ]
    whole = {"agent": "support", "channels": channels}
    (scenes / "billing" / "entries.json").write_text(json.dumps(whole), "utf-8")
    agents = json.loads((scenes / "agents.json").read_text("utf-8"))
    more = json.dumps(agents | {"second": {"kind": "echo"}})
    (scenes / "agents.json").write_text(more, "utf-8")
    return copy


def test_mailboxes_follow_the_scenes_and_go_with_the_stack(aws: LocalAws, tmp_path: Path) -> None:
    """Deploy, deploy with other scenes, delete: each leaves exactly what is wanted."""
    secrets = local_stack(aws, NAME).secrets
    keys = {name: f"a-test-key-{name}" for name in ("WEB_API_KEY", "SALES_KEY")}
    keys |= {"PARTNER_KEY": '{"key": "a-test-key-of-a-partner"}'}
    keys |= {"REMOTE_URL": "https://agent.example/", "REMOTE_SECRET": "a-test-secret-of-it"}
    keys |= {"CALLBACK_URL": "https://owner.example/"}
    keys |= wecom_secrets(made_up_wecom_app(), "https://qyapi.weixin.qq.com")
    keys |= app_secrets(FeishuServer(app=made_up_app(), now=time.time), "https://open.feishu.cn")
    for name, key in (keys | account_secrets(made_up_accounts())).items():
        secrets.write_text(f"cococat/{NAME}/{name}", key)
    built = build(PROJECT, HERE / "scenes", Path(".aws-sam") / "e2e")
    parameters = {"AttachmentBucket": "yes"}
    stack = deploy(PROJECT, built, aws, NAME, parameters)
    agents = ["outside", "partner", "remote", "support", "trial"]
    channels = len(read(texts(HERE / "scenes")).entries)
    assert (stack.outputs["Channels"], stack.outputs["SceneFaults"]) == (str(channels), "none")
    assert _names(agents) == _queues(aws)
    _check_keeper(aws, stack)

    again = deploy(PROJECT, _with_scene(built, tmp_path), aws, NAME, parameters)
    address = ChannelAddress(
        target_type="scene", target_id="billing", channel="web_api", name="web_api"
    )
    assert again.outputs["Channels"] == str(channels + 1)
    assert "billing/entries.json: $.channels[1].config.api_key" in again.outputs["SceneFaults"]
    assert again.channels.by_address(address) is not None
    assert _names([*agents, "second"]) == _queues(aws)

    bucket = let_in_without_tls(aws, NAME)
    assert _buckets(aws) == [bucket]
    aws.client("s3").put_object(Bucket=bucket, Key="file", Body=b"hello")
    formation = aws.client("cloudformation")
    formation.delete_stack(StackName=NAME)
    until(lambda: _is_deleted(formation))
    assert (_queues(aws), _buckets(aws)) == ([], [])
    assert aws.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    left = aws.client("secretsmanager").list_secrets()["SecretList"]
    made = [each["Name"] for each in left if each["Name"].count("/") > 2]
    assert made == []


def _check_keeper(aws: LocalAws, stack: Stack) -> None:
    """See that the keeper looks after a deploy, and by itself each minute."""
    table = stack.outputs["ChannelsTable"]
    expected = sorted(f"status#web_api#{name}" for name in WEB_APIS)
    assert until(lambda: _statuses(aws, table) == expected, 25)
    assert SCHEDULED not in aws.log.read_text("utf-8", "replace")
    (rule,) = aws.client("events").list_rules()["Rules"]
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    for item in _scan(aws, table):
        if item["sk"]["S"].startswith("status#"):
            key = {name: item[name] for name in ("pk", "sk")}
            aws.client("dynamodb").delete_item(TableName=table, Key=key)

    assert until(lambda: _statuses(aws, table) == expected, 75)
    assert SCHEDULED in aws.log.read_text("utf-8", "replace")


def _statuses(aws: LocalAws, table: str) -> list[str]:
    """Return which web_api channels were seen connected."""
    return sorted(
        item["sk"]["S"]
        for item in _scan(aws, table)
        if item["sk"]["S"].startswith("status#web_api") and item["status"]["S"] == "connected"
    )


def _scan(aws: LocalAws, table: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName=table)["Items"]
    return items


def test_a_failed_deploy_is_one_sentence_with_its_reason(aws: LocalAws) -> None:
    """What CloudFormation says is passed on, and nothing is left behind."""
    built = build(PROJECT, HERE / "scenes", Path(".aws-sam") / "e2e")
    with pytest.raises(StepFailed) as failed:
        deploy(PROJECT, built, aws, "broken", {"HeartbeatConcurrency": "many"})

    assert len(str(failed.value).splitlines()) == 1
    assert "the deploy failed" in str(failed.value)
    assert "deploy.log" in str(failed.value)
    until(lambda: not [queue for queue in _queues(aws) if queue.startswith("broken")])
    assert [queue for queue in _queues(aws) if queue.startswith("broken")] == []


def _names(agents: list[str]) -> list[str]:
    boxes = [f"{NAME}-mailbox-{agent}{end}.fifo" for agent in agents for end in ("", "-dlq")]
    return sorted([*boxes, f"{NAME}-outbox.fifo", f"{NAME}-outbox-dlq.fifo"])


def _is_deleted(formation: "object") -> bool:
    try:
        found = formation.describe_stacks(StackName=NAME)["Stacks"]  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - a stack that is gone is told by an error
        return True
    return bool(found[0]["StackStatus"] == "DELETE_COMPLETE")
