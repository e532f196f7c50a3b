"""The publisher of scenes, wired for the template's custom resource and for operators."""

from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources.abc import Traversable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cococat.aws import clients
from cococat.aws.references import StackReferences
from cococat.aws.wishes import WishTable
from cococat.bootstrap.attachments import empty_bucket
from cococat.bootstrap.common import CLOCK, aws, directory, dynamodb, environment, secrets
from cococat.bootstrap.mailboxes import deployment, mailboxes
from cococat.core.failures import log_failure
from cococat.core.publisher import Published, Publisher
from cococat.core.scene_files import texts
from cococat.core.text import cut

MAX_ATTRIBUTE = 3000


def resource_id() -> str:
    """Return the custom resource's physical id, which never changes."""
    return f"{environment().stack}-mailboxes"


def deploy(folder: Traversable) -> dict[str, str]:
    """
    Publish the scenes in *folder* and return the custom resource's attributes.

    Args:
        folder: with `agents.json` and a folder for each scene.

    """
    published = _publish(texts(folder))
    faults = "\n".join(str(fault) for fault in published.faults)
    return {
        "Channels": str(len(published.channels)),
        "Faults": cut(faults, MAX_ATTRIBUTE) or "none",
    }


def publish(files: Mapping[str, str]) -> dict[str, Any]:
    """
    Publish scenes for an operator and return what came of each channel.

    Args:
        files: path below the scenes folder -> text.

    Returns:
        `channels`, a list of addresses with an `outcome`, and `faults`, a list of sentences.

    """
    published = _publish(files)
    outcomes = [(address, outcome.value) for address, outcome in published.outcomes.items()]
    outcomes += [(address, "withdrawn") for address in published.withdrawn]
    return {
        "channels": [asdict(address) | {"outcome": outcome} for address, outcome in outcomes],
        "faults": [str(fault) for fault in published.faults],
    }


def remove_all() -> None:
    """Remove every mailbox of the stack, the secrets of its channels, and the files it keeps."""
    _wishes().remove_secrets()
    mailboxes().remove_all()
    empty_bucket()


def _publish(files: Mapping[str, str]) -> Published:
    publisher = Publisher(
        resolver=StackReferences(
            secrets(), aws().client("ssm", config=clients.CONFIG), environment().stack
        ),
        mailboxes=mailboxes(),
        wishes=_wishes(),
        default_kind=deployment().default_agent_kind,
    )
    published = publisher.publish(files)
    _wake_keeper()
    return published


def _wishes() -> WishTable:
    return WishTable(
        dynamodb(),
        environment().channels_table,
        channels=directory(),
        secrets=secrets(),
        stack=environment().stack,
        clock=CLOCK,
    )


def _wake_keeper() -> None:
    """Let the keeper look at once; where that fails, it looks within the minute."""
    client = aws().client("lambda")
    try:
        client.invoke(FunctionName=f"{environment().stack}-keeper", InvocationType="Event")
    except (ClientError, BotoCoreError) as error:
        log_failure("the keeper could not be woken", error)
