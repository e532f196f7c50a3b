"""The roles of `template.yaml`, and which AWS calls they allow."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from tests.support.cloud import STACK
from tests.support.template import resources

ACCOUNT, REGION = "123456789012", "us-east-1"
ARN = f"arn:aws:{{service}}:{REGION}:{ACCOUNT}:{{name}}"
BUCKET_ARN = f"arn:aws:s3:::{STACK}-attachments"
ARNS = {
    "Attachments.Arn": BUCKET_ARN,
    "KeeperFunction.Arn": ARN.format(service="lambda", name=f"function:{STACK}-keeper"),
    "Outbox.Arn": ARN.format(service="sqs", name=f"{STACK}-outbox.fifo"),
    "OutboxDeadLetters.Arn": ARN.format(service="sqs", name=f"{STACK}-outbox-dlq.fifo"),
}
"""What `!GetAtt` stands for, in the stack of the tests."""
S3_ACTIONS = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}
"""Operation -> the action that it asks for, where that has another name."""
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}


@dataclass(frozen=True, slots=True)
class Permission:
    """
    One action on one resource.

    Attributes:
        action: `sqs:SendMessage` …
        resource: an ARN, in a role with wildcards.
        key: of the item in a table, in a role with wildcards.

    """

    action: str
    resource: str
    key: str = "*"


@cache
def statements() -> dict[str, list[dict[str, Any]]]:
    """Return the statements of each role's policy, by the policy's name."""
    found = {}
    for each in resources().values():
        if each["Type"] == "AWS::IAM::Role" and "Policies" in each["Properties"]:
            policies = [_where_it_is(policy) for policy in each["Properties"]["Policies"]]
            name = policies[0]["PolicyName"]
            found[name] = [
                st for policy in policies for st in policy["PolicyDocument"]["Statement"]
            ]
    return found


def _where_it_is(policy: Any) -> dict[str, Any]:  # noqa: ANN401 - as YAML has it
    """Return *policy*, also one that is there under a condition."""
    found: dict[str, Any] = policy[1][1] if isinstance(policy, tuple) else policy
    return found


def granted(role: str) -> list[Permission]:
    """Return what *role* may do, in the stack of the tests."""
    return [
        Permission(action, resource, key)
        for statement in statements()[role]
        for action in _listed(statement["Action"])
        for resource in map(arn, _listed(statement["Resource"]))
        for key in _keys(statement)
    ]


def is_granted(role: str, asked: Permission) -> bool:
    """Tell whether *role* may do what is *asked*."""
    return any(
        each.action == asked.action
        and fnmatchcase(asked.resource, each.resource)
        and fnmatchcase(asked.key, each.key)
        for each in granted(role)
    )


def arn(resource: Any) -> str:  # noqa: ANN401 - as YAML has it
    """Return the ARN that a role's *resource* stands for."""
    match resource:
        case str():
            return resource
        case ("Sub", text):
            values = {
                "Partition": "aws",
                "Region": REGION,
                "AccountId": ACCOUNT,
                "StackName": STACK,
            }
            filled = re.sub(r"\$\{AWS::(\w+)\}", lambda name: values[name[1]], text)
            filled = filled.replace("${Attachments.Arn}", BUCKET_ARN)
            filled = filled.replace("${MessagesTable.Arn}", table_arn(f"{STACK}-MessagesTable"))
            return re.sub(r"\$\{(\w+)Logs\.Arn\}", r"arn:logs:\1", filled)
        case ("GetAtt", name) if name in ARNS:
            return ARNS[name]
        case ("GetAtt", table) if table.endswith("Table.Arn"):
            return table_arn(f"{STACK}-{table.removesuffix('.Arn')}")
    raise AssertionError(f"a resource that no test knows: {resource}")


def needed(service: str, operation: str, given: dict[str, Any]) -> list[Permission]:
    """Return what a call of *operation* with the parameters *given* needs."""
    match service, operation:
        case "dynamodb", "TransactWriteItems":
            return [
                Permission(f"dynamodb:{WRITES[kind]}", table_arn(write["TableName"]), _key(write))
                for item in given["TransactItems"]
                for kind, write in item.items()
            ]
    return [_single(service, operation, given)]


def _single(service: str, operation: str, given: dict[str, Any]) -> Permission:
    """Return what a call needs that is about one resource."""
    key = "*"
    match service:
        case "dynamodb" if "IndexName" in given:
            resource = f"{table_arn(given['TableName'])}/index/{given['IndexName']}"
        case "dynamodb":
            resource, key = table_arn(given["TableName"]), _key(given)
        case "sqs":
            name = given.get("QueueName") or given["QueueUrl"].rpartition("/")[2]
            resource = ARN.format(service=service, name=name)
        case "secretsmanager":
            name = f"secret:{given.get('SecretId') or given['Name']}"
            resource = ARN.format(service=service, name=name)
        case "ssm":
            resource = ARN.format(service=service, name=f"parameter{given['Name']}")
        case "s3":
            operation = S3_ACTIONS.get(operation, operation)
            resource = f"arn:aws:s3:::{given['Bucket']}" + (
                f"/{given['Key']}" if "Key" in given else ""
            )
        case "lambda" if operation == "Invoke":
            operation = "InvokeFunction"
            resource = ARN.format(service=service, name=f"function:{given['FunctionName']}")
        case "lambda":
            resource = "*"
        case _:
            raise AssertionError(f"a service that no test knows: {service}")
    return Permission(f"{service}:{operation}", resource, key)


def _keys(statement: dict[str, Any]) -> list[str]:
    """Return the keys of the items that a statement is limited to."""
    limits = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    return _listed(limits.get("dynamodb:LeadingKeys", "*"))


def _key(given: dict[str, Any]) -> str:
    """Return the key of the item that a call of DynamoDB is about."""
    item: dict[str, Any] = given.get("Key") or given.get("Item") or {"pk": {"S": "*"}}
    return str(item["pk"]["S"])


def table_arn(name: str) -> str:
    """Return the ARN of the table called *name*."""
    return ARN.format(service="dynamodb", name=f"table/{name}")


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - as YAML has it
    return value if isinstance(value, list) else [value]
