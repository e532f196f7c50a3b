"""The custom resource `Mailboxes`: publishes the scenes and makes every mailbox they name."""

from importlib.resources import files
from typing import Any

from cococat.aws import custom_resource
from cococat.bootstrap import publishing


def handler(event: dict[str, Any], _context: object) -> None:
    """Carry out one Create, Update or Delete of CloudFormation, and say how it went."""
    error: Exception | None = None
    data: dict[str, str] = {}
    try:
        if event["RequestType"] == "Delete":
            publishing.remove_all()
        else:
            data = publishing.publish(files("published_scenes"))
    except Exception as raised:  # noqa: BLE001 - CloudFormation must hear of it
        error = raised
    custom_resource.respond(event, publishing.resource_id(), error=error, data=data)
