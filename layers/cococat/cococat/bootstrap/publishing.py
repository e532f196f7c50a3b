"""The publisher of scenes, wired for the custom resource of the template."""

from importlib.resources.abc import Traversable

from cococat.aws import clients
from cococat.aws.references import StackReferences
from cococat.aws.wishes import WishTable
from cococat.bootstrap.attachments import empty_bucket
from cococat.bootstrap.common import CLOCK, directory, dynamodb, environment, secrets
from cococat.bootstrap.mailboxes import deployment, mailboxes
from cococat.core.publisher import Publisher
from cococat.core.scenes import AGENTS_FILE, ENTRIES_FILE
from cococat.core.text import cut

MAX_ATTRIBUTE = 3000


def resource_id() -> str:
    """Return the custom resource's physical id, which never changes."""
    return f"{environment().stack}-mailboxes"


def publish(folder: Traversable) -> dict[str, str]:
    """
    Publish the scenes in *folder*, make their mailboxes, and return what to tell the operator.

    Args:
        folder: with `agents.json` and a folder for each scene.

    """
    settings = environment()
    publisher = Publisher(
        resolver=StackReferences(
            secrets(), clients.session().client("ssm", config=clients.CONFIG), settings.stack
        ),
        mailboxes=mailboxes(),
        wishes=WishTable(
            dynamodb(),
            settings.channels_table,
            channels=directory(),
            secrets=secrets(),
            stack=settings.stack,
            clock=CLOCK,
        ),
        default_kind=deployment().default_agent_kind,
    )
    published = publisher.publish(_texts(folder))
    faults = "\n".join(str(fault) for fault in published.faults)
    return {
        "Channels": str(len(published.channels)),
        "Faults": cut(faults, MAX_ATTRIBUTE) or "none",
    }


def remove_all() -> None:
    """Remove every mailbox of the stack, the secrets of its channels, and the files it keeps."""
    empty_bucket()
    for item in directory().channels():
        for name in (item["secret"], *item.get("retired", {})):
            secrets().delete(name)
    mailboxes().remove_all()


def _texts(folder: Traversable) -> dict[str, str]:
    texts = {}
    for child in folder.iterdir():
        if child.name == AGENTS_FILE:
            texts[AGENTS_FILE] = child.read_text("utf-8")
        elif child.is_dir() and (entries := child / ENTRIES_FILE).is_file():
            texts[f"{child.name}/{ENTRIES_FILE}"] = entries.read_text("utf-8")
    return texts
