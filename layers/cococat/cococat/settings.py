"""The environment, read here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cococat.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    What the template tells a function.

    Attributes:
        stack: the stack's name; queues and secrets carry it as a prefix.
        channels_table: name of the table of channels.
        messages_table: name of the table of messages.
        outbox_url: URL of the outbox queue.
        allowed_hosts: hosts that a config by API may name, beside the platforms' own, and that
            may have an address which is not public.
        bucket: where files lie for agents outside; empty for none.

    """

    stack: str
    channels_table: str
    messages_table: str
    outbox_url: str
    allowed_hosts: frozenset[str] = frozenset()
    bucket: str = ""


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """
    Return the settings of this function.

    Raises:
        ConfigError: one of them is missing.

    """
    env = os.environ if environment is None else environment
    names = {
        "stack": "STACK_NAME",
        "channels_table": "CHANNELS_TABLE",
        "messages_table": "MESSAGES_TABLE",
        "outbox_url": "OUTBOX_URL",
    }
    missing = sorted(name for name in names.values() if not env.get(name))
    if missing:
        message = f"the environment lacks {', '.join(missing)}"
        raise ConfigError(message)
    told = {field: env[name] for field, name in names.items()}
    hosts = _hosts(env.get("ALLOWED_HOSTS", ""))
    return Settings(**told, allowed_hosts=hosts, bucket=env.get("ATTACHMENT_BUCKET", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    What the template tells the functions that make mailboxes and manage channels.

    Attributes:
        heartbeat: ARN of the function that empties mailboxes.
        heartbeat_timeout: its timeout, in seconds.
        heartbeat_concurrency: how many messages of one mailbox are worked on at a time.
        default_agent_kind: kind of an agent that `agents.json` does not name; empty for none.
        management_auth: key or AWS_IAM.
        commit: which one is deployed; empty where nobody said.

    """

    heartbeat: str
    heartbeat_timeout: int
    heartbeat_concurrency: int
    default_agent_kind: str
    management_auth: str
    commit: str


def deployment_from_environment(environment: Mapping[str, str] | None = None) -> Deployment:
    """
    Return the deployment's settings.

    Raises:
        ConfigError: one of them is missing.

    """
    env = os.environ if environment is None else environment
    try:
        return Deployment(
            heartbeat=env["HEARTBEAT_ARN"],
            heartbeat_timeout=int(env["HEARTBEAT_TIMEOUT"]),
            heartbeat_concurrency=int(env["HEARTBEAT_CONCURRENCY"]),
            default_agent_kind=env.get("DEFAULT_AGENT_KIND", ""),
            management_auth=env.get("MANAGEMENT_AUTH", "key"),
            commit=env.get("COMMIT", ""),
        )
    except KeyError as missing:
        message = f"the environment lacks {missing.args[0]}"
        raise ConfigError(message) from None


def _hosts(listed: str) -> frozenset[str]:
    return frozenset(filter(None, (each.strip().lower() for each in listed.split(","))))


def region(environment: Mapping[str, str] | None = None) -> str | None:
    """
    Return the region that the environment names, or None where AWS's own files may name one.

    Lambda and ECS say AWS_REGION, as do most of AWS's SDKs; boto3 alone reads AWS_DEFAULT_REGION.
    Source: AWS SDKs and Tools Reference Guide, "AWS Region".
    """
    env = os.environ if environment is None else environment
    return env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or None


def on_lambda() -> bool:
    """Tell whether this process is a Lambda function's."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def of_process() -> dict[str, str]:
    """Return the whole environment, for a child process or for the values of references."""
    return dict(os.environ)
