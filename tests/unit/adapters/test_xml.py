import pytest
import xmltodict  # type: ignore[import-untyped] # the reader that wechatpy uses
from hypothesis import given, settings
from hypothesis import strategies as st

from cococat.adapters.xml import DefusedXml, _plain
from cococat.core import text
from cococat.core.errors import MalformedMessage
from cococat.core.xml_message import write
from tests.support.wechat_contents import BAD_XML

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
texts = st.text(st.characters()).map(text.clean)
values = st.dictionaries(names, texts | st.integers(0, 10**20), max_size=6)


def lines(value: str | int) -> str:
    """Return *value* as every reader of XML gives it back: with one kind of line end."""
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


@given(values)
def test_what_we_write_we_read(written: dict[str, str | int]) -> None:
    """Any text, with any sign that means something in XML."""
    read = DefusedXml().read(write(written).encode("utf-8"))

    assert read == {name: lines(value) for name, value in written.items()}


@given(values)
def test_what_we_write_others_read(written: dict[str, str | int]) -> None:
    """Another reader finds the same."""
    read = xmltodict.parse(write(written), strip_whitespace=False)["xml"] or {}

    assert {name: value or "" for name, value in read.items()} == {
        name: lines(value) for name, value in written.items()
    }


@pytest.mark.parametrize("value", ["]]>", "a]]>b]]>", "]]]]>>", "<![CDATA[x]]>", "]]", ">"])
def test_no_text_ends_its_section_too_early(value: str) -> None:
    """What would end it is divided between two."""
    assert DefusedXml().read(write({"a": value}).encode()) == {"a": value}


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("<xml/>", {}),
        ("<xml><a>1</a><b/></xml>", {"a": "1", "b": ""}),
        ("<xml>\n  <a><![CDATA[ x ]]></a>\n</xml>\n", {"a": " x "}),
        ("<xml><a>&lt;&amp;&#29483;</a></xml>", {"a": "<&猫"}),
        ("<xml><a x='1'><!-- no -->1</a></xml>", {"a": "1"}),
        ("<xml><a><b>1</b></a></xml>", {"a": ""}),
        ("<xml><a>1<b>2</b>3</a><c>4</c></xml>", {"a": "", "c": "4"}),
        ("<?xml version='1.0' encoding='utf-8'?><xml><a>猫</a></xml>", {"a": "猫"}),
        ("<?xml version='1.0' encoding='gbk'?><xml><a>猫</a></xml>", {"a": "猫"}),
    ],
)
def test_the_roots_children_are_read_as_text(body: str, read: dict[str, str]) -> None:
    """In UTF-8, whatever encoding the document claims to be in."""
    assert DefusedXml().read(body.encode("utf-8")) == read


@pytest.mark.parametrize("body", BAD_XML.values(), ids=BAD_XML)
def test_everything_else_is_refused(body: str | bytes) -> None:
    """No DTD, no entity, no other encoding, no half documents."""
    raw = body.encode("utf-8") if isinstance(body, str) else body

    with pytest.raises(MalformedMessage):
        DefusedXml().read(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """A stranger's bytes never end in another error."""
    for each in (body, b"<xml>" + body + b"</xml>", b"<xml><a>" + body + b"</a></xml>"):
        try:
            found = DefusedXml().read(each)
        except MalformedMessage:
            continue
        assert all(isinstance(value, str) for value in found.values())


class TestNested:
    """Messages with elements inside elements."""

    def test_elements_have_texts_children_or_several(self) -> None:
        """As a card's event has them: an option is a text, two options are a list."""
        body = (
            b"<xml><Event>e</Event><Empty/><Items>"
            b"<Item><Key>a</Key><Ids><Id>1</Id></Ids></Item>"
            b"<Item><Key>b</Key><Ids><Id>2</Id><Id>3</Id><Id>4</Id></Ids></Item>"
            b"</Items></xml>"
        )

        assert DefusedXml().nested(body) == {
            "Event": "e",
            "Empty": "",
            "Items": {
                "Item": [
                    {"Key": "a", "Ids": {"Id": "1"}},
                    {"Key": "b", "Ids": {"Id": ["2", "3", "4"]}},
                ]
            },
        }

    @given(values)
    def test_a_flat_message_is_the_same_either_way(self, written: dict[str, str | int]) -> None:
        """Nothing is lost between the two readers."""
        body = write(written).encode("utf-8")

        assert DefusedXml().nested(body) == DefusedXml().read(body)

    @pytest.mark.parametrize("body", BAD_XML.values(), ids=BAD_XML)
    def test_what_is_no_flat_message_is_no_nested_one(self, body: str | bytes) -> None:
        """DTDs, other encodings, broken XML, an element of the root twice, and no end of depth."""
        with pytest.raises(MalformedMessage):
            DefusedXml().nested(body.encode("utf-8") if isinstance(body, str) else body)

    def test_there_is_an_end_to_elements_and_to_depth(self) -> None:
        """Five hundred of them, eight levels."""
        many = b"<xml><a>" + b"<b/>" * 500 + b"</a></xml>"
        deep = b"<xml>" + b"<a>" * 9 + b"</a>" * 9 + b"</xml>"
        for body in (many, deep):
            with pytest.raises(MalformedMessage):
                DefusedXml().nested(body)
        assert DefusedXml().nested(many.replace(b"<b/>", b"", 1))
        assert DefusedXml().nested(deep.replace(b"<a>", b"", 1).replace(b"</a>", b"", 1))


tokens = st.sampled_from(
    [
        *("<a>", "</a>", "<b>", "</b>", "<a/>", "<xml>", "</xml>", "<a x='1'>", "<n:a>", "</n:a>"),
        *(
            "<![CDATA[",
            "]]>",
            "]",
            ">",
            "&lt;",
            "&#65;",
            "&",
            "<!-- c -->",
            "<?p?>",
            "<!DOCTYPE xml>",
        ),
        *("1", "猫", " ", "\n", "\r", "\t", "\x0b", "\x00", "\ufffe", "\ufeff", "\x85", "é"),
    ]
)


@given(st.lists(tokens, max_size=12).map("".join), st.booleans())
@settings(max_examples=400)
def test_the_short_way_reads_what_the_parser_reads(inside: str, is_wrapped: bool) -> None:  # noqa: FBT001
    """A document that is only taken apart says the same to the parser, or is left to it."""
    document = f"<xml>{inside}</xml>" if is_wrapped else inside
    found = _plain(document)

    if found is not None:
        assert DefusedXml()._parsed(document) == found


@given(values)
def test_what_we_write_ourselves_goes_the_short_way_or_the_long_one(
    written: dict[str, str | int],
) -> None:
    """To the same end."""
    document = write(written)

    assert DefusedXml().nested(document.encode()) == DefusedXml()._parsed(document)
