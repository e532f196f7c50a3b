"""Progress for people: one line a step, with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 44


class StepFailed(Exception):
    """Raised when a step of the start can't be taken; its text is one sentence for people."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print *title* when the body begins, and the seconds it took when it ends."""
    started = time.monotonic()
    print(f"  {title:<{WIDTH}}", end="", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - started:5.1f} s", flush=True)


def fail(sentence: str) -> None:
    """Print *sentence* where errors go."""
    print(f"cococat: {sentence}", file=sys.stderr, flush=True)
