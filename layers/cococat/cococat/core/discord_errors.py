"""
Discord's errors, and what to do about each: by the code in the body, else by the HTTP status.

Source: Discord API documentation, "Opcodes and Status Codes" (JSON error codes, HTTP response
codes, gateway close event codes), "Rate Limits".
"""

from http import HTTPStatus

from cococat.core.errors import PlatformUnreachable
from cococat.core.platform_errors import Fault, Remedy


class PlatformBusy(PlatformUnreachable):
    """
    Raised when Discord wants to be asked later.

    Args:
        seconds: how much later.

    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Discord wants to be asked in {seconds:.0f} s")
        self.seconds = seconds


PERMANENT, OPERATOR, WAIT = Remedy.PERMANENT, Remedy.OPERATOR, Remedy.WAIT

PORTAL = "the Discord Developer Portal (https://discord.com/developers/applications)"
TOKEN_REFUSED = Fault(
    OPERATOR,
    "token_refused",
    f"Discord refuses the bot's token; reset it in {PORTAL} under Bot, and put in the new one.",
)
INTENT_MISSING = Fault(
    OPERATOR,
    "intent_missing",
    "The bot may not read messages; switch on Message Content Intent in "
    f"{PORTAL} under Bot > Privileged Gateway Intents.",
)
PERMISSION_MISSING = Fault(
    OPERATOR,
    "permission_missing",
    "The bot may not write where it was asked; give its role View Channel, Send Messages, Send "
    "Messages in Threads, Read Message History and Attach Files in that channel.",
)
BLOCKED = Fault(WAIT, "address_blocked", seconds=300)
"""An answer 429 that is not the API's own: our address is shut out for a while."""
RATE_LIMITED = Fault(WAIT, "rate_limited", seconds=5)


def _same(fault: Fault, *codes: int) -> dict[int, Fault]:
    return dict.fromkeys(codes, fault)


FAULTS: dict[int, Fault] = {
    **_same(TOKEN_REFUSED, 40001, 50014),
    40002: Fault(
        OPERATOR, "account_unverified", f"The account has to be verified first, in {PORTAL}."
    ),
    **_same(PERMISSION_MISSING, 50001, 50013),
    **_same(Fault(PERMANENT, "recipient_gone"), 10003, 10004, 10013),
    **_same(Fault(PERMANENT, "recipient_refuses"), 50007, 50278),
    **_same(Fault(PERMANENT, "not_writable"), 50008, 50024, 50083, 160005, 40067),
    **_same(Fault(PERMANENT, "reply_target_gone"), 10008, 160002),
    **_same(Fault(PERMANENT, "content_refused"), 50035, 50006, 50109, 240000),
    **_same(Fault(PERMANENT, "sensitive_content"), 200000, 20009),
    40005: Fault(PERMANENT, "too_large"),
    **_same(Fault(WAIT, "slow_mode", seconds=10), 20016, 20028),
    **_same(Fault(WAIT, "resources_limited", seconds=30), 40062),
    40003: Fault(WAIT, "too_many_conversations", seconds=60),
}
"""JSON error code -> what it means."""

BY_STATUS: dict[int, Fault] = {
    HTTPStatus.UNAUTHORIZED: TOKEN_REFUSED,
    HTTPStatus.FORBIDDEN: Fault(PERMANENT, "forbidden"),
    HTTPStatus.NOT_FOUND: Fault(PERMANENT, "recipient_gone"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Fault(PERMANENT, "too_large"),
    HTTPStatus.TOO_MANY_REQUESTS: RATE_LIMITED,
}
"""HTTP status -> what it means where the code is not in `FAULTS`."""

UNKNOWN = Fault(PERMANENT, "refused")

CLOSINGS: dict[int, Fault] = {
    4004: TOKEN_REFUSED,
    4010: Fault(OPERATOR, "gateway_refuses", "Discord refuses the shard; please report it."),
    4011: Fault(
        OPERATOR,
        "sharding_required",
        "The bot is in too many servers for one connection, which this version can't share out.",
    ),
    4012: Fault(OPERATOR, "gateway_refuses", "Discord's gateway needs a newer sidecar; update it."),
    4013: Fault(OPERATOR, "gateway_refuses", "Discord refuses the intents; please report it."),
    4014: INTENT_MISSING,
}
"""Close code of the gateway -> what it means, where another try is no use."""

CREDENTIALS = frozenset({TOKEN_REFUSED, INTENT_MISSING})
"""What is wrong with the account itself."""


def fault_of(status: int, code: int) -> Fault:
    """Return what an answer with *status* and the JSON *code* (0 for none) means."""
    return FAULTS.get(code) or BY_STATUS.get(status, UNKNOWN)
