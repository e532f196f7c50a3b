import json
from dataclasses import dataclass, field

import pytest

from cococat.core.errors import AnswerTooLong, AttachmentRefused, NotSent, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.opened_files import MAX_SIZE, OpenedFile
from cococat.core.remote_files import RemoteFiles

FOUND = {
    "kind": "image",
    "name": "cat.png",
    "content_type": "image/png",
    "size": 3,
    "url": "https://bucket.example/name?signature=x",
    "url_expires_at": "2027-01-15T09:00:00.000+00:00",
    "file_expires_at": "2027-01-16T08:00:00.000+00:00",
}


@dataclass
class Stack:
    """The stack's doors and its bucket: what each answers, in order, and what was asked."""

    outcomes: list[HttpAnswer | Exception]
    asked: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer as told."""
        self.asked.append(request)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def said(value: object, status: int = 200) -> HttpAnswer:
    """Return *value* as the doors say it."""
    return HttpAnswer(status=status, body=json.dumps(value).encode())


def test_a_file_comes_from_where_the_doors_say() -> None:
    """The ref goes to the doors, and nothing but the URL to the bucket."""
    stack = Stack([said(FOUND), HttpAnswer(status=200, body=b"PNG")])
    file = RemoteFiles("https://doors.example/", stack).open("a.b")

    assert file == OpenedFile(
        kind="image", name="cat.png", content_type="image/png", content=b"PNG"
    )
    assert [each.url for each in stack.asked] == [
        "https://doors.example/api/attachments/a.b",
        FOUND["url"],
    ]
    assert stack.asked[1].max_answer == MAX_SIZE


@pytest.mark.parametrize("code", ["gone", "no_bucket", "not_found"])
def test_what_the_doors_refuse_is_refused_with_their_reason(code: str) -> None:
    """The agent can tell what to do."""
    stack = Stack([said({"error": {"code": code, "message": "x"}}, 404)])

    with pytest.raises(AttachmentRefused) as refused:
        RemoteFiles("https://doors.example", stack).open("a.b")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "outcomes",
    [
        [said({"error": {"code": "x", "message": "x"}}, 503)],
        [HttpAnswer(status=200, body=b"<html>")],
        [said({"url": 1})],
        [said(FOUND | {"url": None})],
        [NotSent()],
        [said(FOUND), NotSent()],
        [said(FOUND), HttpAnswer(status=403)],
    ],
)
def test_anything_else_may_be_better_later(outcomes: list[HttpAnswer | Exception]) -> None:
    """Doors or bucket that do not answer as they should."""
    with pytest.raises(PlatformUnreachable):
        RemoteFiles("https://doors.example", Stack(outcomes)).open("a.b")


def test_too_large_a_file_is_refused() -> None:
    """It is not read to its end."""
    with pytest.raises(AttachmentRefused, match="too_large"):
        RemoteFiles("https://doors.example", Stack([said(FOUND), AnswerTooLong()])).open("a.b")
