import pytest

from cococat.core.attachments import ChannelOpener
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import Reply, ReplyFile
from tests.support.weixin import APP, Connected, answered, replying, shown

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
INLINE = "data:image/png;base64,iVBORw0KGgpwaXhlbHM="


class Host:
    """An `HttpClient` that has one file."""

    def __init__(self, answer: HttpAnswer) -> None:
        self.answer = answer

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Return the file."""
        return self.answer


class Gateway:
    """An `HttpClient` before the API of *account*, that can't get at its files."""

    def __init__(self, account: Connected, kind: str) -> None:
        self.api = account.api
        self.kind = kind

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Return a page for a file."""
        if "/media/get" not in request.url:
            return self.api.send(request, seconds)
        return HttpAnswer(status=502, headers={"content-type": self.kind}, body=b"Bad gateway")


class TestFiles:
    """Images and files in answers."""

    def test_are_uploaded_and_named(self) -> None:
        """Each as what it is."""
        files = (
            ReplyFile(kind="image", name="猫.png", source=INLINE),
            ReplyFile(kind="file", name="a.pdf", source="data:application/pdf;base64,JVBERi0xLjc="),
        )
        account = answered(Reply(files=files))

        assert [kind for kind, _ in shown(account)] == ["image", "file"]
        kept = [account.api.media.kept[body["media_id"]] for _, body in shown(account)]
        assert [(each.name, each.content) for each in kept] == [
            ("猫.png", PNG),
            ("a.pdf", b"%PDF-1.7"),
        ]

    def test_that_are_images_of_another_kind_are_files(self) -> None:
        """WeCom shows JPEG and PNG."""
        gif = "data:image/gif;base64,R0lGODlhAQAB"
        account = answered(Reply(files=(ReplyFile(kind="image", name="a.gif", source=gif),)))

        assert [kind for kind, _ in shown(account)] == ["file"]

    def test_that_are_sound_or_moving_are_shown_as_such(self) -> None:
        """By their first bytes, whatever their names say."""
        amr = "data:audio/amr;base64,IyFBTVIKPAA="
        mp4 = "data:video/mp4;base64,AAAAGGZ0eXBpc29tAAAAAA=="
        files = (
            ReplyFile(kind="file", name="a", source=amr),
            ReplyFile(kind="file", name="b.mp4", source=mp4),
        )
        account = answered(Reply(files=files))

        assert [kind for kind, _ in shown(account)] == ["voice", "video"]

    def test_that_are_too_long_to_be_heard_are_files(self) -> None:
        """A voice lasts for a minute; the platform says so only when it has it."""
        amr = ReplyFile(kind="file", name="a.amr", source="data:audio/amr;base64,IyFBTVIKPAA=")
        account = answered(Reply(files=(amr,)), failures=[None, 45007])

        assert [kind for kind, _ in shown(account)] == ["file"]
        assert account.reasons() == []

    def test_that_the_platform_does_not_take_at_all_are_told_by_their_address(self) -> None:
        """Neither as an image nor as a file."""
        file = ReplyFile(kind="image", name="a.png", source="https://files.example/a.png")
        account = Connected(replying(Reply(files=(file,))))
        account.network.hosts["files.example"] = Host(HttpAnswer(status=200, body=PNG))
        account.api.failures = [None, 40009, 45001]
        account.platform.deliver(account.platform.text("ann", "hello"))
        account.world.settle()

        assert shown(account) == [("text", {"content": f"{file.name} {file.source}"})]

    def test_that_the_platform_has_forgotten_are_uploaded_again_once(self) -> None:
        """A media id is good for three days, or not even that."""
        reply = Reply(files=(ReplyFile(kind="image", name="a.png", source=INLINE),))
        again = answered(reply, failures=[None, None, 40007])
        never = answered(reply, failures=[None, None, 40007, None, 40007])

        assert [kind for kind, _ in shown(again)] == ["image"]
        assert (shown(never), never.reasons()) == ([], ["media_expired"])

    def test_whose_message_got_lost_are_the_same_file_again(self) -> None:
        """Another upload would be another message, and the member would see two."""
        reply = Reply(files=(ReplyFile(kind="image", name="a.png", source=INLINE),))
        account = answered(reply, failures=[None, None, "lost"])

        assert len(account.api.shown) == len(account.api.media.kept) == 1

    def test_that_are_too_large_are_told_by_their_address(self) -> None:
        """A text instead, for a file that has an address."""
        file = ReplyFile(kind="image", name="big.png", source="https://files.example/big.png")
        account = Connected(replying(Reply(files=(file,))))
        too_large = HttpAnswer(status=200, body=PNG + b"\0" * 11 * 1024 * 1024)
        account.network.hosts["files.example"] = Host(too_large)
        account.platform.deliver(account.platform.text("ann", "hello"))
        account.world.settle()

        assert shown(account) == [("text", {"content": f"{file.name} {file.source}"})]


class TestDownloads:
    """Files that members send."""

    def opened(self, account: Connected, media_id: str) -> bytes:
        """Return the content of an image that a member sent, opened through its ref."""
        platform = account.platform
        platform.deliver(platform.message("ann", "image", MediaId=media_id))
        (message,) = account.taken()
        opener = ChannelOpener(account.backend.directory, account.world.channels, account.clock)
        return opener.open(message.attachments[0].ref).content

    def test_come_from_the_platform(self) -> None:
        """By their media id, with the application's token."""
        account = Connected()

        assert self.opened(account, account.api.media.add(APP, PNG)) == PNG

    def test_that_the_platform_does_not_have_are_gone(self) -> None:
        """Its error comes with status 200."""
        with pytest.raises(AttachmentRefused, match="gone"):
            self.opened(Connected(), "unknown")

    def test_that_the_platform_is_too_busy_to_give_may_be_had_later(self) -> None:
        """The agent is told so."""
        account = Connected()
        media_id = account.api.media.add(APP, PNG)
        account.api.failures = [None, -1]
        with pytest.raises(PlatformUnreachable):
            self.opened(account, media_id)

    @pytest.mark.parametrize("kind", ["text/html", "application/json"])
    def test_that_are_an_error_of_http_may_be_had_later(self, kind: str) -> None:
        """The page of a gateway is not the file."""
        account = Connected()
        media_id = account.api.media.add(APP, PNG)
        account.network.hosts["qyapi.weixin.qq.com"] = Gateway(account, kind)
        with pytest.raises(PlatformUnreachable):
            self.opened(account, media_id)
