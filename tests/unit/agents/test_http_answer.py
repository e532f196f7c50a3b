import json
from collections.abc import Iterator
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.agents.http_answer import MAX_RAW, MAX_STREAM, MAX_TEXT, read_answer
from cococat.core.errors import AgentError
from cococat.core.messages import Card, Format, Reply
from cococat.core.text import clean, is_sendable
from tests.support.progress import unheard
from tests.support.strategies import sendable

JSON, PLAIN = "application/json", "text/plain"
EVENTS, LINES = "text/event-stream", "application/x-ndjson"


def read(content_type: str, *pieces: bytes | str) -> str | Reply | None:
    """Read an answer that comes in *pieces*."""
    raw = [each.encode() if isinstance(each, str) else each for each in pieces]
    return read_answer(content_type, raw, unheard)


def detail(content_type: str, *pieces: bytes | str) -> str:
    """Return why an answer is none."""
    with pytest.raises(AgentError) as raised:
        read(content_type, *pieces)
    return raised.value.detail


class TestAtOnce:
    """Answers in one document."""

    def test_json_has_a_reply(self) -> None:
        """Other members are for the future."""
        assert read(JSON, '{"reply": "您好", "more": 1}') == "您好"

    def test_json_may_have_more_than_a_text(self) -> None:
        """A card, files, markdown: all that an answer can be."""
        said = {"text": "**Hi**", "format": "markdown", "card": {"title": "Order 7"}}
        assert read(JSON, json.dumps({"reply": said})) == Reply(
            text="**Hi**", format=Format.MARKDOWN, card=Card(title="Order 7")
        )

    def test_null_is_no_answer(self) -> None:
        """It has to be said."""
        assert read(JSON, '{"reply": null}') is None

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "[]",
            '"text"',
            "{}",
            '{"reply": 1}',
            '{"reply": ["a"]}',
            '{"reply": {}}',
            b'{"reply": "\xff"}',
        ],
    )
    def test_anything_else_is_malformed(self, body: str | bytes) -> None:
        """A wrong form is the agent's failure."""
        assert detail(JSON, body) == "malformed_answer"

    def test_plain_text_is_the_answer(self) -> None:
        """As it stands, in as many pieces as it comes."""
        assert read(PLAIN, "a\n", "猫".encode()[:1], "猫".encode()[1:]) == "a\n猫"

    def test_plain_text_is_utf_8(self) -> None:
        """Whatever else it is, it is not ours to guess."""
        assert detail(PLAIN, "您好".encode("gbk")) == "malformed_answer"

    @pytest.mark.parametrize(
        "content_type", ["Application/JSON; charset=utf-8", "application/json ;x=y", JSON]
    )
    def test_the_types_parameters_are_left_alone(self, content_type: str) -> None:
        """Case and parameters do not matter."""
        assert read(content_type, '{"reply": "a"}') == "a"

    @pytest.mark.parametrize("content_type", ["", "text/html", "application/jsonp", "image/png"])
    def test_other_types_are_refused(self, content_type: str) -> None:
        """An error page is no answer."""
        assert detail(content_type, "hello") == "content_type"


class TestEvents:
    """Answers as server-sent events."""

    def test_deltas_are_joined(self) -> None:
        """Up to the end that the agent names."""
        body = 'data: {"delta": "您"}\n\ndata: {"delta": "好"}\n\ndata: [DONE]\n\ndata: x\n\n'

        assert read(EVENTS, body) == "您好"

    def test_plain_texts_are_joined(self) -> None:
        """One blank after the colon is not part of the text, and lines of one event are lines."""
        assert read(EVENTS, "data: a\n\ndata:  b\n\ndata:c\ndata: d\n\n") == "a bc\nd"

    def test_plain_text_may_look_like_json(self) -> None:
        """The first event says what all of them are."""
        assert (
            read(EVENTS, 'data: x = \n\ndata: {}\n\ndata: {"delta": 1}\n\n') == 'x = {}{"delta": 1}'
        )

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_kind_of_line_end_is_one(self, end: str) -> None:
        """The three that the format allows."""
        lines = [": comment", "event: x", "id: 1", "retry: 5", "data: a", "", "", "data: b", ""]

        assert read(EVENTS, end.join(lines) + end) == "ab"

    def test_the_last_event_needs_no_empty_line(self) -> None:
        """A stream that just ends is complete."""
        assert read(EVENTS, "data: a\n\ndata: b") == "ab"
        assert read(EVENTS, "data: a\n\ndata: [DONE]") == "a"

    @pytest.mark.parametrize("body", ["", "data: [DONE]\n\n", ": nothing\n\n", "data:\n\n"])
    def test_a_stream_without_text_is_empty(self, body: str) -> None:
        """And an empty text is refused like any other agent's."""
        assert read(EVENTS, body) == ""

    @pytest.mark.parametrize(
        "body",
        [
            'data: {"delta": 1}\n\n',
            'data: {"choices": []}\n\n',
            'data: {"delta": "a"}\n\ndata: b\n\n',
            b"data: \xff\n\n",
        ],
    )
    def test_anything_else_is_malformed(self, body: str | bytes) -> None:
        """Another API's stream, or a mixed one."""
        assert detail(EVENTS, body) == "malformed_answer"

    @pytest.mark.parametrize("size", [1, 2, 100])
    def test_one_byte_order_mark_is_not_of_the_stream(self, size: int) -> None:
        """A second one is, and so the name of no field."""
        for body, text in (
            ("\ufeffdata: a\n\ndata: \ufeffb", "a\ufeffb"),
            ("\ufeff\ufeffdata: a", ""),
        ):
            raw = body.encode()
            assert read(EVENTS, *(raw[i : i + size] for i in range(0, len(raw), size))) == text

    @given(st.lists(sendable), st.integers(1, 7))
    def test_pieces_do_not_matter(self, texts: list[str], size: int) -> None:
        """However the network cuts the stream, the text is the same."""
        events = [
            f"data: {json.dumps({'delta': each}, ensure_ascii=False)}\r\n\r\n" for each in texts
        ]
        body = "".join(events).encode()
        pieces = [body[i : i + size] for i in range(0, len(body), size)]

        assert read(EVENTS, *pieces) == "".join(texts)


