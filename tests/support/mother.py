"""A process that starts a child as the local runs do, says so, and waits to be killed."""

import os
import signal
from pathlib import Path

from cococat.local import processes

COMMAND, FOLDER = "MOTHER_COMMAND", "MOTHER_FOLDER"


def main() -> None:
    """Start what the environment names."""
    processes.GRACE = 0
    folder = Path(os.environ[FOLDER])
    command = ["/bin/sh", "-c", os.environ[COMMAND]]
    processes.start(command, folder=folder, environment={}, log=folder / "log")
    print("# started", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
