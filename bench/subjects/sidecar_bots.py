"""The sidecar, as its container runs it; its bots are those of the table."""

import runpy
import sys


def listen(_count: int, _base: str) -> None:
    """Run it until it is killed."""
    sys.argv = ["sidecar", "--keep-going", "--port", "0"]
    runpy.run_module("sidecar", run_name="__main__")
