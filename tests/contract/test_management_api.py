"""The management API against its own description: whatever is sent, the answer is documented."""

from typing import Any

import pytest
from schemathesis import engine, openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from cococat.core.http import Request, Response
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


@pytest.fixture(name="console")
def _console() -> Console:
    console = Console()
    console.ctx.platform.says = {"good": "proven"}
    for scene in ("shop", "bank"):
        console.connect(target_id=scene)
    return console


def _config(**headers: str) -> SchemathesisConfig:
    """Return what is sent: good and bad requests, the same ones in every run."""
    checks = {
        # What a config has to hold, and which cursors and ETags are ours, no schema can say.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409", "412"]},
        "negative_data_rejection": {"expected-statuses": ["4xx"]},
        "ignored_auth": {"enabled": False},  # it would be slowed down; tested below
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "workers": 1,
            "headers": headers,
            "generation": {"deterministic": True, "max-examples": 40, "mode": "all"},
            "checks": checks,
            "phases": {"stateful": {"max-steps": 6, "generation": {"max-examples": 10}}},
        }
    )


def test_every_answer_is_documented_and_none_is_an_error_of_ours(console: Console) -> None:
    """With a key that may do everything."""
    statuses: set[tuple[str, int]] = set()

    def handle(request: Request) -> Response:
        answer = console.management.handle(request)
        statuses.add((request.path, answer.status))
        return answer

    config = _config(Authorization=f"Bearer {console.key}")
    schema = openapi.from_wsgi("/api/openapi.json", to_wsgi(handle), config=config)
    tested, failures = _run(schema)

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

    schema = openapi.from_wsgi("/api/openapi.json", to_wsgi(handle), config=_config())
    _, failures = _run(schema, "not_a_server_error", "status_code_conformance")

    assert failures == []
    assert told == {(True, 200), (True, 405), (False, 401), (False, 429)}
    assert console.ctx.wishes.kept == before


def _run(schema: Any, *checks: str) -> tuple[set[str], list[str]]:  # noqa: ANN401 - the library's own
    """Send what comes of *schema*; return what was tried, and what failed of *checks* or all."""
    tested, failures = set(), []
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(str(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        for case, results in event.recorder.checks.items():
            request = event.recorder.cases[case].value
            tested.add(request.operation.label)
            failures += [
                f"{result.name}: {result.failure_info.failure}\n{request.as_curl_command()}"
                for result in results
                if result.failure_info is not None and (not checks or result.name in checks)
            ]
    return tested, failures
