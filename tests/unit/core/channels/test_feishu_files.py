"""Files that come with Feishu messages."""

import pytest

from cococat.core.attachments import ChannelOpener
from cococat.core.channels.feishu import FeishuChannel
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.simulators.feishu_api import BROKEN, HTML, LOST, NOT_SENT
from tests.support.feishu import USER, FeishuApp

PNG = b"\x89PNG\r\n\x1a\n0000"


class TestFiles:
    """The files that users send."""

    def test_they_are_fetched_by_their_sealed_refs(self) -> None:
        """With the app's token; what it is, its first bytes say."""
        app = FeishuApp()
        app.server.resources["om_1", "img_1"] = ("image/png", PNG)
        sent = app.platform.message(USER, {"image_key": "img_1"}, kind="image", message_id="om_1")
        app.platform.deliver(sent)
        (file,) = app.taken()[0].attachments
        opened = ChannelOpener(app.backend.directory, app, app.clock).open(file.ref)

        assert (opened.content, opened.content_type) == (PNG, "image/png")

    @pytest.mark.parametrize(
        ("failure", "error", "reason"),
        [
            (234003, AttachmentRefused, "gone"),
            (99991672, AttachmentRefused, "not_given"),
            (NOT_SENT, PlatformUnreachable, "not sent"),
            (LOST, PlatformUnreachable, "lost"),
            (BROKEN, PlatformUnreachable, "platform_failed"),
            (HTML, PlatformUnreachable, "platform_failed"),
            (99991400, PlatformUnreachable, "rate_limited"),
        ],
    )
    def test_what_is_not_to_be_had(
        self, failure: int | str, error: type[Exception], reason: str
    ) -> None:
        """For good, or just now."""
        app = FeishuApp()
        app.server.resources["om_1", "f"] = ("application/json", b'{"code": 0}')
        file = {"file_key": "f", "file_name": "a.json"}
        app.platform.deliver(app.platform.message(USER, file, kind="file", message_id="om_1"))
        ref = app.taken()[0].attachments[0].ref
        opener = ChannelOpener(app.backend.directory, app, app.clock)
        app.server.fails = [failure]
        with pytest.raises(error, match=reason):
            opener.open(ref)

        assert opener.open(ref).content == b'{"code": 0}'

    @pytest.mark.parametrize("code", [7, 99991663, 230110])
    def test_a_file_that_reads_like_an_error_is_a_file(self, code: int) -> None:
        """A user may send any JSON; it costs no token and hides no file."""
        app = FeishuApp()
        content = b'{"code": %d}' % code
        app.server.resources["om_1", "f"] = ("application/json", content)
        file = {"file_key": "f", "file_name": "a.json"}
        app.platform.deliver(app.platform.message(USER, file, kind="file", message_id="om_1"))
        ref = app.taken()[0].attachments[0].ref

        assert ChannelOpener(app.backend.directory, app, app.clock).open(ref).content == content
        assert len(app.server.calls) == 2

    @pytest.mark.parametrize("message_id", ["om_a/b/c", "om_a?b", "om a", ".."])
    def test_an_id_that_is_no_segment_of_a_path_has_no_file(self, message_id: str) -> None:
        """The message comes without it."""
        app = FeishuApp()
        image = {"image_key": "k1"}
        sent = app.platform.message(USER, image, kind="image", message_id=message_id)

        assert app.platform.deliver(sent) == 1
        (message,) = app.taken()
        assert (message.content, message.attachments) == ("[图片]", ())

    @pytest.mark.parametrize("ref", ["om_a/b/c/image/k1", "om_a", ""])
    def test_a_ref_that_is_none_is_gone(self, ref: str) -> None:
        """Feishu is not asked."""
        app = FeishuApp()
        channel = app.bind(app.backend.directory.bindings[0])
        assert isinstance(channel, FeishuChannel)
        with pytest.raises(AttachmentRefused, match="gone"):
            channel.fetch(ref)

        assert app.server.calls == []
