from dataclasses import replace
from typing import Any

import pytest

from cococat.core.attachments import ChannelOpener
from cococat.core.errors import AttachmentRefused, PlatformUnreachable
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from tests.support.weixin import APP, Connected, answered, replying, shown

SEND = "/cgi-bin/message/send"
TOKEN = "/cgi-bin/gettoken"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
INLINE = "data:image/png;base64,iVBORw0KGgpwaXhlbHM="
YES = Button(text="Yes", value="yes")
LINK = Button(text="Open", url="https://a.example/1")
MORE = Button(text="More", url="https://a.example/2")
SIZE = CardField(name="Size", value="XL")


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


class TestMessages:
    """What an answer becomes."""

    def test_a_text_is_raw(self) -> None:
        """Chinese, signs and emoji as they are; escapes would be shown, or refused."""
        account = answered('您好 <&> "🐈"')

        assert shown(account) == [("text", {"content": '您好 <&> "🐈"'})]

    def test_markdown_is_markdown(self) -> None:
        """As much of it as WeCom shows."""
        account = answered(Reply(text="**hi**", format=Format.MARKDOWN))

        assert shown(account) == [("markdown", {"content": "**hi**"})]

    def test_a_long_text_is_several_and_none_is_cut(self) -> None:
        """WeCom cuts what is longer than 2,048 bytes without a word."""
        text = "长" * 3000
        account = answered(text)

        assert len(account.api.shown) > 4
        assert "".join(str(body["content"]) for _, body in shown(account)) == text

    @pytest.mark.parametrize(
        ("card", "kind", "body"),
        [
            (
                Card(title="T", text="d", buttons=(LINK,)),
                "textcard",
                {"title": "T", "description": "d", "url": LINK.url, "btntxt": "Open"},
            ),
            (
                Card(title="T", buttons=(Button(text="Open all of it", url="https://a.example/"),)),
                "textcard",
                {
                    "title": "T",
                    "description": "Open all of it",
                    "url": "https://a.example/",
                    "btntxt": "查看详情",
                },
            ),
            (
                Card(title="T", text="d", buttons=(replace(LINK, text="Open all of it"),)),
                "textcard",
                {
                    "title": "T",
                    "description": "d\nOpen all of it",
                    "url": LINK.url,
                    "btntxt": "查看详情",
                },
            ),
            (
                Card(title="T", text="d", buttons=(LINK, MORE)),
                "news",
                {
                    "articles": [
                        {"title": "T", "description": "d\nOpen", "url": LINK.url},
                        {"title": "More", "url": MORE.url},
                    ]
                },
            ),
            (
                Card(title="T", text="d", fields=(SIZE,)),
                "markdown",
                {"content": "**T**\nd\n> Size: XL"},
            ),
        ],
    )
    def test_a_card_is_what_shows_all_of_it(
        self, card: Card, kind: str, body: dict[str, Any]
    ) -> None:
        """A card with one link, with several, with none."""
        assert shown(answered(Reply(card=card))) == [(kind, body)]

    @pytest.mark.parametrize("buttons", [(YES,), (LINK,), (LINK, MORE)])
    def test_a_card_without_a_title_has_its_first_buttons(self, buttons: tuple[Button]) -> None:
        """WeCom takes none without."""
        account = answered(Reply(card=Card(title=" ", buttons=buttons)))

        assert (len(account.api.shown), account.reasons()) == (1, [])
        assert f"'title': '{buttons[0].text}'" in repr(account.api.shown[0].body)

    def test_a_card_of_many_words_says_what_has_no_room_before_it(self) -> None:
        """Nothing is cut, and a button's value is whole or its words are said."""
        fields = tuple(CardField(name=f"n{n}", value="字" * 300) for n in range(4))
        long = Button(text="Long", value="v" * 1025)
        account = answered(Reply(card=Card(title="T", fields=fields, buttons=(YES, long))))

        assert repr(account.api.shown).count("字") == 1200
        assert [kind for kind, _ in shown(account)][-1] == "template_card"
        assert account.reasons() == []

    def test_a_card_with_fields_and_a_link_is_a_notice(self) -> None:
        """A tap on it opens the link."""
        ((kind, body),) = shown(
            answered(Reply(card=Card(title="T", fields=(SIZE,), buttons=(LINK,))))
        )

        assert (kind, body["card_type"]) == ("template_card", "text_notice")
        assert body["card_action"] == {"type": 1, "url": LINK.url}
        assert body["horizontal_content_list"][0] == {"keyname": "Size", "value": "XL"}

    def test_a_card_with_buttons_asks_back(self) -> None:
        """Their values are the keys of the taps; links are lines of the card."""
        card = Card(title="T", text="d", fields=(SIZE,), buttons=(YES, LINK))
        ((kind, body),) = shown(answered(Reply(card=card)))

        assert (kind, body["card_type"]) == ("template_card", "button_interaction")
        assert body["button_list"] == [{"text": "Yes", "style": 1, "key": "yes"}]
        assert (body["main_title"], body["sub_title_text"]) == ({"title": "T"}, "d")
        assert [line["value"] for line in body["horizontal_content_list"]] == ["XL", "Open"]

    def test_links_without_room_are_in_the_text(self) -> None:
        """Nothing that an agent says is lost."""
        fields = tuple(CardField(name=f"n{n}", value="v") for n in range(6))
        ((_, body),) = shown(
            answered(Reply(card=Card(title="T", fields=fields, buttons=(YES, LINK))))
        )

        assert body["sub_title_text"] == f"Open {LINK.url}"

    def test_a_tapped_card_becomes_the_card_that_answers(self) -> None:
        """By the code that came with the tap; a text that answers is a message of its own."""
        account = Connected(replying(Reply(text="ok", card=Card(title="Done", buttons=(YES,)))))
        platform, code = account.platform, account.api.cards.code()
        tap = {"EventKey": "yes", "TaskId": "t", "CardType": "button_interaction"}
        platform.deliver(platform.event("ann", "template_card_event", ResponseCode=code, **tap))
        account.world.settle()

        assert shown(account) == [("text", {"content": "ok"})]
        assert [card["main_title"] for card in account.api.cards.updates] == [{"title": "Done"}]
        assert account.reasons() == []

    def test_the_owners_own_call_sends_too(self) -> None:
        """`send` with a text and a member, in as many messages as it takes."""
        account = Connected()
        account.channel.send("长" * 1000, "ann")

        assert "".join(account.api.said_to("ann", APP.agent_id)) == "长" * 1000


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
