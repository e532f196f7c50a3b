"""A web_api entry with a callback_url, and the program behind that."""

from dataclasses import dataclass, field, replace

import pytest

from cococat.core.channels import Channel, Delivery
from cococat.core.channels.web_api import WebApiChannel
from cococat.core.errors import DeliveryError
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import Reply
from cococat.core.rendering import Kind, Part
from tests.support import samples
from tests.support.api import Api, value

URL = "https://shop.example/answers"
SECRET = "secret-of-the-callback"


@dataclass
class Program:
    """The owner's program: what it answers next, and what it was sent."""

    outcomes: list[HttpAnswer | Exception] = field(default_factory=list)
    got: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Keep the request, and answer as told."""
        self.got.append(request)
        outcome = self.outcomes.pop(0) if self.outcomes else HttpAnswer(status=200)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class CallbackBench:
    """An entry with a callback_url."""

    def __init__(self, *outcomes: HttpAnswer | Exception) -> None:
        config: dict[str, object] = {
            "endpoint": samples.ENDPOINT,
            "api_key": samples.API_KEY,
            "callback_url": URL,
            "callback_secret": SECRET,
        }
        self.binding = samples.binding(config=config)
        self.api = Api(self.binding)
        self.program = Program(list(outcomes))
        vars(self.api.channels.libraries)["public_http"] = self.program

    @property
    def channel(self) -> Channel:
        """Return the channel."""
        return self.api.channels.bind(self.binding)

    def answer(self, identity: str, reply: Reply | None = None) -> None:
        """Deliver *reply*, or another answer, to message *identity*."""
        reply = reply or Reply(text="您好")
        to = replace(samples.reply_address(), message_id=identity, conversation_id="群")
        channel = self.channel
        assert isinstance(channel, WebApiChannel)
        whole = Part(kind=Kind.WHOLE, text=reply.text)
        key = "key-of-the-part"
        channel.answer(Delivery(to=to, reply=reply, part=whole, number=1, of=1, key=key))

    def failure(self) -> DeliveryError:
        """Deliver an answer that does not get through; return why."""
        with pytest.raises(DeliveryError) as raised:
            self.answer(value(self.api.post())["id"])
        return raised.value
