"""Verifying channels that a sidecar listens to: by a probe, answered to nobody or to somebody."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest

from cococat.core.channel_status import Observation, Status
from cococat.core.channels.discord import DiscordChannel
from cococat.core.channels.telegram import TelegramChannel
from cococat.core.discord_message import Bot
from cococat.core.errors import ConfigError
from cococat.core.probes import Probe
from cococat.core.telegram_api import Bot as TelegramBot
from cococat.verify_channel import __main__ as command
from cococat.verify_channel.report import Report, StepFailed
from cococat.verify_channel.watch import Watch
from tests.contract.cases import ChannelCase
from tests.contract.discord_case import DISCORD
from tests.contract.stage import Stage
from tests.contract.telegram_case import TELEGRAM
from tests.support.backends import MemoryBackend
from tests.support.clock import START
from tests.support.world import World

if TYPE_CHECKING:
    from cococat.bootstrap.operator import Stack as OperatorsStack

STEPS = ["send", "agent received", "reply"]


@dataclass
class Operated:
    """What an operator sees of a stage's stack; a probe is fed at once."""

    stage: Stage

    def __post_init__(self) -> None:
        world = self.stage.world
        self.messages = world.backend.items
        self.observations = world.observations
        self.probes = self

    def store(self, probe: Probe) -> None:
        """Feed *probe*, as the sidecar does, and let all be worked on."""
        world = self.stage.world
        binding = world.backend.directory.by_address(probe.address)
        assert binding is not None
        channel = world.channels.bind(binding)
        if isinstance(channel, DiscordChannel):
            channel.take(probe.update, Bot(id="0"))
        else:
            assert isinstance(channel, TelegramChannel)
            channel.take(probe.update, TelegramBot(id=0, username=""))
        world.settle()


@dataclass
class Verified:
    """A verification, and what came of it."""

    report: Report
    heard: list[str]

    @property
    def steps(self) -> list[tuple[str, bool]]:
        """Return its steps, and whether each is good."""
        return [(each.step, each.ok) for each in self.report.steps]


def verify(case: ChannelCase, *, somebody: bool = False, gone: bool = False) -> Verified:
    """Verify a channel; *somebody* is sent the answer, in a conversation that is *gone*."""
    stage = Stage(World(MemoryBackend()), case)
    platform, _ = stage.connect(lambda message: message.conversation_id)
    platform.deliver("ann", "hello")
    stage.world.settle()
    now = stage.world.clock.now()
    seen = Observation(
        status=Status.CONNECTED, generation=1, owner="me", alive_at=now, heard_at=now
    )
    stage.world.observations.note(stage.address("shop"), seen)
    binding = stage.world.backend.directory.by_address(stage.address("shop"))
    assert binding is not None
    send_to = ("1" if gone else platform.heard("ann")[0]) if somebody else ""
    stack = cast("OperatorsStack", Operated(stage))
    deadline = time.monotonic() + 5
    watch = Watch(stack=stack, agent=binding.agent, deadline=deadline, timeout=5, send_to=send_to)
    report = Report(channel=case.channel_type, scene="shop", as_json=True)
    make = command.VERIFICATIONS[case.channel_type]
    with suppress(StepFailed):
        make(stack=stack, binding=binding, watch=watch).run(report)
    return Verified(report, platform.heard("ann"))


@pytest.fixture(autouse=True)
def _virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the operator's clock be the stack's."""
    monkeypatch.setattr(time, "time", lambda: START)


@pytest.mark.parametrize("case", [DISCORD, TELEGRAM], ids=lambda case: str(case.title))
class TestAProbe:
    def test_is_answered_to_nobody(self, case: ChannelCase) -> None:
        """A receipt does for the answer."""
        verified = verify(case)

        assert verified.steps == [(step, True) for step in STEPS]
        assert "sent to nobody" in verified.report.steps[-1].detail
        assert len(verified.heard) == 1

    def test_is_answered_to_whom_the_operator_names(self, case: ChannelCase) -> None:
        """For real, where they read it."""
        verified = verify(case, somebody=True)

        assert verified.steps == [(step, True) for step in STEPS]
        assert len(verified.heard) == 2
        assert verified.heard[-1].startswith("CocoCat verification")


def test_an_answer_that_the_platform_refuses_fails_the_last_step() -> None:
    """The dead letter's reason is told."""
    verified = verify(DISCORD, somebody=True, gone=True)

    assert verified.steps == [("send", True), ("agent received", True), ("reply", False)]
    assert "recipient_gone" in verified.report.steps[-1].detail


@pytest.mark.parametrize(
    ("channel", "identity", "is_taken"),
    [
        ("discord", "123456789012345678", True),
        ("telegram", "-1001234567890", True),
        ("telegram", "", True),
        ("wechat", "", True),
        ("wechat", "openid", False),
        ("discord", "-5", False),
        ("telegram", "@ann", False),
    ],
)
def test_whom_to_send_to_is_an_id(channel: str, identity: str, *, is_taken: bool) -> None:
    """Of a platform that has a sidecar; else nothing is tried."""
    if is_taken:
        assert command._recipient(channel, identity) == identity
        return
    with pytest.raises(ConfigError, match="--send-to"):
        command._recipient(channel, identity)
