"""Files that come with a question of the Web API."""

import base64
from dataclasses import dataclass, field, replace

import pytest

from cococat.core import mailbox
from cococat.core.attachments import ChannelOpener
from cococat.core.errors import (
    AddressRefused,
    AnswerTooLong,
    AttachmentRefused,
    NotSent,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.message_record import LIFETIME
from cococat.core.opened_files import MAX_SIZE, OpenedFile
from cococat.core.web_api_files import MAX_CONTENT, MAX_NAME, MOST
from cococat.core.web_api_question import MAX_ESCAPED, MAX_ID
from tests.support import samples
from tests.support.api import Api, error, value

PNG = b"\x89PNG\r\n\x1a\n and so on"
URL = "https://files.example/cat.png?token=canary"


def encoded(content: bytes) -> str:
    """Return *content* as a request holds it."""
    return base64.b64encode(content).decode("ascii")


@dataclass
class Host:
    """The host that a URL names: what it answers, and what it was asked."""

    outcome: HttpAnswer | Exception
    asked: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Answer as told."""
        self.asked.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def opened(api: Api, index: int = 0) -> OpenedFile:
    """Return what the agent gets when it opens a file of the last message."""
    message = mailbox.parse(api.mailbox.bodies()[-1])
    opener = ChannelOpener(api.directory, api.channels, api.clock)
    return opener.open(message.attachments[index].ref)


class TestInTheQuestion:
    """Small files."""

    def test_the_agent_hears_of_them_and_can_open_them(self) -> None:
        """Kind, name and size are in the message, the bytes are where the ref leads."""
        api = Api()
        files = [
            {"name": "猫.png", "content": encoded(PNG)},
            {"name": "a.txt", "content_type": "text/plain", "content": encoded(b"hello")},
        ]
        assert api.post(attachments=files).status == 202

        found = mailbox.parse(api.mailbox.bodies()[0]).attachments
        assert [(each.kind, each.name, each.size) for each in found] == [
            ("image", "猫.png", len(PNG)),
            ("file", "a.txt", 5),
        ]
        assert (opened(api).content, opened(api).content_type) == (PNG, "image/png")
        assert (opened(api, 1).content, opened(api, 1).content_type) == (b"hello", "text/plain")

    @pytest.mark.parametrize(
        ("file", "kind"),
        [
            ({"content": encoded(b"#!AMR\n")}, "voice"),
            ({"content": encoded(b"x"), "content_type": "video/x-unknown"}, "video"),
            ({"content": encoded(PNG), "kind": "file"}, "file"),
            ({"content": encoded(b"x")}, "file"),
            ({"url": URL, "content_type": "image/png"}, "image"),
            ({"url": URL}, "file"),
        ],
    )
    def test_the_kind_is_what_the_caller_says_or_what_the_file_is(
        self, file: dict[str, str], kind: str
    ) -> None:
        """By its bytes before its type."""
        api = Api()
        api.post(attachments=[file])

        (found,) = mailbox.parse(api.mailbox.bodies()[0]).attachments
        assert found.kind == kind

    @pytest.mark.parametrize("content", [..., None, ""])
    def test_a_file_may_stand_without_a_word(self, content: object) -> None:
        """Then the message is of its kind."""
        api = Api()
        assert api.post(content=content, attachments=[{"content": encoded(PNG)}]).status == 202

        message = mailbox.parse(api.mailbox.bodies()[0])
        assert (message.msg_type, message.content) == ("image", "")

    def test_a_repeat_is_the_same_message_with_the_same_file(self) -> None:
        """And another file under the same id is a conflict."""
        api = Api()
        files = [{"content": encoded(PNG)}]
        for _ in range(2):
            assert api.post(msg_id="1", attachments=files).status == 202

        assert len(api.contents()) == 1
        assert opened(api).content == PNG
        assert api.post(msg_id="1", attachments=[{"content": encoded(b"x")}]).status == 409
        assert api.post(msg_id="1").status == 409

    def test_what_the_mailbox_did_not_take_is_taken_with_the_repeat(self) -> None:
        """The file that the first try has kept is the file."""
        api = Api()
        api.flaky.failures = ["refused"]
        statuses = [
            api.post(msg_id="1", attachments=[{"content": encoded(PNG)}]).status for _ in range(2)
        ]

        assert statuses == [503, 202]
        assert opened(api).content == PNG

    def test_after_a_day_it_is_gone(self) -> None:
        """With the message."""
        api = Api()
        api.post(attachments=[{"content": encoded(PNG)}])
        api.clock.advance(LIFETIME)

        with pytest.raises(AttachmentRefused, match="gone"):
            opened(api)

    @pytest.mark.parametrize(
        "wrong",
        [
            "x",
            {},
            ["x"],
            [{}],
            [{"content": ""}],
            [{"content": "no base64!"}],
            [{"content": "YQ"}],
            [{"content": encoded(b"x"), "url": URL}],
            [{"url": "ftp://files.example/x"}],
            [{"url": "http://files.example/x"}],
            [{"url": "https://files.example/a b"}],
            [{"content": encoded(b"x"), "kind": "sticker"}],
            [{"content": encoded(b"x"), "kind": "image"}],
            [{"content": encoded(b"<svg/>"), "kind": "voice"}],
            [{"content": encoded(b"x"), "name": "a\nb"}],
            [{"content": encoded(b"x"), "name": "a" * 256}],
            [{"content": encoded(b"x"), "name": "猫" * 86}],
            [{"content": encoded(b"x"), "content_type": "text/plain\r\nx: y"}],
            [{"content": encoded(b"x"), "kind": 1}],
            [{"content": encoded(b"x")}] * (MOST + 1),
        ],
        ids=repr,
    )
    def test_anything_else_is_a_400(self, wrong: object) -> None:
        """Nothing of it is kept, and nothing of it is repeated."""
        api = Api()
        response = api.post(attachments=wrong)

        assert (response.status, error(response)) == (400, "invalid_request")
        assert (api.contents(), api.items.stored) == ([], {})

    def test_256_kib_are_taken_and_more_is_a_413(self) -> None:
        """An item of the table holds no more."""
        api = Api()
        for size, status in ((MAX_CONTENT, 202), (MAX_CONTENT + 1, 413)):
            response = api.post(attachments=[{"content": encoded(bytes(size))}])
            assert response.status == status

        assert opened(api).content == bytes(MAX_CONTENT)

    @pytest.mark.parametrize("letter", ["🐈", "é", '"', "\\", "a"])
    def test_all_that_is_within_its_limits_fits_into_one_queue_message(self, letter: str) -> None:
        """So no message is refused once it is stored."""
        address = replace(samples.ADDRESS, target_id="s" * 64, name="n" * 32)
        api = Api(samples.binding(address))
        name, word = letter * (MAX_NAME // len(letter.encode())), letter * MAX_ID
        files = [{"url": URL, "kind": "image", "name": name}] * MOST
        ids = {"user_id": word, "conversation_id": word, "msg_id": word}
        content = '"' * (MAX_ESCAPED // 2 - 1)

        assert api.post(content=content, attachments=files, **ids).status == 202
        assert api.contents() == [content]

    def test_what_was_too_large_leaves_its_key_unused(self) -> None:
        """A smaller one may come with it."""
        api = Api()
        content = '"' * (MAX_ESCAPED // 2)
        files = [{"content": encoded(b"x"), "name": "🐈" * 63}] * MOST

        assert api.post(content=content, attachments=files, msg_id="1").status == 413
        assert api.items.stored == {}
        assert api.post(content="short", attachments=files, msg_id="1").status == 202


class TestByUrl:
    """Larger files."""

    def ask(self, outcome: HttpAnswer | Exception) -> tuple[Api, Host]:
        """Ask with a URL whose host answers with *outcome*."""
        api, host = Api(), Host(outcome)
        vars(api.channels.libraries)["callers_http"] = host
        assert api.post(attachments=[{"url": URL, "name": "cat.png", "kind": "image"}]).status < 300
        return api, host

    def test_it_is_fetched_when_the_agent_opens_it(self) -> None:
        """With a limit, not before, and by what no list of the operator's opens hosts to."""
        answer = HttpAnswer(status=200, headers={"content-type": "image/png"}, body=PNG)
        api, host = self.ask(answer)

        assert host.asked == []
        assert opened(api).content == PNG
        (asked,) = host.asked
        assert (asked.method, asked.url, asked.max_answer) == ("GET", URL, MAX_SIZE)

    def test_no_agent_sees_the_url(self) -> None:
        """It may hold a token."""
        api, _ = self.ask(HttpAnswer(status=200, body=PNG))

        assert "canary" not in api.mailbox.bodies()[0]
        assert mailbox.parse(api.mailbox.bodies()[0]).attachments[0].size is None

    @pytest.mark.parametrize(
        ("outcome", "failure"),
        [
            (HttpAnswer(status=404), AttachmentRefused("gone")),
            (HttpAnswer(status=302), AttachmentRefused("not_given")),
            (HttpAnswer(status=401), AttachmentRefused("not_given")),
            (HttpAnswer(status=429), PlatformUnreachable()),
            (HttpAnswer(status=500), PlatformUnreachable()),
            (HttpAnswer(status=200, body=b"<html>"), AttachmentRefused("wrong_type")),
            (AddressRefused(), AttachmentRefused("address_refused")),
            (AnswerTooLong(), AttachmentRefused("too_large")),
            (NotSent(), PlatformUnreachable()),
        ],
    )
    def test_what_is_not_to_be_had_says_why(
        self, outcome: HttpAnswer | Exception, failure: Exception
    ) -> None:
        """For good, or for the moment."""
        api, _ = self.ask(outcome)

        with pytest.raises(type(failure)) as raised:
            opened(api)
        if isinstance(failure, AttachmentRefused):
            assert raised.value.args == failure.args
        assert "canary" not in repr(raised.value)


def test_a_response_does_not_hold_a_file() -> None:
    """What was sent is not sent back."""
    shown = value(Api().post(attachments=[{"content": encoded(PNG)}]))

    assert sorted(shown) == ["id", "reply", "state"]
