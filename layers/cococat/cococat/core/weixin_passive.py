"""
What a WeCom (企业微信) application says in the response itself: a tapped button is greyed.

Source: WeCom developer documentation, "Passive reply: message format" (90241).
"""

from cococat.core import weixin_event
from cococat.core import weixin_values as values_of
from cococat.core.xml_message import Elements, Value

TAPPED = "已提交"
"""What a tapped button says."""

_WITH_BUTTONS = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})


def greyed(tap: Elements, corp_id: str, now: int) -> dict[str, Value] | None:
    """
    Return the answer that greys the button of the event *tap*, or None where it has none.

    Args:
        tap: the event.
        corp_id: the company's id, which answers come from.
        now: seconds since 1970.

    """
    common: dict[str, Value] = {
        "ToUserName": values_of.text(tap, "FromUserName"),
        "FromUserName": corp_id,
        "CreateTime": now,
    }
    name = weixin_event.name_of(tap)
    if name == "template_card_event" and values_of.text(tap, "CardType") in _WITH_BUTTONS:
        return common | {"MsgType": "update_button", "Button": {"ReplaceName": TAPPED}}
    if name == "taskcard_click":
        return common | {"MsgType": "update_taskcard", "TaskCard": {"ReplaceName": TAPPED}}
    return None
