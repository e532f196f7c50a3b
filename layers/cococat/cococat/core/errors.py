"""
Every error that CocoCat raises on purpose, as one family.

    CococatError
    ├── ConfigError               a scene, agent or deployment is set up wrongly
    ├── CredentialsRefused        a platform does not take an account's credentials
    ├── PlatformUnreachable       a platform could not be asked
    │   ├── NotSent               nothing was written; ask again
    │   │   └── AddressRefused    its address is none that we may call
    │   └── AnswerLost            it was asked, and no answer came
    │       └── AnswerTooLong     more came than was asked for
    ├── NotConnected              there is no such channel, or more than one
    ├── RequestRefused            a caller did not get in; carries the HTTP answer
    ├── SealBroken                an encrypted message that does not open
    ├── MalformedMessage          a queue message that is not of our form
    ├── NotReplayable             a dead letter that can't go back into its queue
    ├── ReplyRefused              a sealed reply address that does not open
    ├── AttachmentRefused         a file that came with a message is not to be had
    ├── EndpointTaken             another channel answers there already
    ├── Conflict                  somebody else changed an item first
    ├── ClaimLost                 another run of the same message has taken over
    ├── LeaseLost                 another one listens with a token, or may
    ├── MessageTooLarge           a message is larger than a mailbox takes
    ├── MailboxUnavailable        the queue did not take the message; try again
    ├── AgentError                the agent gave no usable answer
    │   ├── AgentTimeout          it was stopped at its deadline
    │   └── AgentUnavailable      it is not set up so that it could answer
    └── DeliveryError             a reply did not reach the platform
        ├── DeliveryDelayed       nothing was sent; send again after a while
        │   └── TokenRefused      the access token is no good; send again with a new one
        ├── DeliveryFailed        the platform refuses for good
        │   └── OperatorNeeded    a person has to change something at the platform
        └── DeliveryUnknown       it may or may not have arrived

Two places translate them: the door into an HTTP status, the worker into the
fate of a queue record.
"""

from typing import Any


class CococatError(Exception):
    """The root of the family."""


class ConfigError(CococatError):
    """
    Raised when a scene, an agent or the deployment is set up wrongly.

    Args:
        faults: one sentence a fault, each naming file, JSON path and what was expected.

    """

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class CredentialsRefused(CococatError):
    """
    Raised when a platform does not take an account's credentials.

    Args:
        code: a stable word.
        message: what happened and what to do, for people; no secret is in it.
        are_wrong: whether the credentials themselves are refused; else something else has to be
            changed at the platform (an address to allow …).

    """

    def __init__(self, code: str, message: str, *, are_wrong: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.are_wrong = are_wrong


class PlatformUnreachable(CococatError):
    """Raised when a platform could not be asked, or did not answer as it should."""


class NotSent(PlatformUnreachable):
    """Raised when nothing of a request was written."""


class AddressRefused(NotSent):
    """Raised when a host that a stranger named is not on the public Internet."""


class AnswerLost(PlatformUnreachable):
    """Raised when a request was written, or may have been, and no whole answer came."""


class AnswerTooLong(AnswerLost):
    """Raised when an answer has more bytes than its request takes."""


class NotConnected(CococatError):
    """
    Raised when there is no such channel, or more than one.

    Args:
        names: the names of those that may be meant.

    """

    def __init__(self, *names: str) -> None:
        super().__init__(", ".join(names))
        self.names = names


class RequestRefused(CococatError):
    """
    Raised when a caller is turned away.

    Args:
        status: the HTTP status.
        code: a stable word for programs.
        message: a sentence for people; it never repeats what the caller sent.
        headers: further headers of the answer.
        step: the check that failed; for the log alone, never for the caller.

    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: dict[str, str] | None = None,
        *,
        step: str = "",
    ) -> None:
        super().__init__(message)
        self.step = step
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


class SealBroken(CococatError):
    """
    Raised when an encrypted message does not open.

    Args:
        step: the check that failed; for the log alone, never for the caller.

    """

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class MalformedMessage(CococatError):
    """Raised when a queue message is not of the published form."""


class NotReplayable(CococatError):
    """Raised when a dead letter can't go back into its queue."""


class ReplyRefused(CococatError):
    """Raised when a sealed reply address is forged, expired or of another channel."""


class AttachmentRefused(CococatError):
    """
    Raised when a file that came with a message is not to be had, now or ever.

    Args:
        code: a stable word: `ref_refused`, `gone`, `too_large`, `wrong_type`, `not_supported` …

    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EndpointTaken(CococatError):
    """Raised when another channel answers at an endpoint already."""


class Conflict(CococatError):
    """
    Raised when an item is not as the writer believed it to be.

    Args:
        current: the item as it is.

    """

    def __init__(self, current: dict[str, Any]) -> None:
        super().__init__("the item was changed by another")
        self.current = current


class ClaimLost(CococatError):
    """Raised when a later run of the same message owns it by now."""


class LeaseLost(CococatError):
    """Raised when another one listens with a token by now, or may do so."""


class MessageTooLarge(CococatError):
    """Raised when a message is larger than a mailbox takes."""


class MailboxUnavailable(CococatError):
    """Raised when the mailbox did not take a message."""


class AgentError(CococatError):
    """
    Raised when an agent gave no usable answer.

    Args:
        detail: the kind of error that it raised; never its text.

    """

    code = "agent_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class AgentTimeout(AgentError):
    """Raised when an agent was stopped at its deadline."""

    code = "agent_timeout"


class AgentUnavailable(AgentError):
    """Raised when an agent is not set up so that it could answer; another try is no use."""

    code = "agent_unavailable"


class DeliveryError(CococatError):
    """
    The base of what can go wrong with a reply on its way to the platform.

    Args:
        code: a stable word for the dead letter and the log.

    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DeliveryDelayed(DeliveryError):
    """
    Raised when nothing was sent and a later try may succeed.

    Args:
        code: a stable word for the log.
        retry_after: seconds to wait, where the platform named them; `later` after more tries.

    """

    def __init__(self, code: str, retry_after: int | None = None, *later: int) -> None:
        super().__init__(code)
        self.retry_after, self.later = retry_after, later


class TokenRefused(DeliveryDelayed):
    """Raised when the platform refuses the access token that came with a reply."""


class DeliveryFailed(DeliveryError):
    """Raised when the platform refuses a reply for good."""


class OperatorNeeded(DeliveryFailed):
    """
    Raised when replies are refused until a person changes something at the platform.

    Args:
        code: a stable word for the dead letter, the status and the log.
        message: what happened and what to do, for people; no secret is in it.
        is_credentials: whether it is the account's credentials that are refused.

    """

    def __init__(self, code: str, message: str, *, is_credentials: bool = False) -> None:
        super().__init__(code)
        self.message = message
        self.is_credentials = is_credentials


class DeliveryUnknown(DeliveryError):
    """Raised when a reply was written but no answer told whether it arrived."""
