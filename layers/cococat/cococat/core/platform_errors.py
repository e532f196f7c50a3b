"""
What to do about a platform's error, as data.

Each platform has its own table, error code -> `Fault`, in `<platform>_errors.py`; this is what
the tables are made of, and the one place that turns an entry into an error of ours.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from cococat.core.errors import (
    DeliveryDelayed,
    DeliveryFailed,
    OperatorNeeded,
    TokenRefused,
)


class Remedy(StrEnum):
    """What helps."""

    RETRY = "retry"
    """The same request, a little later."""
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a remedy
    """The same request with a new access token, once."""
    WAIT = "wait"
    """The same request, after the time that the platform names or `seconds`."""
    PERMANENT = "permanent"
    """Nothing."""
    OPERATOR = "operator"
    """A person who changes something at the platform."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One error of a platform.

    Attributes:
        remedy: what helps.
        reason: a stable word for dead letters and logs.
        advice: for `OPERATOR`: what happened and what to do.
        seconds: for `WAIT`: how long, where the platform does not say.
        later: for `WAIT`: how long where that did not help, one wait after the other.

    """

    remedy: Remedy
    reason: str
    advice: str = ""
    seconds: int | None = None
    later: tuple[int, ...] = ()


def raise_fault(fault: Fault, *, seconds: int | None = None, detail: str = "") -> NoReturn:
    """
    Raise what *fault* means for a reply on its way.

    Args:
        fault: the entry of the platform's table.
        seconds: to wait, where the platform has named them.
        detail: what the platform adds to the advice (an address to allow …); never a secret.

    """
    match fault.remedy:
        case Remedy.RETRY:
            raise DeliveryDelayed(fault.reason)
        case Remedy.WAIT:
            wait = fault.seconds if seconds is None else seconds
            raise DeliveryDelayed(fault.reason, wait, *fault.later)
        case Remedy.REFRESH_TOKEN:
            raise TokenRefused(fault.reason)
        case Remedy.OPERATOR:
            raise OperatorNeeded(fault.reason, f"{fault.advice}{detail}")
        case Remedy.PERMANENT:
            raise DeliveryFailed(fault.reason)
