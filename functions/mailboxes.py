"""
Publishes scenes and makes every mailbox they name.

It is the custom resource `Mailboxes` of the template, which publishes the scenes that were
deployed, and what `python -m cococat.scenes publish` calls, with other ones.
"""

from importlib.resources import files
from typing import Any

from cococat.aws import custom_resource
from cococat.bootstrap import publishing


def handler(event: dict[str, Any], _context: object) -> dict[str, Any] | None:
    """Carry out a request of CloudFormation and tell it, or one of an operator and return it."""
    if "scenes" in event:
        return publishing.publish(event["scenes"])
    error: Exception | None = None
    data: dict[str, str] = {}
    try:
        if event["RequestType"] == "Delete":
            publishing.remove_all()
        else:
            data = publishing.deploy(files("published_scenes"))
    except Exception as raised:  # noqa: BLE001 - CloudFormation must hear of it
        error = raised
    custom_resource.respond(event, publishing.resource_id(), error=error, data=data)
    return None
