"""What a handler with boto3 pays before its first line: the import and two clients."""

from typing import Any

import boto3


def prepare(request: dict[str, Any]) -> dict[str, Any]:
    """Return *request* as it is."""
    return request


def answer(_request: dict[str, Any]) -> tuple[int, str]:
    """Make the two clients that a door needs, and call neither."""
    made = [boto3.client("sqs"), boto3.client("dynamodb")]
    return 200, " ".join(client.meta.service_model.service_name for client in made)


def taken() -> list[str]:
    """Return nothing."""
    return []
