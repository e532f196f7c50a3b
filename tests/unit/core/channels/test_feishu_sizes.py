"""Nothing that an agent says is larger than Feishu takes, measured as Feishu measures it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cococat.core.messages import Button, Card, CardField, Format, Reply
from cococat.simulators.feishu_chats import Sent
from tests.support.feishu import FeishuApp

PIECES = ('"', "\\", "\n", "<at>", "猫", "word ", "```\n", "**", "🐈\n\n", "x" * 100)
long_texts = st.builds(
    lambda pieces, times: "".join(pieces) * times,
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5),
    st.integers(1, 9000),
)
values = st.builds(
    lambda piece, times: (piece * times)[:4000] or "x",
    st.sampled_from(PIECES),
    st.integers(1, 3000),
)
cards = st.builds(
    Card,
    title=values,
    text=values,
    fields=st.lists(st.builds(CardField, name=values, value=values), max_size=8).map(tuple),
    buttons=st.lists(st.builds(Button, text=values, value=values), max_size=4).map(tuple),
)


def sent_for(reply: Reply) -> list[Sent]:
    """Return what becomes of *reply*, of which nothing may be refused."""
    app = FeishuApp(lambda _message: reply)
    app.platform.write("ou_ann", "hi")
    app.world.settle()
    assert app.world.letters() == []
    return app.server.chats.sent


@settings(max_examples=25, deadline=None)
@given(long_texts, st.sampled_from(Format))
def test_a_text_is_taken(text: str, form: Format) -> None:
    """Quotes, backslashes and line ends have up to four bytes in a request, and count so."""
    if text.strip():
        assert sent_for(Reply(text=text, format=form))


@settings(max_examples=15, deadline=None)
@given(cards, st.sampled_from(Format))
def test_a_card_is_taken(card: Card, form: Format) -> None:
    """With all that is on it; what has no room is said beside it."""
    assert sent_for(Reply(card=card, format=form))[-1].kind == "interactive"


def test_what_has_no_room_on_a_card_is_said_before_it() -> None:
    """Its last fields first."""
    fields = tuple(CardField(name=f"n{number}", value="*" * 1500) for number in range(9))
    button = Button(text="Yes", value="yes")
    text, card = sent_for(Reply(card=Card(title="Many", fields=fields, buttons=(button,))))

    elements = card.content["body"]["elements"]
    assert [element["tag"] for element in elements] == ["markdown", "button"]
    shown = elements[0]["content"].count("**n")
    assert 0 < shown < len(fields)
    assert text.content["text"].count("n") == len(fields) - shown
