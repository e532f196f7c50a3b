"""
`GET /api/attachments/{ref}`: a file that came with a message, for agents outside.

The sealed ref is the permission: whoever has it has read the message that it stood in. The
answer is a URL that is good for an hour, if the stack has a bucket for that; the file itself is
kept for a day, and whoever asks again is given a fresh URL.
"""

import logging
from dataclasses import dataclass

from cococat.core.attachments import ChannelOpener
from cococat.core.clock import iso
from cococat.core.errors import AttachmentRefused, PlatformUnreachable, RequestRefused
from cococat.core.failures import log_failure
from cococat.core.http import Request, Response, error_response, json_response
from cococat.core.ids import fingerprint
from cococat.core.shelf import Shelf

log = logging.getLogger(__name__)

PREFIX = "/api/attachments/"
REASONS = {
    "gone": "The platform does not have this file any more, or the ref has expired.",
    "not_given": "The platform does not let us have this file.",
    "too_large": "The file has more than 20 MB.",
    "wrong_type": "The file is not of its kind.",
    "not_supported": "This channel can't fetch files.",
    "address_refused": "The file lies at an address that is not public.",
    "no_bucket": "This stack has no bucket for files: deploy it with AttachmentBucket=yes.",
}
NOT_FOUND = "There is no such file."


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRoute:
    """
    The route.

    Attributes:
        opener: fetches files from the platforms.
        shelf: where they lie; None where the stack has no bucket.

    """

    opener: ChannelOpener
    shelf: Shelf | None

    def handle(self, request: Request) -> Response:
        """Return the answer to *request*; an error of ours is a 500, never a success."""
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            return error_response(_refusal(error))

    def _answer(self, request: Request) -> Response:
        if request.method != "GET":
            message = "This address takes GET."
            raise RequestRefused(405, "method_not_allowed", message, {"allow": "GET"})
        token = request.path.removeprefix(PREFIX)
        ref = self.opener.check(token)
        if self.shelf is None:
            raise AttachmentRefused("no_bucket")
        name = fingerprint(token)
        found = self.shelf.find(name) or self.shelf.put(name, self.opener.open(token))
        value = {
            "kind": ref.kind,
            "name": ref.name,
            "content_type": found.content_type,
            "size": found.size,
            "url": found.url,
            "url_expires_at": iso(found.url_expires_at),
            "file_expires_at": iso(found.file_expires_at),
        }
        return json_response(200, value, {"cache-control": "no-store"})


def _refusal(error: Exception) -> RequestRefused:
    """Log *error* and return what the caller is told of it."""
    match error:
        case RequestRefused():
            return error
        case AttachmentRefused():
            log.info("refused", extra={"status": 404, "code": error.code})
            is_told = error.code in REASONS
            code = error.code if is_told else "not_found"
            return RequestRefused(404, code, REASONS.get(error.code, NOT_FOUND))
        case PlatformUnreachable():
            log.warning("a file was not fetched", extra={"reason": type(error).__name__})
            message = "The platform did not give the file. Try again."
            return RequestRefused(503, "platform_unreachable", message, {"retry-after": "5"})
        case _:
            log_failure("an attachment request failed", error)
            return RequestRefused(500, "internal", "Something went wrong here.")
