"""One stack's tables, queues and functions in moto's imitation of AWS."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cococat.aws.agents_table import AgentsTable
from cococat.aws.channels_table import ChannelsTable
from cococat.aws.mailboxes import SqsMailboxes
from cococat.aws.messages_table import MessagesTable
from cococat.aws.references import StackReferences
from cococat.aws.secrets import Secrets
from cococat.aws.wishes import WishTable
from cococat.bootstrap.common import aws
from cococat.core.publisher import Publisher
from cococat.core.wishes import Wish
from tests.support import template
from tests.support.clock import FakeClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

STACK = "cococat-test"
HEARTBEAT_TIMEOUT = 120
CONCURRENCY = 7


@dataclass
class Calls:
    """
    The AWS calls of some clients, counted as they go out.

    Attributes:
        made: the operations, in order.

    """

    made: list[str] = field(default_factory=list)

    def watch(self, *watched: Any) -> None:  # noqa: ANN401 - clients of any service
        """Count the calls of *watched* from now on."""
        for client in watched:
            client.meta.events.register("before-call", self._note, unique_id=id(self))

    def take(self) -> list[str]:
        """Return the calls since the last time."""
        made, self.made = self.made, []
        return made

    def _note(self, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        self.made.append(model.name)


class Cloud:
    """
    A stack as the template makes it, but for its mailboxes; to be used inside `mock_aws()`.

    Args:
        visibility: seconds for which the outbox hides a received message.

    """

    def __init__(self, visibility: int = 60) -> None:
        self.clock = FakeClock()
        self.calls = Calls()
        session = aws()
        self.sqs: SQSClient = session.client("sqs")
        self.dynamodb: DynamoDBClient = session.client("dynamodb")
        self.secretsmanager: SecretsManagerClient = session.client("secretsmanager")
        self.channels_table = f"{STACK}-ChannelsTable"
        self.messages_table = f"{STACK}-MessagesTable"
        template.make_table(self.dynamodb, "ChannelsTable", self.channels_table)
        template.make_table(self.dynamodb, "MessagesTable", self.messages_table)
        self.outbox_url = template.make_queue(
            self.sqs, f"{STACK}-outbox.fifo", visibility=visibility
        )
        self.calls.watch(self.sqs, self.dynamodb, self.secretsmanager)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Return the client of Parameter Store."""
        return aws().client("ssm")

    @cached_property
    def lambda_(self) -> "LambdaClient":
        """Return the client of Lambda."""
        client: LambdaClient = aws().client("lambda")
        self.calls.watch(client)
        return client

    @cached_property
    def heartbeat(self) -> str:
        """Return the ARN of a function that stands for the heartbeat."""
        role = (
            aws()
            .client("iam")
            .create_role(
                RoleName="heartbeat", AssumeRolePolicyDocument=json.dumps({"Statement": []})
            )
        )
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("heartbeat.py", "")
        return self.lambda_.create_function(
            FunctionName=f"{STACK}-heartbeat",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="heartbeat.handler",
            Code={"ZipFile": archive.getvalue()},
        )["FunctionArn"]

    @cached_property
    def bucket(self) -> str:
        """Return the name of the bucket for files, made when it is first asked for."""
        name = f"{STACK}-attachments"
        aws().client("s3").create_bucket(Bucket=name)
        return name

    @property
    def environment(self) -> dict[str, str]:
        """Return what the template tells a function."""
        return {
            "STACK_NAME": STACK,
            "CHANNELS_TABLE": self.channels_table,
            "MESSAGES_TABLE": self.messages_table,
            "OUTBOX_URL": self.outbox_url,
        }

    @property
    def deployment(self) -> dict[str, str]:
        """Return what it tells the functions that make mailboxes, too."""
        return {
            "HEARTBEAT_ARN": self.heartbeat,
            "HEARTBEAT_TIMEOUT": str(HEARTBEAT_TIMEOUT),
            "HEARTBEAT_CONCURRENCY": str(CONCURRENCY),
        }

    def messages(self) -> MessagesTable:
        """Return the messages table."""
        return MessagesTable(self.dynamodb, self.messages_table, self.clock)

    def secrets(self) -> Secrets:
        """Return the stack's secrets, nothing of them cached yet."""
        return Secrets(self.secretsmanager, self.clock)

    def channels(self) -> ChannelsTable:
        """Return the channels table, nothing of it cached yet."""
        return ChannelsTable(
            self.dynamodb, self.channels_table, secrets=self.secrets(), clock=self.clock
        )

    def connect(self, wish: Wish) -> None:
        """Let there be the channel of *wish*."""
        wishes = self.wishes()
        wishes.write(wish, replacing=wishes.read(wish.address))

    def disconnect_all(self) -> None:
        """Let there be no channel any more."""
        wishes = self.wishes()
        for stored in wishes.all():
            wishes.remove(stored)

    def wishes(self) -> WishTable:
        """Return what keeps the channels that are wanted."""
        return WishTable(
            self.dynamodb,
            self.channels_table,
            channels=self.channels(),
            secrets=self.secrets(),
            stack=STACK,
            clock=self.clock,
        )

    def agents(self, stack: str = STACK) -> AgentsTable:
        """Return what keeps the agents."""
        return AgentsTable(
            self.dynamodb,
            self.channels_table,
            channels=self.channels(),
            secrets=self.secrets(),
            stack=stack,
        )

    def mailboxes(self, stack: str = STACK) -> SqsMailboxes:
        """Return what makes the agents' queues."""
        return SqsMailboxes(
            sqs=self.sqs,
            lambda_=self.lambda_,
            agents=self.agents(stack),
            stack=stack,
            heartbeat=self.heartbeat,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            concurrency=CONCURRENCY,
        )

    def references(self) -> StackReferences:
        """Return what the files' references stand for."""
        return StackReferences(self.secrets(), self.ssm, STACK)

    def publisher(self) -> Publisher:
        """Return a publisher, nothing cached yet."""
        return Publisher(
            resolver=self.references(),
            mailboxes=self.mailboxes(),
            wishes=self.wishes(),
            default_kind="",
        )

    def items(self) -> list[dict[str, Any]]:
        """Return what is in the channels table, as DynamoDB has it."""
        return self.dynamodb.scan(TableName=self.channels_table)["Items"]

    def secret_names(self) -> list[str]:
        """Return the names of all secrets."""
        return sorted(each["Name"] for each in self.secretsmanager.list_secrets()["SecretList"])

    def queues(self) -> list[str]:
        """Return the names of all queues but the outbox."""
        urls = self.sqs.list_queues().get("QueueUrls", [])
        return sorted(url.rpartition("/")[2] for url in urls if url != self.outbox_url)
