"""
What WeChat's error codes mean, and what helps; WeChat answers an error with HTTP 200.

Source: WeChat developer documentation, "Global return codes", "Send customer service message",
"Customer service typing state", "API call limits" (45009); codes that it leaves out are those of
public error tables.
"""

from cococat.core.platform_errors import Fault, Remedy

NO_RIGHT = "no_service_right"
"""The account may not send by itself (48001)."""
WINDOW_OVER = "window_over"
"""The user's last message is older than 48 hours, or they do not follow any more (45015)."""
QUOTA_USED = "quota_used"
"""All messages that the user's last one allows are sent (45047)."""
WRONG_KIND = "kind_not_allowed"
"""The account may not send messages of this kind (48008)."""
MEDIA_REFUSED = "media_refused"
"""The platform does not take the file."""
MEDIA_GONE = "media_gone"
"""The platform does not know the file, or not any more; one can be uploaded again (40007)."""
TYPING_REFUSED = "typing_refused"
"""The sign that an answer is being written is there already, or too late."""

_BUSY = Fault(Remedy.RETRY, "busy")
_TOKEN = Fault(Remedy.REFRESH_TOKEN, "token_refused")
_NOBODY = Fault(Remedy.PERMANENT, "user_gone")
_MEDIA = Fault(Remedy.PERMANENT, MEDIA_REFUSED)
_OURS = Fault(Remedy.PERMANENT, "request_refused")
_STAFF = Fault(Remedy.PERMANENT, "staff_account_refused")
_TYPING = Fault(Remedy.PERMANENT, TYPING_REFUSED)
_BANNED = Fault(
    Remedy.OPERATOR,
    "api_banned",
    "WeChat has taken this API or the account away; look into the account's console",
)
_SECRET = "WeChat refuses the AppSecret; copy it again from the account's console"  # noqa: S105
_PENDING = Fault(
    Remedy.OPERATOR,
    "address_not_approved",
    "An administrator of the account has to approve our address",
)


FAULTS: dict[int, Fault] = {
    -1: _BUSY,
    40001: _TOKEN,
    40014: _TOKEN,
    42001: _TOKEN,
    40003: _NOBODY,
    43004: _NOBODY,
    43019: _NOBODY,
    46004: _NOBODY,
    50005: _NOBODY,
    48002: Fault(Remedy.PERMANENT, "user_refuses"),
    **dict.fromkeys((*range(40004, 40007), *range(40009, 40013), 40137, 45001), _MEDIA),
    40007: Fault(Remedy.RETRY, MEDIA_GONE),
    **dict.fromkeys(
        (40002, 40008, 40033, 41001, 41002, 41004, 41006, 43002, 43003, 44002, 44004, 47001),
        _OURS,
    ),
    40013: Fault(Remedy.OPERATOR, "app_id_unknown", "WeChat knows no account with this AppID"),
    40125: Fault(Remedy.OPERATOR, "app_secret_refused", _SECRET),
    40164: Fault(
        Remedy.OPERATOR,
        "address_refused",
        "WeChat refuses our address; add it to the account's IP allowlist (IP白名单)",
    ),
    40243: Fault(
        Remedy.OPERATOR,
        "app_secret_frozen",
        "The AppSecret is frozen; unfreeze it in the account's console",
    ),
    **dict.fromkeys((89501, 89503, 89506, 89507), _PENDING),
    45002: Fault(Remedy.PERMANENT, "too_long"),
    45008: Fault(Remedy.PERMANENT, "too_many_articles"),
    45009: Fault(
        Remedy.OPERATOR,
        "daily_quota_used",
        "WeChat's quota of the day for this call is used up and begins anew at midnight in Beijing;"
        " a verified account can clear it earlier in its console (接口权限), ten times a month",
    ),
    45011: Fault(Remedy.RETRY, "too_fast"),
    45015: Fault(Remedy.PERMANENT, WINDOW_OVER),
    45047: Fault(Remedy.PERMANENT, QUOTA_USED),
    **dict.fromkeys((45072, 45080, 45081), _TYPING),
    48001: Fault(Remedy.PERMANENT, NO_RIGHT),
    48004: _BANNED,
    50002: _BANNED,
    48008: Fault(Remedy.PERMANENT, WRONG_KIND),
    **dict.fromkeys(range(61450, 61454), _STAFF),
}
"""errcode -> what it means for a call that has an access token."""

TOKEN_FAULTS: dict[int, Fault] = {
    **{code: fault for code, fault in FAULTS.items() if fault.remedy is Remedy.OPERATOR},
    40001: Fault(Remedy.OPERATOR, "app_secret_refused", _SECRET),
}
"""errcode -> what it means when a token is asked for: there is none yet that could be old."""

BANS = frozenset({_BANNED.reason, "wechat_48004", "wechat_50002"})
"""Reasons by which the account itself may be taken away: then nobody can fetch an answer either."""

CREDENTIALS = frozenset({40001, 40013, 40125})
"""The codes of `TOKEN_FAULTS` by which AppID or AppSecret themselves are refused."""
