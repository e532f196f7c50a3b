"""The Web API against its own description: whatever is sent, the answer is documented."""

import json
from dataclasses import dataclass, field

from schemathesis import openapi

from cococat.core.door import Door
from cococat.core.http import Request, Response, json_response
from cococat.core.messages import Reply
from tests.support import fuzz, samples
from tests.support.api import Api
from tests.support.console import OPENAPI
from tests.support.wsgi import to_wsgi

OPERATIONS = {
    "POST /api/channel/{endpoint}",
    "OPTIONS /api/channel/{endpoint}",
    "GET /api/channel/{endpoint}/messages/{id}",
    "OPTIONS /api/channel/{endpoint}/messages/{id}",
}
KEY = f"Bearer {samples.API_KEY}"
OWN = "^/api/channel/"


def description() -> dict[str, object]:
    """Return the API's description, for the one entry that there is."""
    found: dict[str, object] = json.loads(OPENAPI.replace('"^[A-Za-z0-9_-]+$"', '"^(web|nobody)$"'))
    return found


@dataclass
class Served:
    """
    An entry whose agent answers every other message at once.

    Attributes:
        api: the entry.
        statuses: what was answered: method and status.

    """

    api: Api
    statuses: set[tuple[str, int]] = field(default_factory=set)
    _asked: int = 0

    @property
    def door(self) -> Door:
        """Return its door."""
        return self.api.door

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if request.path == "/api/openapi.json":
            return json_response(200, description())
        answer = self.door.handle(request)
        self.statuses.add((request.method, answer.status))
        if answer.status == 202:
            self._asked += 1
            if self._asked % 2:
                self.api.answer(json.loads(answer.body)["id"], Reply(text="hi").text)
        return answer


def served(**more: object) -> Served:
    """Return an entry with *more* in its config."""
    config: dict[str, object] = {"endpoint": "/api/channel/web", "api_key": samples.API_KEY}
    return Served(Api(samples.binding(config=config | more)))


def failures_of(entry: Served, *checks: str, **headers: str) -> tuple[set[str], list[str]]:
    """Send whatever comes of the description to *entry*."""
    # What a browser asks, which pages may call, and how much a file holds, no schema can say.
    config = fuzz.config("403", "405", "413", **headers)
    schema = openapi.from_wsgi("/api/openapi.json", to_wsgi(entry.handle), config=config)
    return fuzz.run(schema.include(path_regex=OWN), *checks)


def test_every_answer_is_documented_and_none_is_an_error_of_ours() -> None:
    """With a good key."""
    entry = served(cors_origins=["https://shop.example"])
    tested, failures = failures_of(entry, Authorization=KEY)

    assert failures == []
    assert tested == OPERATIONS
    assert {("POST", 202), ("POST", 400), ("OPTIONS", 403), ("GET", 404)} <= entry.statuses
    assert max(status for _, status in entry.statuses) < 500


def test_without_a_key_nothing_is_told() -> None:
    """401, or 404 where nobody is, whatever is sent."""
    entry = served()
    _, failures = failures_of(entry, "not_a_server_error", "status_code_conformance")

    assert failures == []
    assert {status for _, status in entry.statuses} == {401, 404}
    assert (entry.api.contents(), entry.api.items.stored) == ([], {})


def test_whoever_asks_too_often_gets_a_documented_answer() -> None:
    """With limits most requests are one more than there may be."""
    entry = served(options={"rate_limit": {"per_key": "2/day"}})
    checks = ("not_a_server_error", "status_code_conformance", "response_schema_conformance")
    _, failures = failures_of(entry, *checks, Authorization=KEY)

    assert failures == []
    assert ("POST", 429) in entry.statuses
