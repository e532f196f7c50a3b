"""What the commands of an operator work with: one stack, local or deployed, seen from outside."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cococat import settings
from cococat.aws.admin_keys import AdminKeySecret
from cococat.aws.channels_table import ChannelsTable
from cococat.aws.items_table import ItemsTable
from cococat.aws.messages_table import MessagesTable
from cococat.aws.observations import ObservationTable
from cococat.aws.queues import SqsMailbox, SqsOutbox
from cococat.aws.secrets import Secrets
from cococat.aws.wishes import WishTable
from cococat.core.clock import SystemClock
from cococat.core.errors import ConfigError
from cococat.core.probes import Probes
from cococat.core.replay import DeadLetterDesk

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

_PATIENT = Config(read_timeout=150, retries={"total_max_attempts": 1})
"""For a function that may take two minutes, and that is not to be called twice."""
LOCAL_FILE = Path(".cococat") / "local.json"
LOCAL_KEY = "test"
"""Access key and secret of the local AWS's root; they open nothing else."""
NO_CREDENTIALS = (
    "there are no AWS credentials here: sign in with `aws configure` or `aws sso login`, or name "
    "them in AWS_PROFILE, or in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackAddress:
    """
    Which stack is meant.

    Attributes:
        stack_name: its name.
        base_url: where its doors are; empty for what its outputs say.
        region: its region; empty for what AWS's own settings say.
        aws_endpoint: where its AWS is, if it is a local one.
        simulators: channel type -> where its platform is simulated, if it is a local one.

    """

    stack_name: str
    base_url: str = ""
    region: str = ""
    aws_endpoint: str = ""
    simulators: dict[str, str] = field(default_factory=dict)

    def keep(self, file: Path) -> None:
        """Write it into *file*, for the other commands to find."""
        file.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")


def locate(*, stack_name: str, base_url: str, region: str) -> StackAddress:
    """
    Return the stack that a command's options name, or else the one that runs here.

    Its doors may be elsewhere than it says: that is what *base_url* is for.

    Raises:
        ConfigError: no stack is named and none runs here.

    """
    if stack_name:
        return StackAddress(stack_name=stack_name, base_url=base_url, region=region)
    try:
        here = StackAddress(**json.loads(LOCAL_FILE.read_text("utf-8")))
    except FileNotFoundError:
        message = (
            "no local stack runs here (there is no .cococat/local.json): start one with "
            "`make run` in another terminal, or name a deployed one with --stack-name"
        )
        raise ConfigError(message) from None
    return replace(here, base_url=base_url or here.base_url)


@dataclass(frozen=True)
class Stack:
    """
    One stack, seen by an operator with AWS credentials.

    Attributes:
        address: which one.

    """

    address: StackAddress
    clock: SystemClock = field(default_factory=SystemClock)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """
        Return the template's outputs.

        Raises:
            ConfigError: there is no such stack, or AWS does not say.

        """
        client: CloudFormationClient = self._session.client(
            "cloudformation", endpoint_url=self._endpoint
        )
        try:
            found = client.describe_stacks(StackName=self.address.stack_name)["Stacks"][0]
        except (ClientError, BotoCoreError) as error:
            message = f"AWS does not show a stack '{self.address.stack_name}': {error}"
            raise ConfigError(message) from error
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}

    @property
    def base_url(self) -> str:
        """Return where the doors are."""
        return self.address.base_url or self.outputs["BaseUrl"]

    @cached_property
    def sqs(self) -> "SQSClient":
        """Return the SQS client."""
        return self._session.client("sqs", endpoint_url=self._endpoint)

    def sqs_client(self, config: Config) -> "SQSClient":
        """Return an SQS client with a *config* of its own."""
        return self._session.client("sqs", endpoint_url=self._endpoint, config=config)

    def queue_url(self, name: str) -> str:
        """Return the URL of the queue called *name*, for those who may not ask SQS for it."""
        sts: STSClient = self._session.client("sts", endpoint_url=self._endpoint)
        account = sts.get_caller_identity()["Account"]
        return f"{self.sqs.meta.endpoint_url}/{account}/{name}"

    @cached_property
    def messages(self) -> MessagesTable:
        """Return the messages table."""
        return MessagesTable(self._dynamodb, self.outputs["MessagesTable"], self.clock)

    @cached_property
    def secrets(self) -> Secrets:
        """Return the stack's secrets."""
        client: SecretsManagerClient = self._session.client(
            "secretsmanager", endpoint_url=self._endpoint
        )
        return Secrets(client, self.clock)

    @cached_property
    def admin_keys(self) -> AdminKeySecret:
        """Return the keys of the management API."""
        return AdminKeySecret(self.secrets, self.address.stack_name, self.clock)

    @cached_property
    def channels(self) -> ChannelsTable:
        """Return the channels table."""
        table = self.outputs["ChannelsTable"]
        return ChannelsTable(self._dynamodb, table, secrets=self.secrets, clock=self.clock)

    @cached_property
    def wishes(self) -> WishTable:
        """Return what is wanted."""
        return WishTable(
            self._dynamodb,
            self.outputs["ChannelsTable"],
            channels=self.channels,
            secrets=self.secrets,
            stack=self.address.stack_name,
            clock=self.clock,
        )

    @cached_property
    def observations(self) -> ObservationTable:
        """Return how the channels are."""
        return ObservationTable(self._dynamodb, self.outputs["ChannelsTable"])

    @cached_property
    def probes(self) -> Probes:
        """Return the probes that wait for a sidecar."""
        items = ItemsTable(self._dynamodb, self.outputs["ChannelsTable"], self.clock)
        return Probes(items, self.clock)

    @cached_property
    def dead_letter_desk(self) -> DeadLetterDesk:
        """Return what replays and discards dead letters."""
        return DeadLetterDesk(
            items=self.messages,
            directory=self.channels,
            mailbox=SqsMailbox(self.sqs),
            outbox=SqsOutbox(self.sqs, self.outputs["OutboxUrl"]),
            clock=self.clock,
        )

    def publish(self, files: Mapping[str, str]) -> dict[str, Any]:
        """
        Let the stack publish scenes, with its own rights; see `publishing.publish`.

        Args:
            files: path below the scenes folder -> text.

        Raises:
            ConfigError: it could not.

        """
        name = f"{self.address.stack_name}-mailboxes"
        client: LambdaClient = self._session.client(
            "lambda", endpoint_url=self._endpoint, config=_PATIENT
        )
        answer = client.invoke(FunctionName=name, Payload=json.dumps({"scenes": dict(files)}))
        if answer.get("FunctionError"):
            raise ConfigError(f"the stack could not publish them; see its log /aws/lambda/{name}")
        told: dict[str, Any] = json.loads(answer["Payload"].read())
        return told

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", endpoint_url=self._endpoint)

    @property
    def _endpoint(self) -> str | None:
        return self.address.aws_endpoint or None

    @cached_property
    def _session(self) -> boto3.session.Session:
        region = self.address.region or settings.region()
        if not self.address.aws_endpoint:
            session = boto3.session.Session(region_name=region)
            if not session.region_name:
                message = (
                    f"in which region is the stack '{self.address.stack_name}'? Name it with "
                    "--region, or in AWS_REGION, or in your AWS profile"
                )
                raise ConfigError(message)
            if session.get_credentials() is None:
                raise ConfigError(NO_CREDENTIALS)
            return session
        return boto3.session.Session(
            aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=region
        )
