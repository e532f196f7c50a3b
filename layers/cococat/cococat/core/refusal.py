"""The one refusal for whoever is not the platform: uniform, so that it tells nobody anything."""

from cococat.core.errors import RequestRefused


def refused(step: str) -> RequestRefused:
    """Return the refusal; *step*, the check that failed, is for the log alone."""
    return RequestRefused(403, "forbidden", "This request is not from the platform.", step=step)
