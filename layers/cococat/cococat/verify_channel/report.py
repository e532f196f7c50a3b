"""The steps of a verification, as they are taken and as they are told."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

SEND, RECEIVED, REPLY, STATUS = "send", "agent received", "reply", "status"


class StepFailed(Exception):
    """Raised when a step did not go as it must; its text says what to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """How one step went."""

    step: str
    ok: bool
    seconds: float
    detail: str


@dataclass(slots=True, kw_only=True)
class Report:
    """
    A verification as it goes.

    Attributes:
        channel: the channel's type.
        scene: the scene.
        as_json: whether lines for people are left out, for one JSON object at the end.
        steps: those taken so far.
        error: why it could not go on, where that says nothing of the channel.
        status: the channel's status, where it is known.
        trouble: what that status says is wrong; a step that fails says it first.
        told: what the platform told last of the account.

    """

    channel: str
    scene: str
    as_json: bool
    steps: list[StepResult] = field(default_factory=list)
    error: str = ""
    status: str = ""
    trouble: str = ""
    told: str = ""

    def take[T](self, step: str, action: Callable[[], tuple[T, str]]) -> T:
        """
        Take one step and tell how it went.

        Args:
            step: its name.
            action: does it; returns what the next step needs, and a detail for people.

        Raises:
            StepFailed: it failed; that is told already.

        """
        started = time.monotonic()
        try:
            value, detail = action()
        except StepFailed as failed:
            why = str(failed)
            if self.trouble and self.trouble not in why:
                why = f"{self.trouble}; and {why}"
            self._add(step, started, why, ok=False)
            raise
        self._add(step, started, detail, ok=True)
        return value

    @property
    def ok(self) -> bool:
        """Tell whether every step went well."""
        return bool(self.steps) and not self.error and all(step.ok for step in self.steps)

    def to_json(self) -> str:
        """Return the report as a JSON object; with `status` and `error` only where they are."""
        steps = [asdict(step) for step in self.steps]
        whole = {"channel": self.channel, "scene": self.scene, "ok": self.ok, "steps": steps}
        more = {
            "status": self.status,
            "warning": self.trouble,
            "told": self.told,
            "error": self.error,
        }
        told = {name: word for name, word in more.items() if word}
        return json.dumps(whole | told, ensure_ascii=False)

    def warn(self, status: str, trouble: str, told: str) -> None:
        """
        Keep the channel's *status*, and tell people at once what else there is to know.

        Args:
            status: as the management API shows it.
            trouble: what is wrong; empty for nothing.
            told: what the platform told last of the account; empty for nothing.

        """
        self.status, self.trouble, self.told = status, trouble, told
        for mark, words in (("!", trouble), ("i", told)):
            if words and not self.as_json:
                print(f"{mark}  {words}", flush=True)

    def _add(self, step: str, started: float, detail: str, *, ok: bool) -> None:
        seconds = round(time.monotonic() - started, 3)
        self.steps.append(StepResult(step=step, ok=ok, seconds=seconds, detail=detail))
        if not self.as_json:
            mark = "ok    " if ok else "FAILED"
            number = len(self.steps)
            print(f"{number}. {step:<15} {mark} {seconds:7.3f} s  {detail}", flush=True)
