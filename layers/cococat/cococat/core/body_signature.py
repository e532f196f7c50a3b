"""Signing what we send to a program of the user's own, so that it can tell that it is from us."""

import hmac

TIMESTAMP = "X-CocoCat-Timestamp"
SIGNATURE = "X-CocoCat-Signature"


def signed_headers(secret: str, body: bytes, now: float) -> dict[str, str]:
    """
    Return the headers that prove *body* to whoever shares *secret* with us.

    The timestamp is in seconds since 1970; the signature is `sha256=` and the hex HMAC-SHA-256
    over timestamp, a full stop and the body.
    """
    timestamp = str(int(now))
    signed = timestamp.encode("ascii") + b"." + body
    digest = hmac.digest(secret.encode("utf-8"), signed, "sha256").hex()
    return {TIMESTAMP: timestamp, SIGNATURE: f"sha256={digest}"}
