"""A door: turns a request to one channel into its answer, and every failure into a clear one."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import cast

from cococat.core.channels import AddsHeaders, Channels, ReceivesRequests
from cococat.core.directory import ChannelBinding
from cococat.core.errors import MailboxUnavailable, MessageTooLarge, RequestRefused
from cococat.core.failures import log_failure
from cococat.core.http import Request, Response, error_response
from cococat.core.refusal import refused

log = logging.getLogger(__name__)


class Door:
    """
    The way in for the requests of one channel type.

    Args:
        find: returns the channel that a request is for.
        channels: makes it ready.

    """

    def __init__(
        self, find: Callable[[Request], ChannelBinding | None], channels: Channels
    ) -> None:
        self._find = find
        self._channels = channels

    def handle(self, request: Request) -> Response:
        """Return the answer to *request*; an error of ours is a 500, never a success."""
        more: dict[str, str] = {}
        try:
            channel = self._channel(request)
            if _adds_headers(type(channel)):
                more = cast("AddsHeaders", channel).headers_for(request)
            response = channel.receive(request)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            response = error_response(_refusal(error))
        return replace(response, headers=response.headers | more) if more else response

    def _channel(self, request: Request) -> ReceivesRequests:
        binding = self._find(request)
        if binding is not None:
            channel = self._channels.bind(binding)
            if _receives_requests(type(channel)):
                return cast("ReceivesRequests", channel)
        raise RequestRefused(404, "not_found", "There is nothing at this address.")


@cache
def _adds_headers(kind: type) -> bool:
    """Tell whether channels of *kind* are `AddsHeaders`: a protocol takes long to check."""
    return issubclass(kind, AddsHeaders)


@cache
def _receives_requests(kind: type) -> bool:
    """Tell whether channels of *kind* are `ReceivesRequests`."""
    return issubclass(kind, ReceivesRequests)


def _refusal(error: Exception) -> RequestRefused:
    """Log *error* and return what the caller is told of it."""
    match error:
        case RequestRefused():
            facts = {"status": error.status, "code": error.code, "step": error.step}
            log.info("refused", extra=facts)
            return error
        case MessageTooLarge():
            # A platform's own messages are far smaller, so this is none.
            return _refusal(refused("too large for a mailbox"))
        case MailboxUnavailable():
            log.error("the mailbox did not take a message")
            message = "The message was not taken. Try again."
            return RequestRefused(503, "unavailable", message, {"retry-after": "1"})
        case _:
            log_failure("a request failed", error)
            return RequestRefused(500, "internal", "Something went wrong here.")
