"""`GET /api/attachments/{ref}`: what goes wrong, and what is told of it."""

import logging

import pytest

from cococat.core.attachment_ref import seal_ref
from cococat.core.attachments import ChannelOpener
from cococat.core.channels import Fetched
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.core.http import Request, Response
from cococat.core.messages import Attachment
from cococat.routes.attachments import REASONS, AttachmentRoute
from tests.support import samples
from tests.support.api import error, value
from tests.support.channels import OneChannel, PlainChannel
from tests.support.clock import START, FakeClock
from tests.support.directory import MemoryDirectory
from tests.support.shelf import MemoryShelf

FILE = Attachment(kind="file", name="a.txt", size=5, ref="media-1")
REF = seal_ref(FILE, samples.ADDRESS, samples.REPLY_KEY, START)


class FileChannel(PlainChannel):
    """A channel whose platform gives a file, or fails as told."""

    def __init__(self, outcome: bytes | Exception) -> None:
        super().__init__()
        self._outcome = outcome

    def fetch(self, ref: str) -> Fetched:
        """Return the file."""
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return Fetched(content_type="text/plain", pieces=(self._outcome,))


def ask(outcome: bytes | Exception, ref: str = REF, method: str = "GET") -> Response:
    """Ask for the file of *ref*, whose platform gives *outcome*."""
    channel = OneChannel(FileChannel(outcome))
    clock = FakeClock()
    opener = ChannelOpener(MemoryDirectory(samples.binding()), channel, clock)
    route = AttachmentRoute(opener=opener, shelf=MemoryShelf(clock))
    return route.handle(Request(method=method, path=f"/api/attachments/{ref}"))


def test_a_file_is_told_with_its_address() -> None:
    """What it is called, what it is, how large, where, and until when."""
    found = value(ask(b"hello"))

    assert found.pop("url").startswith("https://shelf.example/")
    assert found == {
        "kind": "file",
        "name": "a.txt",
        "content_type": "text/plain",
        "size": 5,
        "url_expires_at": "2027-01-15T09:00:00.000+00:00",
        "file_expires_at": "2027-01-16T08:00:00.000+00:00",
    }


def test_the_address_does_not_hold_the_ref() -> None:
    """The ref is a permission; the address goes elsewhere."""
    assert REF not in value(ask(b"hello"))["url"]


@pytest.mark.parametrize("code", REASONS)
def test_a_file_that_is_not_to_be_had_is_a_404_with_the_reason(code: str) -> None:
    """A word for programs, and a sentence for people."""
    answer = ask(AttachmentRefused(code))

    assert (answer.status, error(answer)) == (404, code)
    assert REASONS[code] in answer.body


def test_another_reason_is_not_told() -> None:
    """What we do not know is not there."""
    answer = ask(AttachmentRefused("canary"))

    assert (answer.status, error(answer)) == (404, "not_found")


def test_a_platform_that_does_not_answer_is_a_503() -> None:
    """Another try may succeed."""
    answer = ask(PlatformUnreachable("canary"))

    assert (answer.status, error(answer)) == (503, "platform_unreachable")
    assert answer.headers["retry-after"] == "5"
    assert "canary" not in answer.body


def test_an_error_of_ours_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    """And no log line holds the ref or what the error says."""
    caplog.set_level(logging.DEBUG, logger="cococat")
    answer = ask(ValueError("canary"))

    assert (answer.status, error(answer)) == (500, "internal")
    logged = repr([vars(record) for record in caplog.records])
    assert caplog.records
    assert REF not in logged
    assert "canary" not in answer.body + logged


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_address_takes_one_method(method: str) -> None:
    """And says which."""
    answer = ask(b"hello", method=method)

    assert (answer.status, error(answer)) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("ref", ["", "x", "x.y", "../../x", "a" * 8000, "猫"])
def test_what_is_no_ref_is_not_found(ref: str) -> None:
    """Nothing is told of why."""
    answer = ask(b"hello", ref)

    assert (answer.status, error(answer)) == (404, "not_found")
