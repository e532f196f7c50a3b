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

    """

    stack: str
    channels_table: str
    messages_table: str
    outbox_url: str


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
    return Settings(**{field: env[name] for field, name in names.items()})


def on_lambda() -> bool:
    """Tell whether this process is a Lambda function's."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def of_process() -> dict[str, str]:
    """Return the whole environment, for a child process or for the values of references."""
    return dict(os.environ)
