"""Each function's role allows what it does, and nothing that it does not do."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cococat.bootstrap import common
from cococat.core.channel_status import Observation
from tests.support import samples
from tests.support.cloud import STACK
from tests.support.deployed import Deployed, deployed
from tests.support.roles import (
    Permission,
    arn,
    granted,
    is_granted,
    needed,
    statements,
    table_arn,
)
from tests.support.stack_life import live

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
        ("outbox", (SEEN - SIGNS) | {"send_error", "last_event"}),
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
