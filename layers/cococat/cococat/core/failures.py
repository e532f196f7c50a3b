"""Logging what went wrong without quoting what anybody said."""

import logging
import traceback

log = logging.getLogger(__name__)


def log_failure(what: str, error: BaseException, **more: object) -> None:
    """Log where *error* happened and its kind, but not its text: that may quote a message."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    log.error(what, extra={"error": type(error).__name__, "where": where, **more})
