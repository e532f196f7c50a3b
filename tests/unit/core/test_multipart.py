from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.multipart import FormFile, form

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


def parts_of(body: bytes, content_type: str) -> list[Message]:
    """Return the parts of a form, as Python's own reader of MIME finds them."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("ascii")
    return [
        part for part in message_from_bytes(head + body).get_payload() if isinstance(part, Message)
    ]


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_a_file_arrives_byte_for_byte(first: bytes, second: bytes) -> None:
    """Whatever is in it, line ends and dashes too."""
    files = [
        FormFile(key="media", name="a.bin", content=first + b"\r\n--" + second),
        FormFile(key="thumb", name="b.png", content=second, content_type="image/png"),
    ]
    parts = parts_of(*form({"type": "file"}, *files))

    assert [part.get_payload(decode=True) for part in parts] == [
        b"file",
        *(file.content for file in files),
    ]
    assert [part.get_param("name", header="content-disposition") for part in parts] == [
        "type",
        "media",
        "thumb",
    ]
    assert parts[2].get_content_type() == "image/png"


@given(names)
def test_a_name_is_raw_and_can_not_end_its_place(name: str) -> None:
    """Chinese stays Chinese; a quotation mark is the one sign that is written otherwise."""
    body, _ = form({}, FormFile(key="media", name=name, content=b"x"))

    escaped = name.replace('"', "%22")
    assert f'filename="{escaped}"\r\n'.encode() in body


@pytest.mark.parametrize("name", ['a"; name="b', "a\r\nContent-Type: text/html\r\n\r\n", "a\nb"])
def test_nothing_breaks_out_of_a_name(name: str) -> None:
    """There is one part with one name, however it is called."""
    parts = parts_of(*form({}, FormFile(key="media", name=name, content=b"x")))

    assert [part.get_payload(decode=True) for part in parts] == [b"x"]
    assert parts[0].get_content_type() == "application/octet-stream"
