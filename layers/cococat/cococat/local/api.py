"""`make local-api`: the same bundle with its doors in Lambda's containers, until Ctrl-C."""

import argparse
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from cococat.bootstrap.operator import LOCAL_FILE
from cococat.bootstrap.ports import port_number
from cococat.local import processes
from cococat.local.banner import banner
from cococat.local.doors import doors
from cococat.local.engine import Engine
from cococat.local.sam_api import SamApi
from cococat.local.serving import (
    STACK_NAME,
    add_parent,
    check_scenes,
    deployed,
    until_stopped,
    wait_while,
)
from cococat.local.stack import HOST, LocalAws
from cococat.local.steps import StepFailed, step

PORT = 3000
ENDING = "Ctrl-C stops it and leaves nothing behind."


def main() -> int:
    """Serve until Ctrl-C; return the exit code: 0 stopped by hand, 1 could not start."""
    options = _options()
    scenes = Path(options.scenes).resolve()
    return until_stopped(lambda: _run(Path.cwd(), scenes, options.port), options.parent)


def _run(project: Path, scenes: Path, port: int) -> None:
    if sys.platform != "linux":
        message = "`make local-api` runs on Linux only; `make run` runs here too."
        raise StepFailed(message)
    check_scenes(scenes)
    processes.check_free(HOST, port)
    folder = project / LOCAL_FILE.parent / "local-api"
    with processes.alone(project / LOCAL_FILE.parent), ExitStack() as stops:
        _start(project, scenes, folder, port, stops)


def _start(project: Path, scenes: Path, folder: Path, port: int, stops: ExitStack) -> None:
    started = time.monotonic()
    print("CocoCat Channels, in Lambda's containers:", flush=True)
    engine = Engine(project)
    stops.callback(engine.stop)
    with step("container engine (installed where missing)"):
        engine.start()
    with step("Lambda's image (quick when it is there)"):
        image = engine.lambda_image()
    host = engine.host_address()
    aws = LocalAws(project, folder, processes.free_port(host), host=host)
    stops.callback(aws.stop)
    with step("start the local AWS"):
        aws.start()
    _serve(project, scenes, SamApi(project, engine, aws, port), aws, image, started)


def _serve(
    project: Path, scenes: Path, api: SamApi, aws: LocalAws, image: str, started: float
) -> None:
    with deployed(project, scenes, aws) as made:
        try:
            with step(f"doors in {image}"):
                served = doors(made.built, aws, STACK_NAME)
                api.start(served, image)
            with step("warm them up"):
                api.warm_up(served.paths)
            seconds = time.monotonic() - started
            said = banner(made, aws, seconds, ending=ENDING, base_url=api.base_url)
            print(said, flush=True)
            wait_while(lambda: aws.running, lambda: api.running)
        finally:
            api.stop()
    message = f"the local AWS or `sam local start-api` has ended by itself; see {aws.log.parent}."
    raise StepFailed(message)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make local-api", description="Serve the bundle in Lambda's containers."
    )
    parser.add_argument("--scenes", default="scenes", metavar="DIR", help="the scenes to publish")
    parser.add_argument("--port", type=port_number, default=PORT, help=f"the doors' port ({PORT})")
    add_parent(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
