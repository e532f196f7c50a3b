"""The host of WeChat's API, for the channels of a test."""

from cococat.core.errors import AnswerLost, NotSent
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.simulators.wechat_api import WeChatApiServer

HOST = "api.weixin.qq.com"


class ApiHost:
    """
    `cococat.core.http_client.HttpClient` that brings each request to the simulated API.

    Attributes:
        server: the API.
        failures: how the next calls fail, in order: `refused` (nothing was written), `lost` (it
            was, but no answer came), or nothing.

    """

    def __init__(self, server: WeChatApiServer) -> None:
        self.server = server
        self.failures: list[str] = []

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Bring *request* to the API; see `HttpClient.send`."""
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "refused":
            raise NotSent(failure)
        answer = self.server.send(request, seconds)
        if failure:
            raise AnswerLost(failure)
        return answer
