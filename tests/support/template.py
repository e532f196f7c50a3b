"""What `template.yaml` declares; its tables and queues can be made in an imitation of AWS."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

ROOT = Path(__file__).parents[2]


class _Loader(yaml.SafeLoader):
    """Reads the template; an intrinsic function is a pair of its name and what it is given."""


def _intrinsic(loader: _Loader, name: str, node: yaml.Node) -> tuple[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return name, loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return name, loader.construct_sequence(node, deep=True)
    return name, None


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def resources() -> dict[str, Any]:
    """Return the template's resources by their logical name."""
    text = (ROOT / "template.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.load(text, _Loader)["Resources"]  # noqa: S506 - a safe loader
    return found


def make_table(dynamodb: "DynamoDBClient", logical: str, name: str) -> None:
    """Make the table that the template calls *logical*, under *name*."""
    properties = {
        key: value
        for key, value in resources()[logical]["Properties"].items()
        if key != "TimeToLiveSpecification"
    }
    dynamodb.create_table(TableName=name, **properties)


def make_queue(sqs: "SQSClient", name: str, *, visibility: int) -> str:
    """Make a queue like the template's outbox under *name*, without its dead letters."""
    wanted: dict[QueueAttributeNameType, str] = {
        "FifoQueue": "true",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "VisibilityTimeout": str(visibility),
    }
    return sqs.create_queue(QueueName=name, Attributes=wanted)["QueueUrl"]
