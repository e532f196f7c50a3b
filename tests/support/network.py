"""The platforms that a test's channels can call, without a network."""

from urllib.parse import urlsplit

from cococat.core.errors import AnswerTooLong, NotSent
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
        answer = self.hosts[host].send(request, seconds)
        if len(answer.body) > request.max_answer:
            raise AnswerTooLong
        return answer


class FileHost:
    """
    A host that has files.

    Attributes:
        files: them, by the paths of their addresses.

    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Return a file; see `HttpClient.send`."""
        content = self.files.get(urlsplit(request.url).path)
        return HttpAnswer(status=404 if content is None else 200, body=content or b"")
