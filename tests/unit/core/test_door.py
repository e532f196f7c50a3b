import logging

import pytest

from cococat.core.door import Door
from cococat.core.errors import ConfigError, MailboxUnavailable, RequestRefused
from cococat.core.http import Request, Response, error_response, json_response
from tests.support import samples
from tests.support.api import error, value
from tests.support.channels import OneChannel, PlainChannel

REQUEST = Request(
    method="POST",
    path="/api/channel/web",
    query="canary-query",
    headers={"authorization": "Bearer canary-key"},
    body=b"canary-body",
)


class Receiving(PlainChannel):
    """A channel whose platform calls us, and gets what a test wants."""

    def __init__(self, outcome: Response | Exception) -> None:
        super().__init__()
        self._outcome = outcome

    def receive(self, request: Request) -> Response:
        """Answer, or fail, as told."""
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


def door(channel: PlainChannel) -> Door:
    """Return a door with *channel* behind it."""
    return Door(lambda _request: samples.binding(), OneChannel(channel))


def test_a_channels_answer_goes_out_as_it_is() -> None:
    """The door adds nothing."""
    answer = json_response(202, {"猫": 1}, {"location": "/x"})

    assert door(Receiving(answer)).handle(REQUEST) is answer


def test_a_refusal_is_the_channels_own_status() -> None:
    """What the channel says is what the caller gets."""
    refused = RequestRefused(418, "teapot", "I am one.", {"x-pot": "tea"})
    response = door(Receiving(refused)).handle(REQUEST)

    assert (response.status, error(response)) == (418, "teapot")
    assert response.headers["x-pot"] == "tea"


class Speaking(Receiving):
    """A channel whose answers have a header more."""

    def headers_for(self, request: Request) -> dict[str, str]:
        """Return the header."""
        return {"x-more": request.method}


@pytest.mark.parametrize(
    "outcome",
    [
        json_response(202, {}),
        RequestRefused(418, "teapot", "I am one.", {"x-pot": "tea"}),
        MailboxUnavailable(),
        ConfigError("x"),
    ],
)
def test_what_a_channel_adds_is_in_every_answer(outcome: Response | Exception) -> None:
    """Refusals and errors too, beside what they have themselves."""
    plain = door(Receiving(outcome)).handle(REQUEST)
    spoken = door(Speaking(outcome)).handle(REQUEST)

    assert spoken.headers == plain.headers | {"x-more": "POST"}
    assert (spoken.status, spoken.body) == (plain.status, plain.body)


@pytest.mark.parametrize("failure", [MailboxUnavailable("canary"), MailboxUnavailable()])
def test_a_mailbox_that_is_down_is_a_503(failure: MailboxUnavailable) -> None:
    """The platform is to try again."""
    response = door(Receiving(failure)).handle(REQUEST)

    assert (response.status, error(response)) == (503, "unavailable")
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "failure", [ZeroDivisionError("canary"), KeyError("canary"), ConfigError("canary")]
)
def test_a_bug_is_a_500_and_nothing_else(failure: Exception) -> None:
    """An error of ours is never a success, and its text is not the caller's."""
    response = door(Receiving(failure)).handle(REQUEST)

    assert (response.status, error(response)) == (500, "internal")
    assert "canary" not in response.body


def test_a_failing_lookup_is_a_500() -> None:
    """A table that can't be read is an error of ours too."""

    def find(_request: Request) -> None:
        raise ConnectionError("canary")

    response = Door(find, OneChannel(PlainChannel())).handle(REQUEST)

    assert (response.status, error(response)) == (500, "internal")


def test_nothing_is_at_an_address_without_a_channel() -> None:
    """Neither where no channel is, nor where one has no callbacks."""
    nobody = Door(lambda _request: None, OneChannel(PlainChannel()))

    assert error(nobody.handle(REQUEST)) == "not_found"
    assert error(door(PlainChannel()).handle(REQUEST)) == "not_found"


@pytest.mark.parametrize(
    "failure",
    [
        ZeroDivisionError("canary"),
        MailboxUnavailable("canary"),
        RequestRefused(401, "unauthorized", "No."),
    ],
)
def test_the_log_says_what_happened_and_quotes_nothing(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither body nor query nor key nor an error's own text is in a log line."""
    caplog.set_level(logging.DEBUG)
    door(Receiving(failure)).handle(REQUEST)

    (record,) = caplog.records
    assert "canary" not in repr(vars(record))
    assert record.exc_info is None


def test_a_bug_is_logged_with_its_kind_and_place(caplog: pytest.LogCaptureFixture) -> None:
    """An operator finds the line of code."""
    door(Receiving(ZeroDivisionError("canary"))).handle(REQUEST)

    facts = vars(caplog.records[0])
    assert facts["error"] == "ZeroDivisionError"
    assert "test_door.py:" in facts["where"]


def test_a_request_shows_no_secret() -> None:
    """Printed requests hold neither headers nor body."""
    assert "canary-key" not in repr(REQUEST)
    assert "canary-body" not in repr(REQUEST)


def test_json_is_written_in_utf_8() -> None:
    """Chinese text is sent as it is."""
    response = json_response(200, {"reply": "猫"})

    assert response.body == '{"reply": "猫"}'
    assert value(response) == {"reply": "猫"}
    assert error(error_response(RequestRefused(400, "bad", "No."))) == "bad"
