"""A request as API Gateway hands it to Lambda."""

from typing import Any


def prepare(request: dict[str, Any]) -> dict[str, Any]:
    """Return *request* as API Gateway's event, payload format 2.0."""
    http = {
        "method": request["method"],
        "path": request["path"],
        "protocol": "HTTP/1.1",
        "sourceIp": "192.0.2.1",
        "userAgent": "Mozilla/4.0",
    }
    return {
        "version": "2.0",
        "routeKey": "ANY /api/channel/{proxy+}",
        "rawPath": request["path"],
        "rawQueryString": request["query"],
        "headers": request["headers"],
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "bench",
            "domainName": "bench.execute-api.us-east-1.amazonaws.com",
            "http": http,
            "requestId": "bench",
            "stage": "$default",
            "timeEpoch": request["time_ms"],
        },
        "body": request["body"],
        "isBase64Encoded": False,
    }
