"""`make run`: starts everything on this machine and stops it again on Ctrl-C."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cococat.bootstrap.operator import LOCAL_FILE
from cococat.bootstrap.ports import port_number
from cococat.local import processes
from cococat.local.banner import banner
from cococat.local.kept import KeptState
from cococat.local.serving import (
    add_parent,
    check_scenes,
    deployed,
    until_stopped,
    wait_while,
)
from cococat.local.stack import LocalAws
from cococat.local.steps import StepFailed, step

PORT = 4566
ENDING = "Ctrl-C stops it; what is connected is there again at the next start."


def main() -> int:
    """Run until Ctrl-C; return the exit code: 0 stopped by hand, 1 could not start."""
    options = _options()
    scenes = Path(options.scenes).resolve()
    return until_stopped(lambda: _run(Path.cwd(), scenes, options.port), options.parent)


def _run(project: Path, scenes: Path, port: int) -> None:
    check_scenes(scenes)
    with processes.alone(project / LOCAL_FILE.parent):
        _serve(project, scenes, port)


def _serve(project: Path, scenes: Path, port: int) -> None:
    started = time.monotonic()
    print("CocoCat Channels, on this machine:", flush=True)
    folder = project / LOCAL_FILE.parent
    kept = KeptState(folder, port)
    kept.open()
    aws = LocalAws(project, folder, port, state=kept.working)
    is_ready = False
    try:
        with step("start the local AWS"):
            aws.start()
        with _explained(kept), deployed(project, scenes, aws) as made:
            is_ready = True
            print(banner(made, aws, time.monotonic() - started, ending=ENDING), flush=True)
            wait_while(lambda: aws.running)
    finally:
        aws.stop()
        kept.close(keep=is_ready)
    message = f"the local AWS has ended by itself; see {aws.log}."
    raise StepFailed(message)


@contextmanager
def _explained(kept: KeptState) -> Iterator[None]:
    """Say what to do where a start that failed was built on what an earlier run has kept."""
    try:
        yield
    except StepFailed as failed:
        if not kept.is_there:
            raise
        message = f"{failed} To start with nothing of the last run, remove {kept}."
        raise StepFailed(message) from failed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description="Run it all on this machine.")
    parser.add_argument("--scenes", default="scenes", metavar="DIR", help="the scenes to publish")
    parser.add_argument("--port", type=port_number, default=PORT, help=f"the stack's port ({PORT})")
    add_parent(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
