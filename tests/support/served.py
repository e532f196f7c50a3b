"""A platform's API in this process, behind a server that other processes can call."""

from collections.abc import Iterator
from contextlib import contextmanager

from cococat.core.http_client import HttpClient
from cococat.simulators.api_server import ApiServer, OneAtATime


@contextmanager
def served(platform: HttpClient) -> Iterator[str]:
    """Serve *platform* on a free port of 127.0.0.1 for the time of the body, at the URL given."""
    with ApiServer(OneAtATime(platform)) as server:
        yield server.url
