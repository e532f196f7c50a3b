"""What `python -m cococat.verify_channel` says where it can't run."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cococat.aws.observations import ObservationTable
from cococat.bootstrap.operator import Stack, StackAddress
from cococat.core.channel_status import LastError, Observation, Status
from cococat.core.errors import PlatformUnreachable
from cococat.core.ids import ChannelAddress
from cococat.verify_channel import __main__ as command
from cococat.verify_channel.report import SEND, Report, StepFailed
from tests.support import samples
from tests.support.cloud import STACK, Cloud

pytestmark = pytest.mark.aws

AGAIN = ChannelAddress(target_type="scene", target_id="alpha", channel="telegram", name="again")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="run")
def _run(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    stack = Stack(StackAddress(stack_name=STACK, region="us-east-1"))
    vars(stack)["outputs"] = {"ChannelsTable": cloud.channels_table}
    monkeypatch.setattr(command, "stack_of", lambda _: stack)

    def run(channel: str, scene: str, *words: str) -> tuple[int, str, str]:
        """Return the exit code, and what went where results and where errors go."""
        words = ("verify_channel", "--channel", channel, "--scene", scene, *words)
        monkeypatch.setattr("sys.argv", list(words))
        code = command.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


class TestForPrograms:
    """`--json` brings one object, whatever happens."""

    @pytest.mark.parametrize("channel", sorted(command.VERIFICATIONS))
    def test_an_unknown_scene_is_an_object(self, run: Run, channel: str) -> None:
        """A report without steps, and with the sentence that people read."""
        code, out, err = run(channel, "nope", "--json")
        told = json.loads(out)
        error = told.pop("error")

        assert (code, told) == (
            2,
            {"channel": channel, "scene": "nope", "ok": False, "steps": []},
        )
        assert error == f"scene 'nope' has no {channel} channel '{channel}'; there are: none"
        assert err == f"verify_channel: {error}\n"

    def test_a_step_that_was_good_makes_no_good_report(
        self, run: Run, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What broke after it is told, with the step."""

        class Broken:
            def __init__(self, **_: object) -> None:
                """Take what every verification takes."""

            def run(self, report: Report) -> None:
                """Send, and then lose the platform."""
                report.take(SEND, lambda: (None, "accepted"))
                raise PlatformUnreachable

        cloud.wishes().write(
            samples.wish(AGAIN, config={}, secrets={"bot_token": "t"}), replacing=None
        )
        monkeypatch.setitem(command.VERIFICATIONS, "telegram", Broken)
        code, out, _ = run("telegram", "alpha", "--name", "again", "--json")
        told: dict[str, Any] = json.loads(out)

        assert (code, told["ok"], [step["ok"] for step in told["steps"]]) == (2, False, [True])
        assert told["error"] == command.UNREACHABLE

    def test_people_get_no_object(self, run: Run) -> None:
        """A sentence where errors go."""
        code, out, err = run("telegram", "nope")

        assert (code, out) == (2, "")
        assert err.startswith("verify_channel: scene 'nope' has no telegram channel")


class Good:
    """A verification whose steps are all taken with success."""

    def __init__(self, **_: object) -> None:
        """Take what every verification takes."""

    def run(self, report: Report) -> None:
        """Send."""
        report.take(SEND, lambda: (None, "accepted"))


class Lost(Good):
    """One whose first step fails."""

    def run(self, report: Report) -> None:
        """Send in vain."""

        def fail() -> tuple[None, str]:
            raise StepFailed("nobody listens")

        report.take(SEND, fail)


class TestTheStatus:
    """A channel that can't answer at its platform is not proved by a receipt."""

    @pytest.fixture(name="ill", params=[Status.ERROR, Status.AUTH_ERROR])
    def _ill(self, request: pytest.FixtureRequest, cloud: Cloud) -> Status:
        """Return the bad status of a channel that was connected."""
        wish = samples.wish(AGAIN, config={}, secrets={"bot_token": "t"})
        stored = cloud.wishes().write(wish, replacing=None)
        status: Status = request.param
        error = LastError("refused", "Paste the token again.", 1.0)
        seen = Observation(status=status, generation=stored.generation, last_error=error)
        ObservationTable(cloud.dynamodb, cloud.channels_table).note(AGAIN, seen)
        return status

    def test_an_error_fails_though_all_steps_were_good(
        self, run: Run, ill: Status, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the cause and its advice, for people and for programs."""
        monkeypatch.setitem(command.VERIFICATIONS, "telegram", Good)
        code, out, _ = run("telegram", "alpha", "--name", "again", "--json")
        told: dict[str, Any] = json.loads(out)
        cause = f"the channel's status is {ill} (refused): Paste the token again."

        assert (code, told["ok"], told["status"], told["warning"]) == (1, False, ill, cause)
        assert [(step["step"], step["ok"]) for step in told["steps"]] == [
            (SEND, True),
            ("status", False),
        ]
        assert told["steps"][1]["detail"] == cause
        assert run("telegram", "alpha", "--name", "again")[1].startswith(f"!  {cause}\n1. send")

    def test_a_failed_step_says_the_cause_first(
        self, run: Run, ill: Status, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And then what was seen of it."""
        monkeypatch.setitem(command.VERIFICATIONS, "telegram", Lost)
        code, out, _ = run("telegram", "alpha", "--name", "again", "--json")
        (step,) = json.loads(out)["steps"]

        assert code == 1
        assert step["detail"].startswith(f"the channel's status is {ill} (refused): Paste")
        assert step["detail"].endswith("; and nobody listens")


class TestAChannelThatCanNotRun:
    """It is there, and the sentence says what is wrong with it."""

    def test_its_secret_is_missing(self, run: Run, cloud: Cloud) -> None:
        """And what to do; no list contradicts it."""
        wish = samples.wish(AGAIN, config={}, secrets={"bot_token": "t"})
        stored = cloud.wishes().write(wish, replacing=None)
        cloud.secrets().delete(stored.secret)
        code, _, err = run("telegram", "alpha", "--name", "again")

        assert code == 2
        assert err == (
            "verify_channel: scene 'alpha' has a telegram channel 'again', but its secret is "
            "missing; publish the scene again, or connect it again\n"
        )

    def test_it_is_disabled(self, run: Run, cloud: Cloud) -> None:
        """Nor is it among those that there are."""
        wish = samples.wish(AGAIN, config={}, secrets={"bot_token": "t"})
        cloud.wishes().write(replace(wish, enabled=False), replacing=None)
        on = replace(wish, address=replace(AGAIN, name="on"))
        cloud.wishes().write(on, replacing=None)
        _, _, err = run("telegram", "alpha", "--name", "again")
        _, _, other = run("telegram", "alpha")

        assert "but it is disabled; connect it again" in err
        assert other.endswith("no telegram channel 'telegram'; there are: alpha telegram on\n")
