"""A door: turns a request to one channel into its answer, and every failure into a clear one."""

import logging
from collections.abc import Callable

from cococat.core.channels import Channels, ReceivesRequests
from cococat.core.directory import ChannelBinding
from cococat.core.errors import MailboxUnavailable, RequestRefused
from cococat.core.failures import log_failure
from cococat.core.http import Request, Response, error_response

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
        try:
            return self._receive(request)
        except RequestRefused as refused:
            facts = {"status": refused.status, "code": refused.code, "step": refused.step}
            log.info("refused", extra=facts)
            return error_response(refused)
        except MailboxUnavailable:
            log.error("the mailbox did not take a message")  # noqa: TRY400 - may quote the body
            return error_response(
                RequestRefused(
                    503,
                    "unavailable",
                    "The message was not taken. Try again.",
                    {"retry-after": "1"},
                )
            )
        except Exception as error:  # noqa: BLE001 - the last line of defence
            log_failure("a request failed", error)
            return error_response(RequestRefused(500, "internal", "Something went wrong here."))

    def _receive(self, request: Request) -> Response:
        binding = self._find(request)
        if binding is None:
            raise RequestRefused(404, "not_found", "There is nothing at this address.")
        channel = self._channels.bind(binding)
        if not isinstance(channel, ReceivesRequests):
            raise RequestRefused(404, "not_found", "There is nothing at this address.")
        return channel.receive(request)
