import base64
from typing import Any

import pytest

from cococat.aws.events import to_answer, to_request
from cococat.core.http import json_response


def event(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an HTTP API event of payload format 2.0 with *changes*; `...` takes a key away."""
    good = {
        "version": "2.0",
        "routeKey": "ANY /api/channel/{proxy+}",
        "rawPath": "/api/channel/web",
        "rawQueryString": "wait=5&x=%2B",
        "headers": {"authorization": "Bearer k", "content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "path": "/api/channel/web", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": '{"content": "猫"}',
        "isBase64Encoded": False,
    }
    return {key: value for key, value in (good | changes).items() if value is not ...}


def test_a_request_is_read_in_full() -> None:
    """Method, path, raw query, headers and the body's bytes."""
    request = to_request(event())

    assert (request.method, request.path) == ("POST", "/api/channel/web")
    assert request.query == "wait=5&x=%2B"
    assert request.headers == {
        "authorization": "Bearer k",
        "content-type": "application/json",
    }
    assert request.body == '{"content": "猫"}'.encode()


def test_the_time_of_a_request_is_the_servers() -> None:
    """When it came in is known to the millisecond, or not at all."""
    context = event()["requestContext"] | {"timeEpoch": 1_800_000_000_123}

    assert to_request(event(requestContext=context)).received_at == 1_800_000_000.123
    assert to_request(event()).received_at == 0


def test_a_caller_is_where_the_connection_comes_from() -> None:
    """Not what a header says."""
    headers = {"x-forwarded-for": "203.0.113.9"}

    assert to_request(event(headers=headers)).caller == "192.0.2.1"


@pytest.mark.parametrize(
    ("authorizer", "principal"),
    [
        (..., ""),
        (None, ""),
        ({}, ""),
        ({"iam": None}, ""),
        ({"iam": {"userArn": None}}, ""),
        ({"jwt": {"claims": {"userArn": "x"}}}, ""),
        ({"iam": {"userArn": "arn:aws:iam::1:user/ann"}}, "arn:aws:iam::1:user/ann"),
    ],
)
def test_a_principal_is_whom_api_gateway_has_checked(authorizer: object, principal: str) -> None:
    """Without its word there is none."""
    context = event()["requestContext"]
    if authorizer is not ...:
        context["authorizer"] = authorizer
    headers = {"x-amz-principal": "arn:aws:iam::1:user/eve"}

    assert to_request(event(requestContext=context, headers=headers)).principal == principal


@pytest.mark.parametrize("raw", [b"", b"\xff\x00", '{"content": "猫"}'.encode()])
def test_a_body_in_base64_is_opened(raw: bytes) -> None:
    """Whatever bytes came are the bytes that are read."""
    encoded = base64.b64encode(raw).decode()

    assert to_request(event(body=encoded, isBase64Encoded=True)).body == raw


@pytest.mark.parametrize("body", [..., None, ""])
def test_a_missing_body_is_empty(body: object) -> None:
    """A GET has none."""
    assert to_request(event(body=body)).body == b""


def test_headers_are_found_in_whatever_case_they_are_written() -> None:
    """Some servers keep the caller's spelling."""
    headers = {"X-Api-Key": "K", "AUTHORIZATION": "Bearer B", "if-match": "1"}
    request = to_request(event(headers=headers))

    found = [request.header(name) for name in ("x-api-key", "authorization", "if-match", "origin")]
    assert found == ["K", "Bearer B", "1", None]


@pytest.mark.parametrize(
    ("stage", "path", "expected"),
    [
        ("$default", "/api/channel/web", "/api/channel/web"),
        ("prod", "/prod/api/channel/web", "/api/channel/web"),
        ("prod", "/api/channel/web", "/api/channel/web"),
        ("$default", "/prod/api/channel/web", "/prod/api/channel/web"),
    ],
)
def test_the_stage_is_no_part_of_the_path(stage: str, path: str, expected: str) -> None:
    """A channel answers at its endpoint on every stage."""
    context = {"http": {"method": "GET"}, "stage": stage}

    assert to_request(event(rawPath=path, requestContext=context)).path == expected


def test_only_what_every_server_sends_is_needed() -> None:
    """Local servers leave out stage, query and headers."""
    bare = event(rawQueryString=..., headers=..., requestContext={"http": {"method": "GET"}})

    request = to_request(bare)

    assert (request.method, request.path, request.query) == ("GET", "/api/channel/web", "")
    assert request.headers == {}


def test_a_lone_surrogate_is_left_to_the_reader() -> None:
    """A body that is no text reaches the check that refuses it."""
    assert to_request(event(body="\ud800")).body == b"\xed\xa0\x80"


def test_an_answer_is_handed_over() -> None:
    """Status, headers and text, as API Gateway wants them."""
    assert to_answer(json_response(202, {"id": "猫"}, {"location": "/x"})) == {
        "statusCode": 202,
        "headers": {"content-type": "application/json; charset=utf-8", "location": "/x"},
        "body": '{"id": "猫"}',
        "isBase64Encoded": False,
    }
