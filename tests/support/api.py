"""One web_api channel behind its door, in memory, with an agent that can be told to answer."""

import json
import re
from dataclasses import replace
from typing import Any

from cococat.core import mailbox, message_record
from cococat.core.directory import ChannelBinding, ChannelDirectory
from cococat.core.door import Door
from cococat.core.http import Request, Response
from cococat.core.items import update
from cococat.core.message_record import MessageRecord, State
from cococat.core.messages import Reply
from cococat.core.scene_router import SceneRouter
from cococat.simulators.web_api import WebApiCaller
from tests.support import samples
from tests.support.channels import RealChannels
from tests.support.clock import FakeClock
from tests.support.directory import MemoryDirectory
from tests.support.items import MemoryItems
from tests.support.queues import MemoryQueues
from tests.support.world import FlakyMailbox

_MESSAGE = re.compile(r"/messages/[^/]*$")


def by_endpoint(directory: ChannelDirectory, request: Request) -> ChannelBinding | None:
    """Return the channel that *request* is for."""
    return directory.by_endpoint(_MESSAGE.sub("", request.path))


class Api:
    """
    A door and one caller with the right key.

    Attributes:
        door: the door.
        caller: the caller.
        flaky: the way into the mailbox; it can be told to fail.
        channels: makes the channel behind the door.

    """

    def __init__(self, *bindings: ChannelBinding) -> None:
        self.clock = FakeClock()
        self.items = MemoryItems(self.clock)
        self.queues = MemoryQueues(self.clock)
        self.mailbox = self.queues.make(samples.MAILBOX)
        self.flaky = FlakyMailbox(self.queues)
        self.directory = MemoryDirectory(*(bindings or [samples.binding()]))
        router = SceneRouter(mailbox=self.flaky, clock=self.clock)
        self.channels = RealChannels(router, self.items, self.clock)
        self.door = Door(self._find, self.channels)
        self.caller = WebApiCaller(
            transport=self.door.handle, endpoint=samples.ENDPOINT, api_key=samples.API_KEY
        )

    def post(self, **members: Any) -> Response:  # noqa: ANN401 - JSON
        """Send a good question with *members* changed; `...` takes one away."""
        question = {"user_id": "ann", "content": "hello"} | members
        source = {key: value for key, value in question.items() if value is not ...}
        return self.caller.post(json.dumps(source).encode())

    def contents(self) -> list[str]:
        """Return what is in the mailbox."""
        return [mailbox.parse(body).content for body in self.mailbox.bodies()]

    def record(self, identity: str) -> MessageRecord:
        """Return the record of message *identity*."""
        record = message_record.load(self.items, identity)
        assert record is not None
        return record

    def answer(self, identity: str, text: str = "hi", *, fallback: bool = False) -> None:
        """Let the answer to message *identity* arrive."""
        reply = Reply(text=text, fallback=fallback)
        now = self.clock.now()
        update(self.items, self.record(identity), lambda record: record.answered(reply, now))

    def move(self, identity: str, state: State) -> None:
        """Let the heartbeat bring message *identity* into *state*."""
        update(self.items, self.record(identity), lambda record: replace(record, state=state))

    def _find(self, request: Request) -> ChannelBinding | None:
        return by_endpoint(self.directory, request)


def value(response: Response) -> dict[str, Any]:
    """Return the JSON object that *response* holds."""
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    found: dict[str, Any] = json.loads(response.body)
    return found


def error(response: Response) -> str:
    """Return the code of an error, after checking that its form is the uniform one."""
    found = value(response)
    assert list(found) == ["error"]
    assert sorted(found["error"]) == ["code", "message"]
    assert all(isinstance(each, str) and each for each in found["error"].values())
    assert response.status >= 400
    return str(found["error"]["code"])


def said(response: Response) -> tuple[int, str]:
    """Return status and code of a refusal, its form checked."""
    return response.status, error(response)
