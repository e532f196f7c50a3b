"""`make run`: starts everything on this machine and stops it again on Ctrl-C."""

import argparse
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from cococat.bootstrap.operator import LOCAL_FILE
from cococat.local.banner import banner
from cococat.local.deploy import build, deploy, local_stack, put_secrets
from cococat.local.logs import LogCopier
from cococat.local.stack import LocalAws
from cococat.local.steps import StepFailed, fail, step

STACK_NAME = "cococat"
PORT = 4566


def main() -> int:
    """Run until Ctrl-C; return the exit code: 0 stopped by hand, 1 could not start."""
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _run(Path.cwd(), Path(options.scenes).resolve(), options.port)
    except StepFailed as failed:
        fail(str(failed))
        return 1
    except KeyboardInterrupt:
        print("\nstopped.", flush=True)
        return 0
    return 1


def _run(project: Path, scenes: Path, port: int) -> None:
    if not scenes.is_dir():
        message = f"the scenes folder {scenes} does not exist."
        raise StepFailed(message)
    started = time.monotonic()
    print("CocoCat Channels, on this machine:", flush=True)
    aws = LocalAws(project, project / LOCAL_FILE.parent, port)
    try:
        with step("start the local AWS"):
            aws.start()
        _serve(project, scenes, aws, started)
    finally:
        aws.stop()


def _serve(project: Path, scenes: Path, aws: LocalAws, started: float) -> None:
    with step("build the bundle (quick when nothing changed)"):
        built = build(project, scenes)
    with step("deploy the stack"):
        put_secrets(local_stack(aws, STACK_NAME), scenes)
        stack = deploy(project, built, aws, STACK_NAME, {"DefaultAgentKind": "echo"})
    logs = LogCopier(aws, aws.log.parent)
    logs.start()
    stack.address.keep(project / LOCAL_FILE)
    try:
        print(banner(stack, aws, time.monotonic() - started), flush=True)
        while aws.running:
            time.sleep(0.5)
    finally:
        (project / LOCAL_FILE).unlink(missing_ok=True)
        logs.stop()
    message = f"the local AWS has ended by itself; see {aws.log}."
    raise StepFailed(message)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description="Run it all on this machine.")
    parser.add_argument("--scenes", default="scenes", metavar="DIR", help="the scenes to publish")
    parser.add_argument("--port", type=int, default=PORT, help=f"the stack's port ({PORT})")
    return parser.parse_args()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
