from dataclasses import replace
from typing import Any

import pytest

from cococat.core.messages import Button, Card, CardField, Format, Reply
from tests.support.weixin import APP, Connected, answered, replying, shown

YES = Button(text="Yes", value="yes")
LINK = Button(text="Open", url="https://a.example/1")
MORE = Button(text="More", url="https://a.example/2")
SIZE = CardField(name="Size", value="XL")


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
