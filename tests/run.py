"""
Runs the tests, several groups at a time, and prints the count and the time of each.

    .venv/bin/python tests/run.py [--full] [GROUP …] [-- OPTION OF PYTEST …]

Without `--full` it is the quick choice: fewer examples of each property, and not the tests that
are marked `full`. Two groups run only when they are named: `slow`, end to end too, waits for
killed runs, deploys and whole starts; `local_api` needs a container engine.

One lane more runs side by side than there are processors, because the groups that start a whole
stack mostly wait. The groups that start a whole stack
share one lane, because they build in the same folder; every other group is a lane of its own.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PROJECT = Path(__file__).resolve().parent.parent
GROUPS = ("e2e", "aws", "contract", "unit")
"""In the order in which they begin: the longest first."""
WHEN_NAMED = ("slow", "local_api")
ONE_LANE = ("e2e", "slow", "local_api")
CHOICE = {
    "e2e": ("tests/e2e", "-m", "not slow"),
    "slow": ("tests/e2e", "-m", "slow"),
}
"""Groups that are not simply the folder of their name -> what pytest is to run."""
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")
END_SECONDS = 20
"""For which an interrupted group may clean up behind itself."""


@dataclass(slots=True)
class Group:
    """One group of tests, and how it went."""

    name: str
    options: list[str]
    seconds: float = 0
    code: int = 0
    output: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    process: "subprocess.Popen[str] | None" = None

    def run(self) -> None:
        """Run it to its end."""
        started = time.monotonic()
        choice = CHOICE.get(self.name, (f"tests/{self.name}",))
        # In a process group of its own, so that Ctrl-C reaches it once, through `end`.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", *choice, *self.options],
            cwd=PROJECT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        self.output, _ = self.process.communicate()
        self.seconds = time.monotonic() - started
        self.code = self.process.returncode
        lines = self.output.strip().splitlines() or [""]
        self.counts = {kind.rstrip("s"): int(n) for n, kind in COUNT.findall(lines[-1])}

    def interrupt(self) -> None:
        """Let it stop and clean up, as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def end(self, deadline: float) -> None:
        """Wait until it has stopped; kill it after *deadline*, by `time.monotonic`."""
        while self.process is not None and self.process.poll() is None:
            if time.monotonic() > deadline:
                os.killpg(self.process.pid, signal.SIGKILL)
            time.sleep(0.05)

    @property
    def passed(self) -> int:
        """Return how many tests passed."""
        return self.counts.get("passed", 0)

    @property
    def failed(self) -> int:
        """Return how many did not; a group that ran none counts as one."""
        bad = self.counts.get("failed", 0) + self.counts.get("error", 0)
        return bad or int(self.code != 0 or self.passed == 0)

    def __str__(self) -> str:
        """Return its line for people, and all that it said where it failed."""
        state = "ok" if not self.failed else f"{self.failed} FAILED"
        line = f"  {self.name:<9} {self.passed:>5} passed  {state:<9} {self.seconds:6.1f} s"
        return line if not self.failed else f"{line}\n{self.output}"


class Lanes:
    """
    Groups that run side by side.

    Args:
        groups: all of them, in the order in which they are to begin.

    """

    def __init__(self, groups: list[Group]) -> None:
        self._groups = groups
        shared = [group for group in groups if group.name in ONE_LANE]
        alone = [[group] for group in groups if group.name not in ONE_LANE]
        self._lanes = [shared, *alone] if shared else alone
        self._stopped = threading.Event()
        self._print = threading.Lock()

    def run(self) -> None:
        """Run them all, and print the line of each when it ends."""
        with ThreadPoolExecutor((os.process_cpu_count() or 1) + 1) as pool:
            try:
                for lane in [pool.submit(self._run, lane) for lane in self._lanes]:
                    lane.result()
            except KeyboardInterrupt:
                self._stop()
                raise

    def _run(self, lane: list[Group]) -> None:
        for group in lane:
            if self._stopped.is_set():
                return
            group.run()
            if not self._stopped.is_set():
                with self._print:
                    print(group, flush=True)

    def _stop(self) -> None:
        """Stop what runs, and begin nothing more."""
        self._stopped.set()
        for group in self._groups:
            group.interrupt()
        deadline = time.monotonic() + END_SECONDS
        for group in self._groups:
            group.end(deadline)


def main(arguments: list[str]) -> int:
    """Run the groups that are named, or all; return 0 where every test passed."""
    names, options = arguments, []
    if "--" in arguments:
        cut = arguments.index("--")
        names, options = arguments[:cut], arguments[cut + 1 :]
    if "--full" in names:
        names, options = [name for name in names if name != "--full"], ["--full", *options]
    there = (*GROUPS, *WHEN_NAMED)
    unknown = [name for name in names if name not in there]
    if unknown:
        print(f"no such group: {', '.join(unknown)}; there are: {', '.join(there)}")
        return 2
    groups = [Group(name, options) for name in there if name in (names or GROUPS)]
    started = time.monotonic()
    print(f"tests: {', '.join(group.name for group in groups)}", flush=True)
    Lanes(groups).run()
    passed, failed = (sum(getattr(g, kind) for g in groups) for kind in ("passed", "failed"))
    print(f"  {'all':<9} in {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed", flush=True)
    return int(failed > 0)


def _environment() -> dict[str, str]:
    """Return this process's own, but let Python keep its bytecode: compiling takes a third."""
    kept = dict(os.environ)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Stop as on Ctrl-C, and let nothing interrupt that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _interrupt)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
