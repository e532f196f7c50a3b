"""Who is to blame where the agent does not get a test message in time."""

import json
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cococat.core.channel_status import STALE, Observation, Status
from cococat.core.probes import Probe, Probes
from cococat.verify_channel.__main__ import VERIFICATIONS
from cococat.verify_channel.probing import Probing
from cococat.verify_channel.report import Report, StepFailed
from cococat.verify_channel.watch import Watch
from tests.support import samples
from tests.support.clock import START, FakeClock
from tests.support.items import MemoryItems
from tests.support.wishes import MemoryObservations

UNHEARD = "No sidecar listens to it: start one, or look at its log."
SHORT = "try a longer --timeout"


class Bench:
    """
    A channel with a sidecar that was alive a moment ago, and nobody who takes anything.

    Args:
        channel: its type.
        timeout: what the operator gives; no second of it really passes.

    """

    def __init__(self, channel: str, timeout: float) -> None:
        self.clock = FakeClock()
        address = replace(samples.ADDRESS, channel=channel, name=channel)
        self.binding = samples.binding(address, config={"bot_token": "123:secret"})
        self.observations = MemoryObservations()
        seen = Observation(
            status=Status.CONNECTED, generation=1, owner="me", alive_at=START, heard_at=START
        )
        self.observations.note(address, seen)
        self.probes = Probes(MemoryItems(self.clock), self.clock)
        stack: Any = SimpleNamespace(
            messages=MemoryItems(self.clock), observations=self.observations, probes=self.probes
        )
        self.stack = stack
        deadline = time.monotonic()
        self.watch = Watch(stack=stack, agent="support", deadline=deadline, timeout=timeout)
        self.report = Report(channel=channel, scene="shop", as_json=True)

    def verify(self) -> str:
        """Verify the channel and return what the step says that fails."""
        make = VERIFICATIONS[self.binding.address.channel]
        with pytest.raises(StepFailed) as failed:
            make(stack=self.stack, binding=self.binding, watch=self.watch).run(self.report)
        return str(failed.value)


@pytest.fixture(name="now")
def _now(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Return the operator's clock; each look at it may be later."""
    clock = FakeClock()
    monkeypatch.setattr(time, "time", clock.now)
    return clock


@pytest.mark.parametrize("channel", ["telegram", "discord"])
class TestAProbeThatNobodyTakes:
    def test_is_the_sidecars_fault_once_that_is_gone(
        self, channel: str, now: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was killed a moment before, and looked well then."""
        bench = Bench(channel, timeout=60)
        store = bench.probes.store

        def store_late(probe: Probe) -> None:
            store(probe)
            now.advance(STALE + 1)

        monkeypatch.setattr(bench.probes, "store", store_late)

        assert bench.verify() == UNHEARD
        assert [(each.step, each.ok) for each in bench.report.steps] == [
            ("send", True),
            ("agent received", False),
        ]

    def test_is_not_sent_where_it_is_gone_already(self, channel: str, now: FakeClock) -> None:
        """The first step says so."""
        bench = Bench(channel, timeout=60)
        now.advance(STALE + 1)

        assert bench.verify() == UNHEARD
        assert json.loads(bench.report.to_json())["steps"][0]["ok"] is False

    @pytest.mark.usefixtures("now")
    def test_may_only_need_longer(self, channel: str) -> None:
        """A second is less than the sidecar's pace: the timeout is named, and nobody's fault."""
        said = Bench(channel, timeout=1).verify()

        assert said == (
            "the sidecar, whose last sign of life is 0 s old, did not take it within 1 s; " + SHORT
        )

    @pytest.mark.usefixtures("now")
    def test_for_long_is_a_sidecar_that_hangs(self, channel: str) -> None:
        """Though it still seems to live."""
        said = Bench(channel, timeout=25).verify()

        assert "did not take it within 25 s; does it run, and what does its log say?" in said


@pytest.mark.parametrize(("timeout", "advice"), [(1, SHORT), (60, "event source mapping")])
@pytest.mark.usefixtures("now")
def test_what_the_sidecar_took_lies_in_the_mailbox(timeout: float, advice: str) -> None:
    """Then that one is named, and its mapping where there was time enough."""
    bench = Bench("telegram", timeout)
    probing = Probing(bench.stack, bench.binding, bench.watch)
    with pytest.raises(StepFailed) as failed:
        probing.received(samples.identity())

    assert f"from its mailbox within {timeout} s; " in str(failed.value)
    assert advice in str(failed.value)
    assert ("mapping" in str(failed.value)) is (timeout == 60)
