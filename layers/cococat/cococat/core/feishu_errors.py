"""
Feishu's error codes, and what to do about each.

The code in the body decides; the HTTP status says little.

Source: Feishu Open Platform, "Generic error codes", and the error tables of "Send message",
"Reply to message", "Upload image", "Upload file" and of the CardKit pages.
"""

import re

from cococat.core.platform_errors import Fault, Remedy

PERMANENT, OPERATOR, WAIT = Remedy.PERMANENT, Remedy.OPERATOR, Remedy.WAIT

GONE = "message_gone"
"""Reason of what says that a message can't be replied to; a new one can still be sent."""

CARD_REFUSED = "card_refused"
"""Reason of what says that a card is not as the platform wants it."""

OUTRUN = "change_outrun"
"""Reason of what says that a card already has a change of a higher number."""

_CONSOLE = "in the developer console"
_PUBLISH = "and publish a version of the app"


def _same(fault: Fault, *codes: int) -> dict[int, Fault]:
    return dict.fromkeys(codes, fault)


FAULTS: dict[int, Fault] = {
    **_same(
        Fault(Remedy.REFRESH_TOKEN, "token_refused"),
        *(99991661, 99991663, 99991664, 99991665, 99991668, 99991671),
    ),
    **_same(Fault(WAIT, "rate_limited", seconds=2), 99991400, 230020),
    **_same(Fault(WAIT, "still_being_sent", seconds=1), 230049),
    **_same(Fault(Remedy.RETRY, "platform_failed"), 2200, 5000),
    **_same(
        Fault(
            OPERATOR, "credentials", f"Feishu refuses App ID or App Secret; copy them {_CONSOLE}."
        ),
        *(10003, 10014, 10015),
    ),
    99991401: Fault(
        OPERATOR, "ip_not_allowed", f"Feishu refuses our address; allow it {_CONSOLE}."
    ),
    99991403: Fault(OPERATOR, "quota", "The month's quota of API calls is used up; buy more."),
    **_same(
        Fault(OPERATOR, "app_off", "The app is switched off; an administrator has to enable it."),
        *(99991662, 99991673),
    ),
    **_same(
        Fault(
            OPERATOR, "scope_missing", f"The app lacks a permission; add it {_CONSOLE} {_PUBLISH}."
        ),
        *(99991672, 99991679, 230027),
    ),
    230006: Fault(OPERATOR, "bot_off", f"The app has no bot; switch it on {_CONSOLE} {_PUBLISH}."),
    **_same(Fault(PERMANENT, "not_in_chat"), 230002),
    **_same(
        Fault(PERMANENT, "unreachable"),
        *(230013, 230018, 230029, 230034, 230035, 230038, 230053, 230075, 232009),
        *range(99992351, 99992362),
    ),
    **_same(
        Fault(PERMANENT, GONE),
        *(230011, 230019, 230050, 230071, 230072, 230110),
    ),
    **_same(Fault(PERMANENT, "content_refused"), 230001, 230054, 230055, 99992402),
    **_same(Fault(PERMANENT, "sensitive_content"), 230022, 230028),
    230025: Fault(PERMANENT, "too_long"),
    **_same(
        Fault(PERMANENT, CARD_REFUSED),
        *(230099, 200380, 200381, 200621, 200732, 200737, 200860, 200861, 200914, 200915),
        *(11310, 300220, 300230, 300240, 300305),
    ),
    **_same(Fault(PERMANENT, "card_too_old"), 230031, 200740, 200750),
    **_same(Fault(PERMANENT, "stream_ended"), 200850, 300309),
    **_same(
        Fault(PERMANENT, "stream_refused"),
        *(200770, 200810, 300120, 300302, 300303, 300307, 300310, 300311, 300313),
    ),
    300317: Fault(PERMANENT, OUTRUN),
}
"""Code -> what it means; whatever is not here is `UNKNOWN`."""

UNKNOWN = Fault(PERMANENT, "refused")

_INNER = re.compile(rb"ErrCode: ?([0-9]{1,9})", re.ASCII)


def inner_code(body: bytes) -> int:
    """Return the code that the text of an error names beside its own; 0 for none."""
    found = _INNER.search(body)
    return int(found[1]) if found else 0
