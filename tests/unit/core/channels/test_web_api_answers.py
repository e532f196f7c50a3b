from dataclasses import replace

import pytest

from cococat.core.channels import Delivery
from cococat.core.channels.web_api import WebApiChannel
from cococat.core.errors import DeliveryFailed
from cococat.core.messages import Button, Card, CardField, Format, Reply, ReplyFile
from cococat.core.rendering import Kind, Part
from cococat.core.scene_router import SceneRouter
from tests.support import samples
from tests.support.api import Api, value
from tests.support.channels import a_wiring


@pytest.fixture(name="api")
def _api() -> Api:
    return Api()


class TestSending:
    """The answer's way back."""

    def channel(self, api: Api) -> WebApiChannel:
        """Return the channel."""
        router = SceneRouter(mailbox=api.queues, clock=api.clock)
        return WebApiChannel(a_wiring(samples.binding(), router, api.items, api.clock))

    def delivery(self, identity: str, text: str = "hi") -> Delivery:
        """Return one part of an answer."""
        to = replace(samples.reply_address(), message_id=identity)
        return Delivery(
            to=to,
            reply=Reply(text=text),
            part=Part(kind=Kind.WHOLE, text=text),
            number=1,
            of=1,
            key="k",
        )

    def test_the_first_answer_is_what_the_caller_gets(self, api: Api) -> None:
        """A repeat of the delivery changes nothing."""
        identity = value(api.post())["id"]
        channel = self.channel(api)
        for text in ("hi", "other"):
            channel.answer(self.delivery(identity, text))

        assert value(api.caller.fetch(identity))["reply"] == "hi"

    def test_an_answer_is_more_than_its_text(self, api: Api) -> None:
        """How to read it, a card and files come as the agent gave them."""
        identity = value(api.post())["id"]
        card = Card(
            title="Order 7",
            fields=(CardField(name="state", value="sent"),),
            buttons=(Button(text="Where?", value="where-7"),),
        )
        file = ReplyFile(kind="file", name="bill.pdf", source="https://shop.example/7.pdf")
        reply = Reply(text="**Sent**", format=Format.MARKDOWN, card=card, files=(file,))
        delivery = replace(self.delivery(identity), reply=reply)
        self.channel(api).answer(delivery)

        found = value(api.caller.fetch(identity))
        assert (found["reply"], found["format"], found["fallback"]) == (
            "**Sent**",
            "markdown",
            False,
        )
        assert found["card"] == {
            "title": "Order 7",
            "fields": [{"name": "state", "value": "sent"}],
            "buttons": [{"text": "Where?", "value": "where-7"}],
        }
        assert found["files"] == [
            {"kind": "file", "name": "bill.pdf", "source": "https://shop.example/7.pdf"}
        ]

    def test_an_answer_to_a_forgotten_message_is_a_failure(self, api: Api) -> None:
        """There is nobody left to fetch it."""
        with pytest.raises(DeliveryFailed, match="message_expired"):
            self.channel(api).answer(self.delivery(samples.identity()))

    def test_a_message_without_an_asker_is_a_failure(self, api: Api) -> None:
        """The Web API has no way to call a user."""
        with pytest.raises(DeliveryFailed, match="no_push"):
            self.channel(api).send("hi", "ann")
