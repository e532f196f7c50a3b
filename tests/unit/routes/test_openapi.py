"""The description of the API, held against the management API."""

import json
import re
from typing import Any

import pytest
from schemathesis import openapi

from cococat.core import reply_form, web_api_files, web_api_question
from cococat.core.channel_status import Status
from cococat.core.message_record import State
from cococat.core.messages import Format
from cococat.core.scenes import is_name, is_scene
from cococat.core.wish_check import TARGETS
from cococat.core.wishes import Source
from cococat.routes import channels
from cococat.routes.attachments import REASONS
from tests.support.api import value
from tests.support.console import OPENAPI, Console

DESCRIPTION: dict[str, Any] = json.loads(OPENAPI)
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]
OPEN = {"/healthz", "/api/openapi.json"}
ELSEWHERE = ("/api/channel/", "/api/attachments/")
"""Not the management API's: they have keys of their own."""
PATHS: dict[str, Any] = {
    path: methods
    for path, methods in DESCRIPTION["paths"].items()
    if not path.startswith(ELSEWHERE)
}


def test_it_is_valid_openapi() -> None:
    """By the specification's own schema; a broken one is found."""
    openapi.from_dict(DESCRIPTION).validate()
    broken = json.loads(OPENAPI.replace('"requestBody"', '"requestBodies"'))

    with pytest.raises(Exception, match="requestBodies"):
        openapi.from_dict(broken).validate()


def test_every_reference_leads_somewhere() -> None:
    """And everything that is described is referred to."""
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', OPENAPI))

    assert referred == SCHEMAS.keys()


def test_it_has_the_routes_that_there_are() -> None:
    """Each with its method, and none besides."""
    described = {(method.upper(), path) for path, methods in PATHS.items() for method in methods}
    routes = {(route.method, route.path.pattern) for route in Console().management._routes()} | {
        ("GET", path) for path in OPEN
    }
    matched = {
        (method, next(pattern for pattern in _patterns(routes, method) if _fits(pattern, path)))
        for method, path in described
    }

    assert len(described) == len(routes)
    assert matched == routes


def test_only_what_is_open_needs_no_key() -> None:
    """Everything else says 401, 403, 429 and 503."""
    for path, methods in PATHS.items():
        for operation in methods.values():
            assert (operation.get("security") == []) == (path in OPEN)
            if path not in OPEN:
                assert {"401", "403", "429", "503"} <= operation["responses"].keys()


def test_it_names_the_values_that_there_are() -> None:
    """States, sources, targets."""
    channel = SCHEMAS["Channel"]["properties"]

    assert channel["status"]["enum"] == [*Status]
    assert channel["source"]["enum"] == [*Source]
    assert SCHEMAS["Trace"]["properties"]["state"]["enum"] == [*State]
    assert SCHEMAS["Connect"]["properties"]["target_type"]["enum"] == [*TARGETS]
    assert SCHEMAS["Disconnect"]["properties"].keys() == channels.TARGET
    assert SCHEMAS["Connect"]["properties"].keys() == channels.TARGET | {"config"}
    assert SCHEMAS["Question"]["properties"].keys() == {*web_api_question.MEMBERS}
    assert SCHEMAS["SentAttachment"]["properties"].keys() == {*web_api_files.MEMBERS}
    closed = ("Connect", "Disconnect", "Question", "SentAttachment")
    assert not any(SCHEMAS[name]["additionalProperties"] for name in closed)
    assert SCHEMAS["Answer"]["properties"]["format"]["enum"] == [*Format]
    assert SCHEMAS["SentAttachment"]["properties"]["kind"]["enum"] == [*web_api_files.KINDS]
    assert SCHEMAS["AnswerFile"]["properties"]["kind"]["enum"] == [*reply_form.KINDS]


def test_it_says_how_much_is_taken() -> None:
    """The numbers of the Web API."""
    question = SCHEMAS["Question"]["properties"]

    assert question["wait"]["maximum"] == web_api_question.MAX_WAIT
    assert question["user_id"]["maxLength"] == web_api_question.MAX_ID
    assert question["attachments"]["maxItems"] == web_api_files.MOST
    assert SCHEMAS["SentAttachment"]["properties"]["name"]["maxLength"] == web_api_files.MAX_NAME


def test_every_reason_for_a_missing_file_is_named() -> None:
    """Programs go by it."""
    answers = DESCRIPTION["paths"]["/api/attachments/{ref}"]["get"]["responses"]

    assert all(reason in answers["404"]["description"] for reason in REASONS)


@pytest.mark.parametrize(
    "text", ["a", "a" * 32, "a" * 33, "a" * 64, "a" * 65, "-", "_a", "a_-", "ä"]
)
def test_it_takes_the_ids_that_the_api_takes(text: str) -> None:
    """And no others."""
    wanted = SCHEMAS["Connect"]["properties"]

    assert bool(re.search(wanted["target_id"]["pattern"], text)) == is_scene(text)
    assert bool(re.search(wanted["name"]["pattern"], text)) == is_name(text)


def test_an_answer_has_all_that_is_described_and_nothing_else() -> None:
    """One channel, as it is shown."""
    console = Console()
    shown = value(console.connect())

    assert shown.keys() == SCHEMAS["Channel"]["properties"].keys()
    assert list(SCHEMAS["Channel"]["required"]) != []
    assert set(SCHEMAS["Channel"]["required"]) == shown.keys()


def test_its_examples_can_be_sent_as_they_are() -> None:
    """Whoever copies one has a channel, or has none any more."""
    console = Console()
    for verb in ("connect", "disconnect"):
        body = DESCRIPTION["paths"][f"/api/channels/{verb}"]["post"]["requestBody"]
        for example in body["content"]["application/json"]["examples"].values():
            assert console.ask("POST", f"/api/channels/{verb}", example["value"]).status == 200

    assert [address.target_id for address in console.ctx.wishes.kept] == ["support"]


def _patterns(routes: set[tuple[str, str]], method: str) -> list[str]:
    """Return the patterns of *method*, those without parts to fill in first."""
    return sorted((path for verb, path in routes if verb == method), key=lambda path: "(" in path)


def _fits(pattern: str, path: str) -> bool:
    return re.fullmatch(pattern, re.sub(r"\{\w+\}", "x", path)) is not None
