"""
Answering CloudFormation for a custom resource.

Source: AWS CloudFormation User Guide, "Custom resource response objects".
"""

import json
from typing import Any
from urllib.request import Request, urlopen

from cococat.core.failures import log_failure

MAX_REASON = 1000
TIMEOUT = 10


def respond(
    event: dict[str, Any], physical_id: str, *, error: Exception | None, data: dict[str, str]
) -> None:
    """
    Tell CloudFormation how the request in *event* ended.

    Args:
        event: the request.
        physical_id: the resource's id, which must never change.
        error: what went wrong, or None.
        data: attributes for `!GetAtt`.

    """
    if error is not None:
        log_failure("a custom resource failed", error)
    body = {
        "Status": "SUCCESS" if error is None else "FAILED",
        "Reason": "" if error is None else f"{type(error).__name__}: {error}"[:MAX_REASON],
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data,
    }
    request = Request(  # noqa: S310 - the address is CloudFormation's own
        event["ResponseURL"],
        data=json.dumps(body).encode("utf-8"),
        method="PUT",
        headers={"content-type": ""},
    )
    with urlopen(request, timeout=TIMEOUT):  # noqa: S310 - as above
        pass
