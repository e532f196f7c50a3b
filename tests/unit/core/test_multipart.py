from email.parser import BytesParser
from email.policy import HTTP

from hypothesis import given
from hypothesis import strategies as st

from cococat.core.multipart import encode

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=20)


@given(
    st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), texts, max_size=3), st.binary()
)
def test_another_parser_reads_the_same(values: dict[str, str], content: bytes) -> None:
    """Each text and every byte of the file arrive as they were."""
    kind, body = encode(values, "file", "cat.bin", content)
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    *fields, file = list(message.iter_parts())

    found = {each.get_param("name", header="content-disposition"): each for each in fields}
    assert {name: each.get_payload(decode=True) for name, each in found.items()} == {
        name: value.encode("utf-8") for name, value in values.items()
    }
    assert (file.get_filename(), file.get_payload(decode=True)) == ("cat.bin", content)


def test_a_name_can_not_end_its_header() -> None:
    """What an agent calls a file stays inside the quotes."""
    _, body = encode({}, "file", '猫"\r\nX-Evil: 1.bin', b"")

    assert 'filename="猫%22%0D%0AX-Evil: 1.bin"'.encode() in body
