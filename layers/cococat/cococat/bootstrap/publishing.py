"""The publisher of scenes, wired for the custom resource of the template."""

from collections.abc import Mapping
from importlib.resources.abc import Traversable

from cococat.aws import clients
from cococat.aws.mailboxes import SqsMailboxes
from cococat.aws.references import StackReferences
from cococat.aws.wishes import FileWishes
from cococat.bootstrap.common import directory, dynamodb, environment, secrets, sqs
from cococat.core.publisher import Publisher
from cococat.core.scenes import AGENTS_FILE, ENTRIES_FILE

MAX_ATTRIBUTE = 3000


def resource_id() -> str:
    """Return the custom resource's physical id, which never changes."""
    return f"{environment().stack}-mailboxes"


def publish(properties: Mapping[str, str], folder: Traversable) -> dict[str, str]:
    """
    Publish the scenes in *folder*, make their mailboxes, and return what to tell the operator.

    Args:
        properties: of the custom resource.
        folder: with `agents.json` and a folder for each scene.

    """
    settings = environment()
    publisher = Publisher(
        resolver=StackReferences(
            secrets(), clients.session().client("ssm", config=clients.CONFIG), settings.stack
        ),
        mailboxes=_mailboxes(properties),
        wishes=FileWishes(
            dynamodb(),
            settings.channels_table,
            channels=directory(),
            secrets=secrets(),
            stack=settings.stack,
        ),
        default_kind=properties.get("DefaultAgentKind", ""),
    )
    published = publisher.publish(_texts(folder))
    faults = "\n".join(str(fault) for fault in published.faults)
    return {
        "Channels": str(len(published.channels)),
        "Faults": faults[:MAX_ATTRIBUTE] or "none",
    }


def remove_all(properties: Mapping[str, str]) -> None:
    """Remove every mailbox of the stack, and the secrets of its channels."""
    for item in directory().channels():
        secrets().delete(item["secret"])
    _mailboxes(properties).remove_all()


def _mailboxes(properties: Mapping[str, str]) -> SqsMailboxes:
    settings = environment()
    return SqsMailboxes(
        sqs=sqs(),
        lambda_=clients.session().client("lambda"),
        dynamodb=dynamodb(),
        table=settings.channels_table,
        channels=directory(),
        stack=settings.stack,
        heartbeat=properties["Heartbeat"],
        heartbeat_timeout=int(properties["HeartbeatTimeout"]),
        concurrency=int(properties["Concurrency"]),
    )


def _texts(folder: Traversable) -> dict[str, str]:
    texts = {}
    for child in folder.iterdir():
        if child.name == AGENTS_FILE:
            texts[AGENTS_FILE] = child.read_text("utf-8")
        elif child.is_dir() and (entries := child / ENTRIES_FILE).is_file():
            texts[f"{child.name}/{ENTRIES_FILE}"] = entries.read_text("utf-8")
    return texts
