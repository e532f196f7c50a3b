import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cococat.adapters.http import RequestsClient
from cococat.core import message_record
from cococat.core.errors import PlatformUnreachable
from cococat.core.messages import Reply
from cococat.local.made_up import made_up
from cococat.local.platforms import Simulated, platforms
from cococat.simulators.feishu import App
from cococat.simulators.feishu_api import FeishuServer
from cococat.simulators.people import Person
from cococat.simulators.weixin_api import WeComApi
from cococat.verify_channel.report import StepFailed
from cococat.verify_channel.watch import Watch, person_of
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems
from tests.support.served import served

pytestmark = [pytest.mark.enable_socket]

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(name="simulated", scope="module")
def _simulated() -> Iterator[Simulated]:
    with platforms() as simulated:
        yield simulated


def watch(record: message_record.MessageRecord | None, seconds: float = 5) -> Watch:
    """Return who looks after the message of *record*, the only one of its stack."""
    items = MemoryItems(FakeClock())
    if record is not None:
        items.put(record.to_item(), replacing=None)
    stack: Any = SimpleNamespace(messages=items)
    deadline = time.monotonic() + seconds
    return Watch(stack=stack, agent="support", deadline=deadline, timeout=seconds)


def answered(**changes: Any) -> message_record.MessageRecord:  # noqa: ANN401 - a record's members
    """Return the record of a message that its agent has answered."""
    record = message_record.received(samples.identity(), samples.ADDRESS, "", START)
    return replace(record, **{"reply": Reply(text="您好"), "replied_at": START, **changes})


class TestWhoIsThere:
    """Where a platform is simulated, and only there, somebody can be written as."""

    @pytest.mark.parametrize("kind", ["discord", "feishu", "telegram", "wechat", "weixin"])
    def test_a_simulated_platform_has_people(self, simulated: Simulated, kind: str) -> None:
        """Who has received nothing yet."""
        person = person_of({"api_base": simulated.addresses[kind]}, "ann")

        assert person is not None
        assert (person.name, person.heard()) == ("ann", [])

    @pytest.mark.parametrize(
        "config", [{}, {"api_base": "https://api.example"}, {"api_base": NOBODY}]
    )
    def test_a_real_one_has_none_that_we_know(self, config: dict[str, str]) -> None:
        """Nor has one that does not answer."""
        assert person_of(config, "ann") is None

    def test_a_test_server_has_none(self) -> None:
        """Whatever it says of a path that it does not know."""
        for platform in (
            FeishuServer(app=App(app_id="cli_a"), now=time.time),
            WeComApi(now=time.time),
        ):
            with served(platform) as base:
                assert person_of({"api_base": base}, "ann") is None


class TestWritingToABot:
    """People of platforms that do not call us write through the simulator."""

    @pytest.mark.parametrize(("kind", "user"), [("telegram", "chat"), ("discord", "user")])
    def test_says_which_message_it_was(self, simulated: Simulated, kind: str, user: str) -> None:
        """So that it is found again; what nobody can have written is refused."""
        person = Person(RequestsClient(), simulated.addresses[kind], "1000001")
        written = person.wrote(token=made_up("bot_token"), text="hello", **{user: 1000001})

        assert int(written["message_id"]) > 0
        with pytest.raises(PlatformUnreachable):
            person.wrote(text="hello")


class TestAnAnswerThatArrives:
    """It is read on the platform's side, once the agent has given one."""

    @pytest.fixture(name="ann")
    def _ann(self, simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> Person:
        person = Person(RequestsClient(), simulated.addresses["weixin"], "ann")
        monkeypatch.setattr(Person, "heard", lambda _: ["您好"])
        return person

    def test_is_told_with_its_length(self, ann: Person) -> None:
        """As a step of the report."""
        told = watch(answered()).reply(samples.identity(), ann)

        assert told == (None, "2 characters, on the platform's side")

    @pytest.mark.parametrize(
        ("record", "said"),
        [
            (None, "did not answer within"),
            (answered(reply=None), "gives no answer"),
            (answered(reply=Reply(text="x", fallback=True)), "only the fallback text"),
        ],
    )
    def test_is_no_stand_in(
        self,
        ann: Person,
        record: message_record.MessageRecord | None,
        said: str,
    ) -> None:
        """What came instead is said."""
        with pytest.raises(StepFailed, match=said):
            watch(record, seconds=0).reply(samples.identity(), ann)

    def test_that_does_not_arrive_is_missed(
        self, ann: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the outbox as the one to look at."""
        monkeypatch.setattr(Person, "heard", lambda _: [])

        with pytest.raises(StepFailed, match="the outbox did not deliver"):
            watch(answered(), seconds=0).reply(samples.identity(), ann)
