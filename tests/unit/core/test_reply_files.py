import base64

import pytest

from cococat.core.errors import (
    AddressRefused,
    AnswerLost,
    AnswerTooLong,
    DeliveryDelayed,
    DeliveryError,
    DeliveryFailed,
    NotSent,
)
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import ReplyFile
from cococat.core.reply_files import load

PNG = b"\x89PNG\r\n\x1a\n0000"


class Server:
    """Says one thing to everybody, and remembers what it was asked."""

    def __init__(self, says: HttpAnswer | Exception) -> None:
        self._says = says
        self.asked: list[HttpRequest] = []

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer; see `HttpClient.send`."""
        self.asked.append(request)
        if isinstance(self._says, Exception):
            raise self._says
        return self._says


def at(url: str = "https://example.com/cat.png") -> ReplyFile:
    """Return a file at an address."""
    return ReplyFile(kind="image", name="cat.png", source=url)


def holding(content: bytes, kind: str = "file") -> ReplyFile:
    """Return a file that holds its bytes itself."""
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return ReplyFile(kind=kind, name="cat.png", source=source)


def test_a_file_that_holds_its_bytes_is_asked_of_nobody() -> None:
    """What it is, its first bytes say."""
    server = Server(AssertionError())
    loaded = load(holding(PNG), server, 100)

    assert (loaded.name, loaded.content, loaded.is_image) == ("cat.png", PNG, True)
    assert not load(holding(b"hello", kind="image"), server, 100).is_image
    assert server.asked == []


def test_a_file_at_an_address_is_fetched() -> None:
    """Up to the platform's limit, and not a byte more."""
    server = Server(HttpAnswer(status=200, body=PNG))

    assert load(at(), server, 100).content == PNG
    assert [(each.method, each.url, each.max_answer) for each in server.asked] == [
        ("GET", "https://example.com/cat.png", 100)
    ]


@pytest.mark.parametrize(
    ("file", "says", "error", "code"),
    [
        (holding(b"a" * 101), None, DeliveryFailed, "file_too_large"),
        (at(), AnswerTooLong(), DeliveryFailed, "file_too_large"),
        (at(), HttpAnswer(status=200, body=b"a" * 101), DeliveryFailed, "file_too_large"),
        (at(), AddressRefused(), DeliveryFailed, "file_address_refused"),
        (at(), HttpAnswer(status=404), DeliveryFailed, "file_not_found"),
        (at(), HttpAnswer(status=302), DeliveryFailed, "file_not_found"),
        (at(), HttpAnswer(status=503), DeliveryDelayed, "file_unreachable"),
        (at(), NotSent(), DeliveryDelayed, "file_unreachable"),
        (at(), AnswerLost(), DeliveryDelayed, "file_unreachable"),
        (at("data:,hello"), None, DeliveryFailed, "file_unreadable"),
        (at("data:a;base64,猫"), None, DeliveryFailed, "file_unreadable"),
    ],
)
def test_what_can_go_wrong(
    file: ReplyFile,
    says: HttpAnswer | Exception | None,
    error: type[DeliveryError],
    code: str,
) -> None:
    """For good, or until its server is there again."""
    with pytest.raises(error) as raised:
        load(file, Server(says or AssertionError()), 100)

    assert (type(raised.value), raised.value.code) == (error, code)
