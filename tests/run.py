"""
Runs the tests, group by group, and prints the count and the time of each.

    .venv/bin/python tests/run.py [GROUP …] [-- OPTION OF PYTEST …]

Two groups run only
when they are named: `slow`, end to end too, waits for killed runs, deploys and whole starts;
`local_api` needs a container engine.
"""

import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
GROUPS = ("unit", "contract", "aws", "e2e")
WHEN_NAMED = ("slow", "local_api")
CHOICE = {
    "e2e": ("tests/e2e", "-m", "not slow"),
    "slow": ("tests/e2e", "-m", "slow"),
}
"""Groups that are not simply the folder of their name -> what pytest is to run."""
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


@dataclass(slots=True)
class Group:
    """One group of tests, and how it went."""

    name: str
    options: list[str]
    seconds: float = 0
    code: int = 0
    output: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """Run it to its end and print its line."""
        started = time.monotonic()
        choice = CHOICE.get(self.name, (f"tests/{self.name}",))
        command = [sys.executable, "-m", "pytest", "-q", *choice, *self.options]
        done = subprocess.run(
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.seconds = time.monotonic() - started
        self.code, self.output = done.returncode, done.stdout
        lines = done.stdout.strip().splitlines() or [""]
        self.counts = {kind.rstrip("s"): int(n) for n, kind in COUNT.findall(lines[-1])}
        print(self, flush=True)
        if self.code:
            print(self.output, flush=True)

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
        """Return its line for people."""
        state = "ok" if not self.failed else f"{self.failed} FAILED"
        return f"  {self.name:<9} {self.passed:>5} passed  {state:<9} {self.seconds:6.1f} s"


def main(arguments: list[str]) -> int:
    """Run the groups that are named, or all; return 0 where every test passed."""
    names, options = arguments, []
    if "--" in arguments:
        cut = arguments.index("--")
        names, options = arguments[:cut], arguments[cut + 1 :]
    there = (*GROUPS, *WHEN_NAMED)
    unknown = [name for name in names if name not in there]
    if unknown:
        print(f"no such group: {', '.join(unknown)}; there are: {', '.join(there)}")
        return 2
    groups = [Group(name, options) for name in there if name in (names or GROUPS)]
    started = time.monotonic()
    print(f"tests: {', '.join(group.name for group in groups)}", flush=True)
    _run(groups)
    passed, failed = (sum(getattr(g, kind) for g in groups) for kind in ("passed", "failed"))
    print(f"  {'all':<9} in {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed", flush=True)
    return int(failed > 0)


def _run(groups: list[Group]) -> None:
    """Run them one after the other: the platforms' deadlines hold end to end."""
    for group in groups:
        group.run()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
