import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from cococat.core.channel_status import PlatformEvent, SendError, Status
from cococat.verify_channel.report import Report
from cococat.verify_channel.standing import Standing, standing
from tests.support import samples
from tests.support.clock import START
from tests.support.wishes import MemoryObservations

EVENT = PlatformEvent(code="no_right", message="It may not send.", at=START, generation=1)
ERROR = SendError(code="address", message="Allow 192.0.2.1.", at=START, generation=1)
TOLD = "at 2027-01-15T08:00:00.000+00:00 the platform told (no_right): It may not send."


def how(event: PlatformEvent | None = None, error: SendError | None = None) -> Standing:
    """Return how a channel is, of which a message was counted and this is known."""
    observations = MemoryObservations()
    observations.count_message(samples.ADDRESS, 1, START)
    if event is not None:
        observations.note_event(samples.ADDRESS, event)
    if error is not None:
        observations.note_send_error(samples.ADDRESS, error)
    stack: Any = SimpleNamespace(observations=observations)
    return standing(stack, samples.binding())


def test_what_the_platform_told_is_no_trouble() -> None:
    """It is said beside the status, with its time."""
    assert how() == Standing(Status.CONNECTED, "", "")
    assert how(EVENT) == Standing(Status.CONNECTED, "", TOLD)


def test_trouble_is_said_besides() -> None:
    """Each in its own sentence; what stops the account only as trouble."""
    trouble = "the channel's status is error (address): Allow 192.0.2.1."
    assert how(EVENT, ERROR) == Standing(Status.ERROR, trouble, TOLD)
    stopped = how(replace(EVENT, at=START + 1, stops=True))

    trouble = "the channel's status is error (no_right): It may not send."
    assert stopped == Standing(Status.ERROR, trouble, "")


def test_people_read_it_first_and_programs_in_the_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mark tells what is wrong from what is only good to know."""
    report = Report(channel="wechat", scene="shop", as_json=False)
    report.warn("error", "trouble", "news")
    assert capsys.readouterr().out == "!  trouble\ni  news\n"
    report.as_json = True
    report.warn("connected", "", "news")

    assert capsys.readouterr().out == ""
    told = json.loads(report.to_json())
    assert (told["status"], told["told"], "warning" in told) == ("connected", "news", False)
