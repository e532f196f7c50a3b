"""What somebody with the right keys might seal and sign, to break a door of WeChat or WeCom."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cococat.core.http import Request, Response
from tests.support.strategies import anything
from tests.support.wechat import PLAIN, SAFE, OfficialAccount
from tests.support.wechat_forge import MESSAGE as OFFICIAL
from tests.support.wechat_forge import Forge as OfficialForge
from tests.support.weixin import APP, BOT, Connected
from tests.support.weixin_forge import BOT_MESSAGE, Forge
from tests.support.weixin_forge import MESSAGE as MEMBERS

DEPTH = 20_000
ODD = (
    *("null", "true", "-1", "0", "1.5", "1e999", "9" * 5000, '""', "[]", "{}", "[[]]"),
    *(r'"\ud800"', r'"a\u0000b"', r'"\uffff"', '"@all"', '"9999-99-99"', '"\U0001f408"'),
    *("[" * DEPTH + "]" * DEPTH, '{"a":' * 300 + "1" + "}" * 300, f'"{"x" * 50_000}"'),
    *('[{"msgtype": "text"}]', '{"content": "hi"}', '{"url": 7}', '{"userid": ["ann"]}'),
)
"""JSON that no platform puts there, or not in every place."""
NAMES = (
    *("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "AgentID", "Content"),
    *("Event", "EventKey", "MediaId", "Format", "Recognition", "Location_X", "Location_Y"),
    *("Label", "Title", "Url", "Encrypt", "TaskId", "CardType", "ResponseCode", "bizmsgmenuid"),
    *("ScanCodeInfo", "SendLocationInfo", "SendPicsInfo", "SelectedItems", "AppType"),
)
BOT_NAMES = (
    *("msgid", "aibotid", "chattype", "chatid", "from", "msgtype", "response_url", "quote"),
    *("text", "mixed", "image", "voice", "file", "video", "stream", "event", "create_time"),
)
KINDS = (
    *("text", "image", "voice", "video", "shortvideo", "location", "link", "file", "event"),
    *("miniprogrampage", "hologram"),
)
EVENTS = (
    *("subscribe", "click", "scan", "scancode_push", "location_select", "pic_weixin"),
    *("enter_agent", "template_card_event", "taskcard_click", "share_agent_change", "view"),
)
BOT_KINDS = ("text", "mixed", "image", "voice", "file", "video", "stream", "event")
BOT_EVENTS = ("enter_chat", "template_card_event", "feedback_event")

odd = st.sampled_from(ODD) | anything.map(json.dumps)
texts = st.sampled_from(["", "-1", "9" * 5000, "@all", "1e9", "x" * 30_000]) | anything
few = settings(max_examples=60)


def written(values: dict[str, Any], oddities: dict[str, str]) -> str:
    """Return *values* as JSON, with *oddities*, which are JSON already, in their places."""
    whole = {name: json.dumps(value) for name, value in values.items()} | oddities
    return f"{{{', '.join(f'{json.dumps(name)}: {value}' for name, value in whole.items())}}}"


def xml(values: dict[str, str]) -> bytes:
    """Return *values* as XML whose texts may hold anything."""
    inner = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in values.items())
    return f"<xml>{inner}</xml>".encode("utf-8", "surrogatepass")


def official(request: Request, *, is_plain: bool) -> Response:
    """Return what an Official Account's door answers."""
    account = OfficialAccount(account=PLAIN if is_plain else SAFE, options={"passive_wait": 0})
    return account.door.handle(request)


def holds(response: Response) -> bool:
    """Tell whether *response* is an acknowledgement, or the one refusal."""
    return response.status in (200, 403)


@few
@given(
    st.sampled_from(KINDS),
    st.sampled_from(EVENTS),
    st.dictionaries(st.sampled_from(NAMES), odd, max_size=4),
)
def test_json_of_an_account_or_an_application(
    kind: str, event: str, oddities: dict[str, str]
) -> None:
    """Sealed or plain: wrong types, depth, huge numbers, half characters and NUL."""
    more = {"MsgType": kind, "Event": event}
    of_account = written(OFFICIAL | more, oddities)
    forge = OfficialForge()

    assert holds(official(forge.holding(of_account, in_json=True), is_plain=False))
    assert holds(official(OfficialForge(account=PLAIN).plain(of_account), is_plain=True))
    of_member = Forge(mode="json").holding(written(MEMBERS | more, oddities))
    assert holds(Connected(account=APP).door.handle(of_member))


@few
@given(
    st.sampled_from(KINDS),
    st.sampled_from(EVENTS),
    st.dictionaries(st.sampled_from(NAMES), texts, max_size=4),
)
def test_xml_of_an_account_or_an_application(
    kind: str, event: str, oddities: dict[str, str]
) -> None:
    """Sealed or plain: any text in any element."""
    more = {"MsgType": kind, "Event": event} | oddities
    of_account = xml(OFFICIAL | more)

    assert holds(official(OfficialForge().holding(of_account), is_plain=False))
    assert holds(official(OfficialForge(account=PLAIN).plain(of_account), is_plain=True))
    of_member = Forge(mode="xml").holding(xml(MEMBERS | more))
    assert holds(Connected(account=APP).door.handle(of_member))


@few
@example("mixed", "", {"event": "null", "mixed": "{}"}, {})
@example("text", "enter_chat", {}, {})
@given(
    st.sampled_from(BOT_KINDS),
    st.sampled_from(BOT_EVENTS),
    st.dictionaries(st.sampled_from(BOT_NAMES), odd, max_size=4),
    st.dictionaries(st.sampled_from(["card_type", "event_key", "task_id", "selected_items"]), odd),
)
def test_json_of_a_bot(
    kind: str, event: str, oddities: dict[str, str], card: dict[str, str]
) -> None:
    """In the message, and in the card of an event."""
    tap = f'{{"eventtype": "{event}", "{event}": {written({}, card)}}}'
    body = written(BOT_MESSAGE | {"msgtype": kind}, {"event": tap} | oddities)

    assert holds(Connected(account=BOT).door.handle(Forge(mode="bot").holding(body)))


SEALED: dict[str, Callable[[bytes], Request]] = {
    "an account": OfficialForge().holding,
    "an account in JSON": lambda inner: OfficialForge().holding(inner, in_json=True),
    **{mode: Forge(mode=mode).holding for mode in ("xml", "json", "bot")},
}


@pytest.mark.parametrize("what", SEALED)
@few
@given(st.binary(max_size=60) | st.sampled_from([json_text.encode() for json_text in ODD]))
def test_any_bytes_in_a_good_envelope(what: str, inner: bytes) -> None:
    """They are no message."""
    request = SEALED[what](inner)
    if what.startswith("an"):
        response = official(request, is_plain=False)
    else:
        response = Connected(account=BOT if what == "bot" else APP).door.handle(request)

    assert response.status == 403
