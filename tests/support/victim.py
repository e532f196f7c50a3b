"""What runs inside a worker process that is to be killed: the points where it can be stopped."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

from cococat.core.channels import Channel, Delivery
from cococat.core.channels.catalogue import CATALOGUE, ChannelType
from cococat.core.mailbox import MailboxMessage

RUNS = "AGENT_RUNS"
"""Name of the variable with the file that each run of the agent is noted in."""
AGENT = f"{__name__}:answer"
FILE_CHANNEL = "file"

_state: dict[str, str] = {"wanted": ""}
_calls: Counter[str] = Counter()


def stop_at(point: str) -> None:
    """Stop the next time that *point* is reached; empty for never."""
    _state["wanted"] = point
    _calls.clear()


def reach(point: str) -> None:
    """Stop here for good, if this is the point; the parent then kills this process."""
    if point == _state["wanted"]:
        print(f"# {os.getpid()} is at {point}", flush=True)
        _wait_for_death()


def watch(events: Any) -> None:  # noqa: ANN401 - botocore's own
    """Make a point of each AWS call: `before PutItem 1`, `after PutItem 1`, and so on."""
    events.register("before-call", _before)
    events.register("after-call", _after)


def answer(message: MailboxMessage) -> str:
    """Say what was said, and note it; the agent of the tests."""
    with Path(os.environ[RUNS]).open("a", encoding="utf-8") as runs:
        runs.write(f"{message.content}\n")
    reach("during the agent")
    return message.content


class FileChannel(Channel):
    """A channel whose platform is a file, and shows a reply as often as it is sent."""

    channel_type = FILE_CHANNEL

    def start(self, scene_id: str, config: dict[str, Any]) -> None:
        """Take the file's name."""
        self._file = Path(config["file"])

    def send(self, reply: str, user_id: str) -> None:
        """Write *reply*."""
        reach("before the send")
        with self._file.open("a", encoding="utf-8") as sent:
            sent.write(f"{user_id}: {reply}\n")
        reach("after the send")

    def answer(self, delivery: Delivery) -> None:
        """Deliver one part of an answer."""
        self.send(delivery.part.text, delivery.to.user_id)


def register_file_channel() -> None:
    """Let there be the channel's type in this process."""
    implementation = f"{__name__}:{FileChannel.__name__}"
    CATALOGUE[FILE_CHANNEL] = ChannelType(
        title="File", variants=((),), implementation=implementation
    )


def _before(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
    _calls[model.name] += 1
    reach(f"before {model.name} {_calls[model.name]}")


def _after(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
    reach(f"after {model.name} {_calls[model.name]}")


def _wait_for_death() -> NoReturn:
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True:
        signal.pause()
