"""Files that come with messages, on every channel: for our agents, and for those outside."""

from dataclasses import dataclass

from cococat.agents import echo
from cococat.core.attachments import ChannelOpener
from cococat.core.errors import AttachmentRefused
from cococat.core.http import Request
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest
from cococat.core.mailbox import MailboxMessage
from cococat.core.opened_files import MAX_SIZE, OpenedFile
from cococat.core.remote_files import RemoteFiles
from cococat.routes.attachments import PREFIX, AttachmentRoute
from tests.contract.stage import Stage

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
DOORS = "https://doors.example"


class Reader:
    """
    An agent that opens what it is sent.

    Attributes:
        refs: the sealed refs that it has got.
        opened: the files.

    """

    def __init__(self) -> None:
        self.refs: list[str] = []
        self.opened: list[OpenedFile] = []

    def __call__(self, message: MailboxMessage) -> str:
        """Say how the file is, or why it is not to be had."""
        (attachment,) = message.attachments
        self.refs.append(attachment.ref)
        try:
            self.opened.append(message.open(attachment.ref))
        except AttachmentRefused as refused:
            return refused.code
        return self.opened[-1].content_type


@dataclass
class Outside:
    """What an agent outside can reach: the stack's route, and its bucket."""

    route: AttachmentRoute
    bucket: HttpClient

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Bring *request* to where it goes; see `HttpClient.send`."""
        path = request.url.removeprefix(DOORS)
        if not path.startswith(PREFIX):
            return self.bucket.send(request, seconds)
        answer = self.route.handle(Request(method=request.method, path=path))
        return HttpAnswer(status=answer.status, headers=answer.headers, body=answer.body.encode())


def outside(stage: Stage) -> RemoteFiles:
    """Return what opens files for an agent outside."""
    world = stage.world
    opener = ChannelOpener(world.backend.directory, world.channels, world.clock)
    route = AttachmentRoute(opener=opener, shelf=world.backend.shelf)
    return RemoteFiles(DOORS, Outside(route, world.backend.bucket))


def answer_to(stage: Stage, content: bytes) -> list[str]:
    """Return what a user hears who sends *content* as a picture."""
    platform, _ = stage.connect(Reader())
    platform.deliver_image("ann", content)
    stage.world.settle()
    assert platform.acknowledged() == [True]
    assert stage.reasons() == []
    return platform.heard("ann")


def test_the_agent_gets_the_very_bytes(stage: Stage) -> None:
    """In the heartbeat, from the platform."""
    reader = Reader()
    platform, _ = stage.connect(reader)
    platform.deliver_image("ann", PNG)
    stage.world.settle()

    (file,) = reader.opened
    assert (file.kind, file.content_type, file.content) == ("image", "image/png", PNG)
    assert platform.heard("ann") == ["image/png"]


def test_an_agent_outside_gets_the_same(stage: Stage) -> None:
    """By the ref in its message, and once it lies in the bucket, without the platform."""
    reader = Reader()
    platform, _ = stage.connect(reader)
    platform.deliver_image("ann", PNG)
    stage.world.settle()
    files = outside(stage)

    first = files.open(reader.refs[0])
    stage.network.hosts.clear()
    assert files.open(reader.refs[0]) == first == reader.opened[0]


def test_what_is_no_picture_is_refused(stage: Stage) -> None:
    """Whatever the platform calls it."""
    assert answer_to(stage, b"<!doctype html><script>alert(1)</script>") == ["wrong_type"]


def test_more_than_20_mb_is_refused(stage: Stage) -> None:
    """One byte more is too much."""
    assert answer_to(stage, PNG + bytes(MAX_SIZE + 1 - len(PNG))) == ["too_large"]


def test_our_echo_has_an_answer_to_a_picture_alone(stage: Stage) -> None:
    """Whether or not the channel has a word for it."""
    platform, _ = stage.connect(echo.answer)
    platform.deliver_image("ann", PNG)
    stage.world.settle()

    assert stage.reasons() == []
    assert platform.heard("ann")[-1].startswith("[图片]")
