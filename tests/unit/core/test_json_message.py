import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core import json_message, text
from cococat.core.errors import MalformedMessage
from cococat.core.xml_message import Elements, paths
from tests.support.strategies import json_values
from tests.support.wechat_contents import BAD_JSON

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
said = st.text(st.characters())


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("{}", {}),
        (' {"a": "1", "b": ""}', {"a": "1", "b": ""}),
        (
            '{"MsgId": 24600000000000001, "Location_X": 23.10}',
            {"MsgId": "24600000000000001", "Location_X": "23.10"},
        ),
        ('{"a": null, "b": true, "c": []}', {"a": "", "b": "", "c": ""}),
        ('{"a": {"b": {"c": "1"}}}', {"a": {"b": {"c": "1"}}}),
        ('{"a": [{"b": 1}, "2", [3]]}', {"a": [{"b": "1"}, "2", ""]}),
        ('{"a": "\\u732b"}', {"a": "猫"}),
    ],
)
def test_an_object_is_read_as_elements_are(body: str, read: Elements) -> None:
    """As in XML; a number keeps each of its digits."""
    assert json_message.read(body.encode("utf-8")) == read


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON)
def test_everything_else_is_refused(body: str | bytes) -> None:
    """No half objects, no name twice, no other encoding, no depth without end."""
    with pytest.raises(MalformedMessage):
        json_message.read(body.encode("utf-8") if isinstance(body, str) else body)


@given(st.dictionaries(names, said, max_size=6))
def test_what_we_write_we_read(values: dict[str, str]) -> None:
    """Any text but for what no XML could hold, as raw UTF-8."""
    written = json_message.write(values).encode("utf-8")

    expected = {name: text.clean(value) for name, value in values.items()}
    assert json_message.read(written) == expected
    assert json.loads(written) == expected


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """A stranger's bytes never end in another error."""
    for each in (body, b'{"a": ' + body + b"}"):
        try:
            found = json_message.read(each)
        except MalformedMessage:
            continue
        assert all(isinstance(value, str) for value in paths(found).values())
