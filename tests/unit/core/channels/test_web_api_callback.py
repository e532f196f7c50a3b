"""Answers that are pushed to the program of a web_api entry's owner."""

import json

import pytest

from cococat.core.body_signature import SIGNATURE, TIMESTAMP, signed_headers
from cococat.core.errors import (
    AddressRefused,
    AnswerLost,
    DeliveryDelayed,
    DeliveryFailed,
    NotSent,
    OperatorNeeded,
)
from cococat.core.http_client import HttpAnswer
from cococat.core.message_record import LIFETIME
from tests.support.api import value
from tests.support.callback import SECRET, URL, CallbackBench
from tests.support.clock import START


def test_an_answer_is_pushed_and_can_be_fetched_too() -> None:
    """Whose it is, what it answers, and what it says."""
    bench = CallbackBench()
    identity = value(bench.api.post())["id"]
    bench.answer(identity)

    (got,) = bench.program.got
    assert (got.method, got.url) == ("POST", URL)
    assert json.loads(got.body) == {
        "id": identity,
        "user_id": "ann",
        "conversation_id": "群",
        "state": "answered",
        "reply": "您好",
        "format": "text",
        "card": None,
        "files": [],
        "fallback": False,
    }
    assert value(bench.api.caller.fetch(identity))["reply"] == "您好"


def test_it_is_signed_over_time_and_body() -> None:
    """So that the program can tell that it is from us, and is not from long ago."""
    bench = CallbackBench()
    bench.answer(value(bench.api.post())["id"])

    (got,) = bench.program.got
    expected = signed_headers(SECRET, got.body, START)
    assert {name: got.headers[name] for name in (TIMESTAMP, SIGNATURE)} == expected
    assert got.headers["content-type"] == "application/json; charset=utf-8"


def test_every_try_has_the_same_key() -> None:
    """A program that knows it has the answer once."""
    bench = CallbackBench(HttpAnswer(status=500), AnswerLost(), HttpAnswer(status=204))
    identity = value(bench.api.post())["id"]
    for failure in (DeliveryDelayed, DeliveryDelayed):
        with pytest.raises(failure):
            bench.answer(identity)
    bench.answer(identity)

    assert {got.headers["Idempotency-Key"] for got in bench.program.got} == {"key-of-the-part"}
    assert len({got.body for got in bench.program.got}) == 1


@pytest.mark.parametrize(
    ("outcome", "code", "seconds"),
    [
        (HttpAnswer(status=500), "callback_status_500", None),
        (HttpAnswer(status=503, headers={"retry-after": "7"}), "callback_status_503", 7),
        (HttpAnswer(status=429, headers={"retry-after": "86400"}), "callback_status_429", 3600),
        (HttpAnswer(status=429, headers={"retry-after": "soon"}), "callback_status_429", None),
        (HttpAnswer(status=408), "callback_status_408", None),
        (NotSent(), "callback_unreachable", None),
        (AnswerLost(), "callback_no_answer", None),
    ],
)
def test_what_may_pass_is_tried_again(
    outcome: HttpAnswer | Exception, code: str, seconds: int | None
) -> None:
    """When the program says, or when the outbox likes."""
    failure = CallbackBench(outcome).failure()

    assert isinstance(failure, DeliveryDelayed)
    assert (failure.code, failure.retry_after) == (code, seconds)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (HttpAnswer(status=301, headers={"location": "http://10.0.0.1/"}), "callback_status_301"),
        (HttpAnswer(status=307), "callback_status_307"),
        (HttpAnswer(status=400), "callback_status_400"),
        (HttpAnswer(status=401), "callback_status_401"),
        (HttpAnswer(status=404), "callback_status_404"),
        (HttpAnswer(status=410), "callback_status_410"),
        (AddressRefused(), "callback_address_refused"),
    ],
)
def test_what_will_not_pass_is_a_failure(outcome: HttpAnswer | Exception, code: str) -> None:
    """No redirect is followed, and no address of our own is called."""
    bench = CallbackBench(outcome)
    failure = bench.failure()

    assert isinstance(failure, DeliveryFailed)
    assert failure.code == code
    assert len(bench.program.got) == 1


@pytest.mark.parametrize(
    ("outcome", "advice"),
    [
        (HttpAnswer(status=301), "redirects, which is not followed (HTTP 301)"),
        (HttpAnswer(status=307), "redirects, which is not followed (HTTP 307)"),
        (HttpAnswer(status=401), "signature (HTTP 401)"),
        (HttpAnswer(status=403), "does not let us in"),
        (HttpAnswer(status=404), "no such path"),
        (HttpAnswer(status=405), "takes no POST"),
        (HttpAnswer(status=410), "is gone (HTTP 410)"),
        (AddressRefused(), "AllowedHosts"),
    ],
)
def test_an_address_that_takes_no_answer_needs_its_owner(
    outcome: HttpAnswer | Exception, advice: str
) -> None:
    """The channel's status says so, as every answer ends like that."""
    failure = CallbackBench(outcome).failure()

    assert isinstance(failure, OperatorNeeded)
    assert advice in failure.message
    assert not failure.is_credentials


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_a_refusal_of_one_answer_says_nothing_of_the_others(status: int) -> None:
    """The status stays as it is."""
    assert not isinstance(CallbackBench(HttpAnswer(status=status)).failure(), OperatorNeeded)


def test_an_answer_to_a_forgotten_message_is_pushed_all_the_same() -> None:
    """All that is sent came with it."""
    bench = CallbackBench()
    identity = value(bench.api.post())["id"]
    bench.api.clock.advance(LIFETIME)
    bench.answer(identity)

    assert json.loads(bench.program.got[0].body)["id"] == identity


def test_a_message_that_answers_nothing_can_be_pushed() -> None:
    """There is an address to push it to."""
    bench = CallbackBench()
    bench.channel.send("news", "ann")
    bench.channel.send("news", "ann")

    bodies = [json.loads(got.body) for got in bench.program.got]
    assert [(each["id"], each["user_id"], each["reply"]) for each in bodies] == [
        (None, "ann", "news")
    ] * 2
    assert len({got.headers["Idempotency-Key"] for got in bench.program.got}) == 2


def test_no_failure_tells_the_address_or_the_secret() -> None:
    """Both may be in a log otherwise."""
    for outcome in (NotSent("canary"), HttpAnswer(status=400, body=b"canary"), AddressRefused()):
        failure = CallbackBench(outcome).failure()
        assert "shop.example" not in repr(failure)
        assert "canary" not in repr(failure)
        assert "shop.example" not in getattr(failure, "message", "")
        assert failure.__cause__ is None
