from collections.abc import Iterator
from dataclasses import replace

import pytest

from cococat.core.attachment_ref import seal_ref
from cococat.core.attachments import ChannelOpener
from cococat.core.channels import Channel, Fetched
from cococat.core.errors import (
    AttachmentRefused,
    CredentialsRefused,
    DeliveryDelayed,
    DeliveryFailed,
    DeliveryUnknown,
    PlatformUnreachable,
)
from cococat.core.messages import Attachment
from cococat.core.opened_files import MAX_SIZE, NoFiles
from tests.support import samples
from tests.support.channels import OneChannel, PlainChannel
from tests.support.clock import START, FakeClock
from tests.support.directory import MemoryDirectory

PNG = b"\x89PNG\r\n\x1a\n and so on"
FILE = Attachment(kind="image", name="cat.png", size=None, ref="media-1")


class FileChannel(PlainChannel):
    """A channel whose platform has one file; `asked` is what it was asked for."""

    def __init__(self, *pieces: bytes, content_type: str = "") -> None:
        super().__init__()
        self.file = Fetched(content_type=content_type, pieces=pieces)
        self.asked: list[str] = []

    def fetch(self, ref: str) -> Fetched:
        """Return the file."""
        self.asked.append(ref)
        return self.file


def opener(channel: Channel) -> ChannelOpener:
    """Return what opens files through *channel*."""
    return ChannelOpener(MemoryDirectory(samples.binding()), OneChannel(channel), FakeClock())


def ref(attachment: Attachment = FILE) -> str:
    """Return the sealed ref of *attachment*."""
    return seal_ref(attachment, samples.ADDRESS, samples.REPLY_KEY, START)


def refusal(channel: Channel, token: str) -> str:
    """Return why the file of *token* is not to be had."""
    with pytest.raises(AttachmentRefused) as refused:
        opener(channel).open(token)
    return refused.value.code


def test_a_file_comes_through_its_channel() -> None:
    """The channel is asked by its own name of the file, and the pieces are put together."""
    channel = FileChannel(PNG[:5], PNG[5:], content_type="text/plain")
    file = opener(channel).open(ref())

    assert channel.asked == ["media-1"]
    assert (file.kind, file.name, file.content) == ("image", "cat.png", PNG)
    assert file.content_type == "image/png"


def test_a_file_is_not_in_its_own_repr() -> None:
    """What a log shows of it is no content."""
    assert "PNG" not in repr(opener(FileChannel(PNG)).open(ref())).replace("image/png", "")


def test_nothing_is_fetched_for_a_ref_that_is_not_ours() -> None:
    """The seal is checked before the platform is asked."""
    channel = FileChannel(PNG)
    forged = seal_ref(FILE, samples.ADDRESS, "guessed", START)

    assert [refusal(channel, token) for token in (forged, "x", "")] == ["ref_refused"] * 3
    assert channel.asked == []


def test_a_channel_that_is_gone_gives_nothing() -> None:
    """There are no credentials to ask with."""
    elsewhere = replace(samples.ADDRESS, target_id="bank")
    token = seal_ref(FILE, elsewhere, samples.REPLY_KEY, START)

    assert refusal(FileChannel(PNG), token) == "channel_gone"


def test_a_channel_without_files_says_so() -> None:
    """The capability is a method that it has or has not."""
    assert refusal(PlainChannel(), ref()) == "not_supported"


@pytest.mark.parametrize(
    ("raised", "failure"),
    [
        (DeliveryDelayed("busy"), PlatformUnreachable),
        (DeliveryUnknown("lost"), PlatformUnreachable),
        (DeliveryFailed("no"), AttachmentRefused),
        (CredentialsRefused("bad", "Bad."), AttachmentRefused),
    ],
)
def test_what_a_platforms_api_says_is_said_of_the_file(
    raised: Exception, failure: type[Exception]
) -> None:
    """An agent has two errors to know: one for good, and one for now."""

    class Failing(FileChannel):
        def fetch(self, ref: str) -> Fetched:
            raise raised

    with pytest.raises(failure):
        opener(Failing(PNG)).open(ref())


def test_too_large_a_file_is_not_read_to_its_end() -> None:
    """Twenty megabytes are taken, one byte more is not."""
    read = []

    def pieces(last: int) -> Iterator[bytes]:
        for size in (MAX_SIZE // 2, MAX_SIZE // 2, last, MAX_SIZE):
            read.append(size)
            yield bytes(size)

    channel = FileChannel()
    any_file = ref(replace(FILE, kind="file"))
    channel.file = Fetched(pieces=pieces(1))

    assert refusal(channel, any_file) == "too_large"
    assert len(read) == 3
    channel.file = Fetched(pieces=(bytes(MAX_SIZE),))
    assert len(opener(channel).open(any_file).content) == MAX_SIZE


def test_an_image_that_is_none_is_refused() -> None:
    """Whatever its platform says of it."""
    channel = FileChannel(b"<svg onload=alert(1)>", content_type="image/png")

    assert refusal(channel, ref()) == "wrong_type"


def test_a_process_without_channels_opens_nothing() -> None:
    """And says so."""
    with pytest.raises(AttachmentRefused, match="not_here"):
        NoFiles().open(ref())
