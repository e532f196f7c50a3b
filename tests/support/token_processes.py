"""
Many processes that want the same access token at the same moment.

    python -m tests.support.token_processes COUNT AWS_URL TABLE PLATFORM_URL

Each prints one line: its token, or the code of its failure. They are forks of one process, so
that libraries are imported once; tables and platform are reached over sockets of their own.
"""

import json
import os
import sys
import urllib.request

import boto3.session

from cococat.aws.items_table import ItemsTable
from cococat.core.access_tokens import AccessTokens
from cococat.core.clock import SystemClock
from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.token_record import AccessToken, access_token, account_key

KEY = account_key("platform", "account", "secret")


class HttpPlatform:
    """`cococat.core.access_tokens.TokenSource` over a server of the test's own."""

    def __init__(self, url: str, clock: SystemClock) -> None:
        self._url = url
        self._clock = clock

    def fetch(self, seconds: float) -> AccessToken:
        """Ask the server."""
        with urllib.request.urlopen(self._url, timeout=seconds) as answer:
            said = json.load(answer)
        if "code" in said:
            raise CredentialsRefused(said["code"], "The secret is wrong.")
        return access_token(said["token"], 7200, self._clock.now())


def main(count: int, aws: str, table: str, platform: str) -> int:
    """Start the processes, let them loose together, and wait for them."""
    clock = SystemClock()
    items = ItemsTable(boto3.session.Session().client("dynamodb", endpoint_url=aws), table, clock)
    tokens, source = AccessTokens(items, clock), HttpPlatform(platform, clock)
    start, go = os.pipe()
    for _ in range(count):
        if os.fork() == 0:
            os.close(go)
            os.read(start, 1)
            os.write(sys.stdout.fileno(), f"{_ask(tokens, source)}\n".encode())
            os._exit(0)
    os.close(go)
    return max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(count))


def _ask(tokens: AccessTokens, source: HttpPlatform) -> str:
    try:
        return tokens.get(KEY, source)
    except CredentialsRefused as refused:
        return refused.code
    except PlatformUnreachable:
        return "unreachable"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
