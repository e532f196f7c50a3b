"""`make run`: starts everything on this machine and stops it again on Ctrl-C."""

import argparse
import sys
import time
from pathlib import Path

from cococat.bootstrap.operator import LOCAL_FILE
from cococat.local import processes
from cococat.local.banner import banner
from cococat.local.serving import (
    check_scenes,
    deployed,
    port_number,
    until_stopped,
    wait_while,
)
from cococat.local.stack import LocalAws
from cococat.local.steps import StepFailed, step

PORT = 4566


def main() -> int:
    """Run until Ctrl-C; return the exit code: 0 stopped by hand, 1 could not start."""
    options = _options()
    return until_stopped(lambda: _run(Path.cwd(), Path(options.scenes).resolve(), options.port))


def _run(project: Path, scenes: Path, port: int) -> None:
    check_scenes(scenes)
    with processes.alone(project / LOCAL_FILE.parent):
        _serve(project, scenes, port)


def _serve(project: Path, scenes: Path, port: int) -> None:
    started = time.monotonic()
    print("CocoCat Channels, on this machine:", flush=True)
    aws = LocalAws(project, project / LOCAL_FILE.parent, port)
    try:
        with step("start the local AWS"):
            aws.start()
        with deployed(project, scenes, aws) as made:
            print(banner(made.stack, aws, time.monotonic() - started), flush=True)
            wait_while(lambda: aws.running)
    finally:
        aws.stop()
    message = f"the local AWS has ended by itself; see {aws.log}."
    raise StepFailed(message)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description="Run it all on this machine.")
    parser.add_argument("--scenes", default="scenes", metavar="DIR", help="the scenes to publish")
    parser.add_argument("--port", type=port_number, default=PORT, help=f"the stack's port ({PORT})")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
