"""What the API's description says of a callback_url, held against what is sent there."""

import json
from typing import Any

import pytest
from hypothesis import given

from cococat.core import retry, web_api_callback
from cococat.core.errors import DeliveryDelayed, DeliveryFailed, OperatorNeeded
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import Reply
from cococat.core.part_sender import MAX_ATTEMPTS
from tests.support import samples
from tests.support.callback import CallbackBench
from tests.support.console import OPENAPI
from tests.support.schemas import described
from tests.support.strategies import answers

DESCRIPTION: dict[str, Any] = json.loads(OPENAPI)
ASK = DESCRIPTION["paths"]["/api/channel/{endpoint}"]["post"]
PUSH: dict[str, Any] = ASK["callbacks"]["answer"]["callback_url"]["post"]
OUTCOMES = {
    "Taken": None,
    "Not taken yet": DeliveryDelayed,
    "The address is no good": OperatorNeeded,
    "Refused": DeliveryFailed,
}
"""How the description of a program's answer begins, and what the outbox makes of it."""


def faults_of(request: HttpRequest) -> list[str]:
    """Return where *request* is not as the description says."""
    (content,) = PUSH["requestBody"]["content"].items()
    sent = {name.lower(): each for name, each in request.headers.items()}
    kind = sent.pop("content-type").partition(";")[0]
    faults = [] if kind == content[0] else [kind]
    headers = {each["name"].lower(): each["schema"] for each in PUSH["parameters"]}
    faults += headers.keys() ^ sent.keys()
    for name in headers.keys() & sent.keys():
        faults += [
            error.message for error in described(DESCRIPTION, headers[name]).iter_errors(sent[name])
        ]
    body = described(DESCRIPTION, content[1]["schema"])
    return faults + [error.message for error in body.iter_errors(json.loads(request.body))]


@given(answers)
def test_whatever_is_pushed_is_as_described(reply: Reply) -> None:
    """Its body and each of its headers, and none besides."""
    bench = CallbackBench()
    bench.answer(samples.identity(), reply)

    (got,) = bench.program.got
    assert faults_of(got) == []
    assert got.method == "POST"


def test_what_answers_no_message_is_as_described_too() -> None:
    """It has the same members."""
    bench = CallbackBench()
    bench.channel.send("news", "ann")

    assert faults_of(bench.program.got[0]) == []


def test_another_request_would_be_found() -> None:
    """The check itself sees a wrong member, a wrong header and one too many."""
    bench = CallbackBench()
    bench.channel.send("news", "ann")
    got = bench.program.got[0]
    body = json.loads(got.body) | {"state": "queued", "more": 1}
    headers = got.headers | {"X-CocoCat-Signature": "sha1=0", "X-More": "1"}
    request = HttpRequest(
        method="POST", url=got.url, headers=headers, body=json.dumps(body).encode()
    )

    assert len(faults_of(request)) == 4


@pytest.mark.parametrize("hundred", [2, 3, 4, 5])
def test_every_status_means_what_is_described(hundred: int) -> None:
    """Taken, tried again, refused, or a matter for the owner."""
    for status in range(hundred * 100, hundred * 100 + 100):
        outcome: type[Exception] | None = None
        try:
            CallbackBench(HttpAnswer(status=status)).answer(samples.identity())
        except DeliveryFailed as failure:
            outcome = type(failure)
        except DeliveryDelayed:
            outcome = DeliveryDelayed
        assert OUTCOMES[_meaning(status)] is outcome, status


def test_the_numbers_are_those_of_the_code() -> None:
    """How often, for how long, and how long a program may take."""
    minutes = sum(retry.backoff(tries).delay for tries in range(1, MAX_ATTEMPTS)) / 60
    later = DESCRIPTION["components"]["responses"]["NotYet"]["headers"]["Retry-After"]

    assert (MAX_ATTEMPTS, round(minutes)) == (10, 6)
    assert "ten tries within about six minutes" in PUSH["description"]
    assert f" {web_api_callback.SECONDS} seconds without an answer" in PUSH["description"]
    assert web_api_callback.LONGEST == 3600
    assert "an hour at most" in later["description"]


def test_no_key_of_the_api_is_sent() -> None:
    """The signature stands for it."""
    assert PUSH["security"] == []


def _meaning(status: int) -> str:
    answers_of = PUSH["responses"]
    found = answers_of.get(str(status)) or answers_of[f"{status // 100}XX"]
    if "$ref" in found:
        found = DESCRIPTION["components"]["responses"][found["$ref"].rpartition("/")[2]]
    beginning: str = found["description"].partition(":")[0].rstrip(".")
    return beginning
