"""AWS clients: one session a process, short timeouts, few retries."""

from functools import cache

import boto3.session
from botocore.config import Config

CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent="cococat",
    max_pool_connections=50,
)
"""
A door has seconds: a call that hangs is given up and made once more. A name of its own, because
botocore puts its usual one together anew for every call, which is a tenth of all the work.
"""


@cache
def session(region: str | None) -> boto3.session.Session:
    """
    Return the process's session, from which every client is made.

    Args:
        region: where; None for what AWS's own settings say.

    """
    return boto3.session.Session(region_name=region)