@pytest.mark.parametrize(
    ("content_type", "form"), [(EVENTS, "data: {}\n\n"), (LINES, "{}\n")], ids=["events", "lines"]
)
class TestHalves:
    """Texts that were cut in UTF-16, within a character."""

    def test_a_character_in_two_pieces_is_one(self, content_type: str, form: str) -> None:
        """Also with an empty piece between; what is shown of the answer has whole characters."""
        shown: list[str] = []
        deltas = ["a\ud83d", "", "\ude00b", "\ud83d", "\ude00", "\ud83d\ude00"]
        pieces = [form.format(json.dumps({"delta": each})).encode() for each in deltas]

        assert read_answer(content_type, pieces, shown.append) == "a😀b😀😀"
        assert [text for text in shown if not is_sendable(text)] == []
        assert shown[:3] == ["a", "a", "a😀b"]

    @given(
        cut=st.lists(st.sampled_from(["a", "\ud83d", "\ude00", "😀", "\ud83d\ude00"]), max_size=8)
    )
    def test_wherever_it_is_cut_the_answer_is_the_same(
        self, content_type: str, form: str, cut: list[str]
    ) -> None:
        """A half that stays alone is none of it."""
        pieces = [form.format(json.dumps({"delta": each})) for each in cut]
        whole = json.loads(json.dumps("".join(cut)))

        assert read(content_type, *pieces) == clean(whole)


class TestLines:
    """Answers as JSON lines."""

    def test_deltas_are_joined(self) -> None:
        """Empty lines and the last line's end do not matter."""
        assert read(LINES, '{"delta": "a"}\n\r\n{"delta": "b"', "}") == "ab"

    @pytest.mark.parametrize("body", ["a\n", "{}\n", '{"delta": null}\n', '{"delta": "a"}\n['])
    def test_anything_else_is_malformed(self, body: str) -> None:
        """Each line is an object with a text."""
        assert detail(LINES, body) == "malformed_answer"


def endless(piece: bytes) -> Iterator[bytes]:
    """Yield *piece* for ever."""
    return repeat(piece)


class TestBounds:
    """Answers that are too long."""

    def test_a_long_text_is_read_no_further_than_needed(self) -> None:
        """What would be cut off is not waited for."""
        event = b'data: {"delta": "' + b"a" * 1000 + b'"}\n\n'
        line = b'{"delta": "' + b"a" * 1000 + b'"}\n'

        assert read_answer(PLAIN, endless(b"a" * 1000), unheard) == "a" * MAX_TEXT
        for kind, piece in ((EVENTS, event), (LINES, line)):
            found = read_answer(kind, endless(piece), unheard)
            assert isinstance(found, str)
            assert MAX_TEXT < len(found) <= MAX_TEXT + 1000

    def test_a_long_plain_text_is_cut_at_a_character(self) -> None:
        """In whole characters."""
        found = read_answer(PLAIN, endless("猫".encode() * 1000), unheard)

        assert found == "猫" * (MAX_TEXT // 3)

    def test_a_text_that_needs_many_escapes_fits(self) -> None:
        """256 KiB of text are read however they are written."""
        text = "\x01" * MAX_TEXT

        assert len(json.dumps({"reply": text})) < MAX_RAW
        assert read(JSON, json.dumps({"reply": text})) == text

    @pytest.mark.parametrize(
        ("content_type", "piece"),
        [
            (JSON, b" " * 65536),
            (EVENTS, b": comment\n" * 6000),
            (EVENTS, b"data: a" * 10_000),
            (LINES, b"\n" * 65536),
            (LINES, b"[" * 65536),
        ],
    )
    def test_what_never_becomes_an_answer_is_given_up(
        self, content_type: str, piece: bytes
    ) -> None:
        """After so many bytes nobody reads on."""
        read = 0

        def counted() -> Iterator[bytes]:
            nonlocal read
            for each in endless(piece):
                read += len(each)
                yield each

        with pytest.raises(AgentError) as raised:
            read_answer(content_type, counted(), unheard)
        assert raised.value.detail == "answer_too_large"
        assert read <= MAX_STREAM + len(piece)
