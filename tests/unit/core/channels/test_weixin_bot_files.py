import base64
from typing import Any

import pytest

from cococat.adapters.aes import AesCbc
from cococat.core.agent import Handler
from cococat.core.attachments import ChannelOpener
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.mailbox import MailboxMessage
from tests.support.weixin import BOT, KEY, Connected
from tests.support.weixin_forge import Forge

FILE_HOST = "ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com"


def connected(*steps: Handler, **config: Any) -> Connected:  # noqa: ANN401 - JSON
    """Return a bot that is connected."""
    return Connected(*steps, account=BOT, **config)


def delivered(**changes: Any) -> tuple[Connected, list[MailboxMessage]]:  # noqa: ANN401 - JSON
    """Deliver a message with *changes*; return the bot and what its mailbox has."""
    account = connected()
    assert account.door.handle(Forge(mode="bot").delivery(**changes)).status == 200
    return account, account.taken()


class Host:
    """An `HttpClient` that has one file."""

    def __init__(self, answer: HttpAnswer) -> None:
        self.answer = answer

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Return the file."""
        return self.answer


def sealed_file(content: bytes) -> bytes:
    """Return *content* as the platform keeps it."""
    raw, count = base64.b64decode(KEY + "="), 32 - len(content) % 32
    return AesCbc().encrypt(raw, raw[:16], content + bytes([count]) * count)


class TestFiles:
    """Files that come with messages."""

    PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"

    def open(self, answer: HttpAnswer, url: str = f"https://{FILE_HOST}/1?sign=s") -> bytes:
        """Return the content of an image at *url*, opened through its ref."""
        account, (message,) = delivered(msgtype="image", image={"url": url})
        account.network.hosts[FILE_HOST] = Host(answer)
        opener = ChannelOpener(account.backend.directory, account.world.channels, account.clock)
        return opener.open(message.attachments[0].ref).content

    def test_are_opened_with_the_bots_own_key(self) -> None:
        """The platform keeps them sealed."""
        assert self.open(HttpAnswer(status=200, body=sealed_file(self.PNG))) == self.PNG

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (HttpAnswer(status=404), "gone"),
            (HttpAnswer(status=200, body=b""), "unreadable"),
            (HttpAnswer(status=200, body=b"x" * 31), "unreadable"),
            (HttpAnswer(status=200, body=b"x" * 32), "unreadable"),
            (HttpAnswer(status=200, body=sealed_file(b"%PDF-1.7")), "wrong_type"),
        ],
    )
    def test_that_are_not_there_are_refused(self, answer: HttpAnswer, code: str) -> None:
        """Each for its reason."""
        with pytest.raises(AttachmentRefused) as refused:
            self.open(answer)
        assert refused.value.code == code

    @pytest.mark.parametrize(
        "url",
        [
            f"http://{FILE_HOST}/1",
            "https://evil.example/1",
            "https://myqcloud.com.evil.example/1",
            f"https://{FILE_HOST}@evil.example/1",
            f"https://evil.example\\@{FILE_HOST}/1",
            "https://[::1/1",
        ],
    )
    def test_elsewhere_are_not_asked_for(self, url: str) -> None:
        """The platform keeps them at hosts of its own."""
        with pytest.raises(AttachmentRefused, match="foreign_address"):
            self.open(HttpAnswer(status=200), url)

    def test_of_a_host_that_is_down_are_asked_for_again(self) -> None:
        """A later try may succeed."""
        with pytest.raises(PlatformUnreachable):
            self.open(HttpAnswer(status=503))
