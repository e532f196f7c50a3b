"""Holding an API against its own description, by schemathesis."""

from typing import Any

from hypothesis import settings
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

EXAMPLES = settings().max_examples * 2 // 3
"""Requests to each operation, at most; few where many other tests run, more where time is."""


def config(*accepted: str, **headers: str) -> SchemathesisConfig:
    """
    Return what is sent: good and bad requests, the same ones in every run.

    Args:
        accepted: further statuses of a request that the description calls good.
        headers: of every request.

    """
    good = ["2xx", "400", "404", "409", "412", *accepted]
    checks = {
        # What a config has to hold, and which cursors and ETags are ours, no schema can say.
        "positive_data_acceptance": {"expected-statuses": good},
        "negative_data_rejection": {"expected-statuses": ["4xx"]},
        "ignored_auth": {"enabled": False},  # it would be slowed down; tested below
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "workers": 1,
            "headers": headers,
            "generation": {"deterministic": True, "max-examples": EXAMPLES, "mode": "all"},
            "checks": checks,
            "phases": {"stateful": {"max-steps": 6, "generation": {"max-examples": EXAMPLES // 4}}},
        }
    )


def run(schema: Any, *checks: str) -> tuple[set[str], list[str]]:  # noqa: ANN401 - the library's own
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
