import json

import pytest

from cococat.core.channels import FetchesAttachments
from cococat.core.errors import AttachmentRefused, NotSent, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpRequest
from tests.support.wechat import OfficialAccount

TOKEN = {"access_token": "canary-token", "expires_in": 7200}
JSON = {"content-type": "application/json"}


class Host:
    """
    WeChat's hosts, which answer as they are told.

    Attributes:
        asked: the address of each request but those for a token.

    """

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Return the next answer; a dict as JSON, bytes as a picture."""
        if "/stable_token" in request.url:
            return HttpAnswer(status=200, headers=JSON, body=json.dumps(TOKEN).encode())
        self.asked.append(request.url)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, HttpAnswer):
            return answer
        if isinstance(answer, bytes):
            return HttpAnswer(status=200, headers={"content-type": "image/jpeg"}, body=answer)
        return HttpAnswer(status=200, headers=JSON, body=json.dumps(answer).encode())


def fetch(
    host: Host, media_id: str = "media-1", *, service: bool | None = True
) -> tuple[str, bytes]:
    """Return the content type and the bytes of a file that came with a message."""
    account = OfficialAccount(service=service)
    account.world.libraries.http = host
    channel = account.channel
    assert isinstance(channel, FetchesAttachments)
    fetched = channel.fetch(media_id)
    return fetched.content_type, b"".join(fetched.pieces)


def test_a_picture_is_fetched_by_its_media_id() -> None:
    """With the account's token."""
    host = Host(b"\xff\xd8\xffcanary")

    assert fetch(host) == ("image/jpeg", b"\xff\xd8\xffcanary")
    (asked,) = host.asked
    assert asked.startswith("https://api.weixin.qq.com/cgi-bin/media/get?access_token=canary-token")
    assert asked.endswith("&media_id=media-1")


def test_a_video_is_fetched_where_wechat_says_that_it_is() -> None:
    """Over TLS, and without the token."""
    host = Host({"video_url": "http://mp.weixin.qq.com/v?x=1"}, b"video")

    assert fetch(host)[1] == b"video"
    assert host.asked[1] == "https://mp.weixin.qq.com/v?x=1"


def test_an_old_token_is_replaced() -> None:
    """Once, as everywhere."""
    assert fetch(Host({"errcode": 42001, "errmsg": ""}, b"file"))[1] == b"file"


@pytest.mark.parametrize("code", [40007, 40003, 48001, 40004])
def test_what_wechat_no_longer_has_is_gone(code: int) -> None:
    """It keeps files for three days."""
    with pytest.raises(AttachmentRefused, match="gone"):
        fetch(Host({"errcode": code, "errmsg": ""}))


@pytest.mark.parametrize(
    "answers",
    [
        [{"errcode": -1, "errmsg": "busy"}],
        [{"errcode": 48004, "errmsg": "banned"}],
        [{"something": "else"}],
        [NotSent("down")],
    ],
)
def test_what_can_not_be_asked_for_now_may_be_later(answers: list[object]) -> None:
    """Busy, banned, not understood, or not there."""
    with pytest.raises(PlatformUnreachable):
        fetch(Host(*answers))


PAGE = HttpAnswer(status=502, headers={"content-type": "text/html"}, body=b"<html>Bad Gateway")


@pytest.mark.parametrize("answers", [[PAGE], [{"video_url": "https://mp.weixin.qq.com/v"}, PAGE]])
def test_the_page_of_a_host_that_is_down_is_no_file(answers: list[object]) -> None:
    """Of the API's or of a video's: it is asked for again later."""
    with pytest.raises(PlatformUnreachable):
        fetch(Host(*answers))


def test_a_video_that_its_host_no_longer_has_is_gone() -> None:
    """Asking again is in vain."""
    with pytest.raises(AttachmentRefused, match="gone"):
        fetch(Host({"video_url": "https://mp.weixin.qq.com/v"}, HttpAnswer(status=404)))


def test_a_media_id_can_not_change_the_call() -> None:
    """It comes with a message, so it may be anything."""
    host = Host(b"file")
    fetch(host, "a&access_token=b#c/猫")

    assert host.asked[0].endswith("&media_id=a%26access_token%3Db%23c%2F%E7%8C%AB")


def test_an_account_without_a_secret_has_no_files() -> None:
    """Nothing is asked."""
    host = Host()
    with pytest.raises(AttachmentRefused, match="not_supported"):
        fetch(host, service=None)
    assert host.asked == []
