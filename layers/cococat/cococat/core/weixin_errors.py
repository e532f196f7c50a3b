"""
What WeCom's (企业微信) error codes mean for us.

Source: WeCom developer documentation, "Global error codes" (90313) and "Access frequency limits"
(90312); that 60020 names the address, and that a token may end early, is its users' experience.
"""

from cococat.core.platform_errors import Fault, Remedy

MINUTE, HOUR = 60, 3600
NOT_TRUSTED = 60020
MEDIA_EXPIRED = "media_expired"
MEDIA = ("media", "media_too_large", "media_too_long")
"""Reasons for which WeCom does not take a file as what it is uploaded."""
OUT_OF_RANGE = "a member is outside the application's visible range; add them to its 可见范围"

_CREDENTIALS = "WeCom refuses the application's secret; copy it again from the application's page"
_CORP = "WeCom knows no company with this corp id; copy it again from 我的企业"
_AGENT = "the secret is not the one of the application with this agent id"
_DISABLED = "the application is disabled; enable it in the console"
_PERMISSION = "WeCom does not let this application send messages; look at its permissions"
_ADDRESS = "WeCom does not trust our address; add it to the application's 企业可信IP"

ON_TOKEN: dict[int, Fault] = {
    40001: Fault(Remedy.OPERATOR, "weixin_40001", _CREDENTIALS),
    40091: Fault(Remedy.OPERATOR, "weixin_40091", _CREDENTIALS),
    40013: Fault(Remedy.OPERATOR, "weixin_40013", _CORP),
    2000002: Fault(Remedy.OPERATOR, "weixin_2000002", _CORP),
    NOT_TRUSTED: Fault(Remedy.OPERATOR, "weixin_60020", _ADDRESS),
    50003: Fault(Remedy.OPERATOR, "weixin_50003", _DISABLED),
}
"""What the question for a token may be answered; any other code is one of its troubles."""

ERRORS: dict[int, Fault] = {
    **ON_TOKEN,
    -1: Fault(Remedy.RETRY, "busy"),
    40001: Fault(Remedy.REFRESH_TOKEN, "token_invalid"),
    40091: Fault(Remedy.REFRESH_TOKEN, "token_invalid"),
    40014: Fault(Remedy.REFRESH_TOKEN, "token_invalid"),
    42001: Fault(Remedy.REFRESH_TOKEN, "token_expired"),
    42009: Fault(Remedy.REFRESH_TOKEN, "token_expired"),
    40056: Fault(Remedy.OPERATOR, "weixin_40056", _AGENT),
    301002: Fault(Remedy.OPERATOR, "weixin_301002", _AGENT),
    48002: Fault(Remedy.OPERATOR, "weixin_48002", _PERMISSION),
    50002: Fault(Remedy.OPERATOR, "weixin_50002", OUT_OF_RANGE),
    60011: Fault(Remedy.OPERATOR, "weixin_60011", OUT_OF_RANGE),
    81013: Fault(Remedy.OPERATOR, "weixin_81013", OUT_OF_RANGE),
    # Of the minute, of the hour or of the day: the code is the same, and so is the sentence.
    45009: Fault(Remedy.WAIT, "rate_limited", seconds=MINUTE, later=(MINUTE, HOUR, HOUR, 4 * HOUR)),
    45033: Fault(Remedy.RETRY, "too_many_at_once"),
    40003: Fault(Remedy.PERMANENT, "unknown_user"),
    40031: Fault(Remedy.PERMANENT, "unknown_user"),
    46004: Fault(Remedy.PERMANENT, "unknown_user"),
    60111: Fault(Remedy.PERMANENT, "unknown_user"),
    82001: Fault(Remedy.PERMANENT, "unknown_user"),
    40007: Fault(Remedy.RETRY, MEDIA_EXPIRED),
    **dict.fromkeys((*range(40004, 40007), *range(40009, 40012)), Fault(Remedy.PERMANENT, "media")),
    45001: Fault(Remedy.PERMANENT, "media_too_large"),
    45007: Fault(Remedy.PERMANENT, "media_too_long"),
    45002: Fault(Remedy.PERMANENT, "too_long"),
    45008: Fault(Remedy.PERMANENT, "too_many_articles"),
    82002: Fault(Remedy.PERMANENT, "too_many_receivers"),
    82003: Fault(Remedy.PERMANENT, "too_many_receivers"),
    86001: Fault(Remedy.PERMANENT, "unknown_chat"),
    86003: Fault(Remedy.PERMANENT, "unknown_chat"),
    **dict.fromkeys(
        (40008, 40033, 40058, 40063, 41001, 41002, 41004, 41011, 44004, 47001),
        Fault(Remedy.PERMANENT, "bad_request"),
    ),
}
"""What a call with a token may be answered; each code of the documentation's that concerns us."""


def fault_of(code: int) -> Fault:
    """Return what the error *code* of a call means; one that nobody has told us of is final."""
    return ERRORS.get(code) or Fault(Remedy.PERMANENT, f"weixin_{code}")
