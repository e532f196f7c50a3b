"""The management API against its own description: whatever is sent, the answer is documented."""

import pytest
from schemathesis import openapi

from cococat.core.http import Request, Response
from tests.support import fuzz
from tests.support.console import Console
from tests.support.wsgi import to_wsgi

OPERATIONS = {
    "GET /healthz",
    "GET /api/channels",
    "GET /api/channels/types",
    "GET /api/channels/{target_type}/{target_id}/{channel_type}",
    "POST /api/channels/connect",
    "POST /api/channels/disconnect",
    "GET /api/messages/{id}",
}
"""All but the description itself, which is read to begin with."""
ELSEWHERE = "^/api/(channel|attachments)/"
"""Not the management API's."""


@pytest.fixture(name="console")
def _console() -> Console:
    console = Console()
    console.ctx.platform.says = {"good": "proven"}
    for scene in ("shop", "bank"):
        console.connect(target_id=scene)
    return console


def test_every_answer_is_documented_and_none_is_an_error_of_ours(console: Console) -> None:
    """With a key that may do everything."""
    statuses: set[tuple[str, int]] = set()

    def handle(request: Request) -> Response:
        answer = console.management.handle(request)
        statuses.add((request.path, answer.status))
        return answer

    config = fuzz.config(Authorization=f"Bearer {console.key}")
    schema = openapi.from_wsgi("/api/openapi.json", to_wsgi(handle), config=config)
    tested, failures = fuzz.run(schema.exclude(path_regex=ELSEWHERE))

    assert failures == []
    assert tested == OPERATIONS
    for path in ("/api/channels/connect", "/api/channels/disconnect"):
        assert {(path, 200), (path, 400), (path, 405), (path, 412)} <= statuses
    assert max(status for _, status in statuses) < 500


def test_without_a_key_nothing_is_told(console: Console) -> None:
    """Every route that is not open says 401, then 429, whatever is sent."""
    before = dict(console.ctx.wishes.kept)
    told: set[tuple[bool, int]] = set()

    def handle(request: Request) -> Response:
        answer = console.management.handle(request)
        told.add((request.path in ("/healthz", "/api/openapi.json"), answer.status))
        return answer

    schema = openapi.from_wsgi("/api/openapi.json", to_wsgi(handle), config=fuzz.config())
    own = schema.exclude(path_regex=ELSEWHERE)
    _, failures = fuzz.run(own, "not_a_server_error", "status_code_conformance")

    assert failures == []
    assert told == {(True, 200), (True, 405), (False, 401), (False, 429)}
    assert console.ctx.wishes.kept == before
