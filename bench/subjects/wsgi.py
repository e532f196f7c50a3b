"""A Flask application as Lambda runs it: an adapter turns each event into a WSGI request."""

from collections.abc import Callable
from typing import Any

from apig_wsgi import make_lambda_handler

from bench.subjects.lambda_event import prepare


def answering(application: Any) -> Callable[[dict[str, Any]], tuple[int, str]]:  # noqa: ANN401 - Flask's own type
    """Return what lets *application* answer the request in an event of API Gateway."""
    handler = make_lambda_handler(application)

    def answer(event: dict[str, Any]) -> tuple[int, str]:
        answered = handler(event, None)
        return answered["statusCode"], answered["body"]

    return answer


__all__ = ["answering", "prepare"]
