import base64

import pytest

from cococat.core.errors import (
    AddressRefused,
    AnswerLost,
    AnswerTooLong,
    DeliveryDelayed,
    DeliveryFailed,
    NotSent,
)
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import ReplyFile
from cococat.core.reply_files import content_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 8


class Host:
    """An `HttpClient` that answers one thing."""

    def __init__(self, answer: HttpAnswer | Exception) -> None:
        self._answer = answer
        self.asked: list[HttpRequest] = []

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer, or fail."""
        self.asked.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def image(source: str = "https://files.example.org/a.png") -> ReplyFile:
    """Return an image that is at *source*."""
    return ReplyFile(kind="image", name="a.png", source=source)


def inline(content: bytes, kind: str = "image") -> ReplyFile:
    """Return a file that the answer itself holds."""
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return ReplyFile(kind=kind, name="a.png", source=source)


def test_a_file_is_fetched_no_further_than_the_platform_takes() -> None:
    """The limit goes with the request."""
    host = Host(HttpAnswer(status=200, body=PNG))

    assert content_of(image(), host, 100) == (PNG, "image/png")
    assert [(each.method, each.url, each.max_answer) for each in host.asked] == [
        ("GET", "https://files.example.org/a.png", 100)
    ]


def test_a_file_may_be_in_the_answer_itself() -> None:
    """Then nobody is asked."""
    host = Host(NotSent())

    assert content_of(inline(PNG), host, 100) == (PNG, "image/png")
    assert host.asked == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (AnswerTooLong(), "file_too_large"),
        (AddressRefused(), "file_address_refused"),
        (HttpAnswer(status=404), "file_not_found"),
        (HttpAnswer(status=302), "file_not_found"),
        (HttpAnswer(status=200, body=b"%PDF-1.7"), "file_wrong_type"),
    ],
)
def test_what_is_not_there_fails_for_good(answer: HttpAnswer | Exception, code: str) -> None:
    """Too large, on a private network, moved away, or no image."""
    with pytest.raises(DeliveryFailed) as failed:
        content_of(image(), Host(answer), 100)
    assert failed.value.code == code


@pytest.mark.parametrize(
    "answer", [NotSent(), AnswerLost(), HttpAnswer(status=503), HttpAnswer(status=429)]
)
def test_a_host_that_is_down_is_asked_again(answer: HttpAnswer | Exception) -> None:
    """A later try may succeed."""
    with pytest.raises(DeliveryDelayed):
        content_of(image(), Host(answer), 100)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (inline(PNG * 10), "file_too_large"),
        (inline(b"%PDF-1.7"), "file_wrong_type"),
        (image("data:image/png;base64,a"), "file_unreadable"),
    ],
)
def test_what_is_wrong_in_the_answer_fails_for_good(file: ReplyFile, code: str) -> None:
    """Asking again would change nothing."""
    with pytest.raises(DeliveryFailed) as failed:
        content_of(file, Host(NotSent()), 100)
    assert failed.value.code == code
