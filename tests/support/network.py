"""The platforms that a test's channels can call, without a network."""

from urllib.parse import urlsplit

from cococat.core.errors import NotSent
from cococat.core.http_client import HttpAnswer, HttpClient, HttpRequest


class Network:
    """
    `cococat.core.http_client.HttpClient` that brings each request to the host that it names.

    Attributes:
        hosts: who answers, by host and port.

    """

    def __init__(self) -> None:
        self.hosts: dict[str, HttpClient] = {}

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Bring *request* to its host; see `HttpClient.send`."""
        host = urlsplit(request.url).netloc
        if host not in self.hosts:
            raise NotSent("there is no such host")
        return self.hosts[host].send(request, seconds)
