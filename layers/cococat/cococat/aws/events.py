"""Lambda's events: an HTTP API request (payload format 2.0), and a batch of SQS records."""

import base64
from typing import Any

from cococat.core.http import Request, Response


def to_request(event: dict[str, Any]) -> Request:
    """Return the HTTP request that *event* holds."""
    context = event["requestContext"]
    http, stage, path = context["http"], context.get("stage", "$default"), event["rawPath"]
    return Request(
        method=http["method"],
        path=path if stage == "$default" else path.removeprefix(f"/{stage}"),
        query=event.get("rawQueryString", ""),
        headers=event.get("headers", {}),
        body=_body(event),
        received_at=context.get("timeEpoch", 0) / 1000,
        caller=http.get("sourceIp", ""),
        principal=_principal(context) if "authorizer" in context else "",
    )


def _body(event: dict[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body)
    return body.encode("utf-8", "surrogatepass")


def _principal(context: dict[str, Any]) -> str:
    """Return the identity that API Gateway has checked, where the route asks for one."""
    iam = (context.get("authorizer") or {}).get("iam") or {}
    return str(iam.get("userArn") or "")


def to_answer(response: Response) -> dict[str, Any]:
    """Return *response* as Lambda hands it to API Gateway."""
    return {
        "statusCode": response.status,
        "headers": response.headers,
        "body": response.body,
        "isBase64Encoded": False,
    }
