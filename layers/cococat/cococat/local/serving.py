"""What all local runs do once their local AWS runs, and how they are stopped."""

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from cococat.bootstrap.operator import LOCAL_FILE, Stack
from cococat.core.errors import ConfigError
from cococat.local.deploy import build, deploy, local_stack
from cococat.local.listening import listening
from cococat.local.logs import LogCopier
from cococat.local.platforms import platforms
from cococat.local.publishing import prepare
from cococat.local.stack import HOST, LocalAws
from cococat.local.steps import StepFailed, fail, step

STACK_NAME = "cococat"
PARAMETERS = {"DefaultAgentKind": "echo", "AllowedHosts": HOST}
"""Of the template: agents may be left unnamed, and a platform may be a server of this machine."""
LOOK = 0.5
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, whoever wants it stopped, and a terminal that is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """
    The stack, and how it came to be.

    Attributes:
        stack: as an operator sees it.
        built: the folder of what was built for it.
        simulated: channel type -> the names of the accounts that are made up, where it has some.
        received_url: where it is to be seen what their people have received.
        faults: what is wrong with its scenes.
        sidecar_lacks: why its sidecar is not ready; empty where it is.

    """

    stack: Stack
    built: Path
    simulated: Mapping[str, list[str]]
    received_url: str
    faults: tuple[str, ...]
    sidecar_lacks: str


@contextmanager
def deployed(project: Path, scenes: Path, aws: LocalAws) -> Iterator[Deployed]:
    """
    Build the bundle and deploy it; while the body runs, commands find it and its logs are copied.

    Args:
        project: the project's folder.
        scenes: the scenes to publish.
        aws: where to deploy; it runs.

    Raises:
        StepFailed: the bundle is not built, or not deployed.

    """
    folder = project / LOCAL_FILE.parent / "scenes"
    with platforms() as simulated:
        with step("build the bundle (quick when nothing changed)"), _readable():
            published = prepare(local_stack(aws, STACK_NAME, simulated.addresses), scenes)
            built = build(project, published.write(folder))
        with step("deploy the stack"), _readable():
            stack = deploy(project, built, aws, STACK_NAME, PARAMETERS)
            stack = Stack(replace(stack.address, simulators=simulated.addresses))
        with step("publish the scenes"), _readable():
            # Where the files are those of the last run, the deploy has published nothing.
            faults = stack.publish(published.files)["faults"]
        with _kept(project, aws, stack), listening(project, aws, stack) as lacks:
            yield Deployed(
                stack=stack,
                built=built,
                simulated=published.simulated,
                received_url=simulated.received_url,
                faults=tuple(faults),
                sidecar_lacks=lacks,
            )


@contextmanager
def _kept(project: Path, aws: LocalAws, stack: Stack) -> Iterator[None]:
    """Let the commands find *stack* while the body runs, and copy its logs."""
    logs = LogCopier(aws, aws.log.parent)
    logs.start()
    stack.address.keep(project / LOCAL_FILE)
    try:
        yield
    finally:
        (project / LOCAL_FILE).unlink(missing_ok=True)
        logs.stop()


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what is set up wrongly into a step that can't be taken."""
    try:
        yield
    except ConfigError as error:
        raise StepFailed(f"{error}.") from error


def check_scenes(scenes: Path) -> None:
    """
    Make sure that the scenes are there.

    Raises:
        StepFailed: they are not.

    """
    if not scenes.is_dir():
        message = f"the scenes folder {scenes} does not exist."
        raise StepFailed(message)


def wait_while(*running: Callable[[], bool]) -> None:
    """Wait until one of them does not run any more."""
    while all(each() for each in running):
        time.sleep(LOOK)


def until_stopped(body: Callable[[], None], parent: int | None = None) -> int:
    """
    Run *body* until Ctrl-C; it cleans up behind itself, and nothing interrupts that.

    Args:
        body: what to run.
        parent: the process that has started this one, if the two are to end together.

    Returns:
        The exit code: 0 stopped by hand, 1 could not start or ended by itself.

    """
    try:
        for number in STOPS:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, _interrupt)
        if parent is not None:
            threading.Thread(target=_end_with, args=[parent], name="parent", daemon=True).start()
        body()
    except StepFailed as failed:
        fail(str(failed))
        return 1
    except KeyboardInterrupt:
        with suppress(OSError):  # its terminal may be gone
            print("\nstopped.", flush=True)
        return 0
    return 1


def add_parent(options: argparse.ArgumentParser) -> None:
    """Let *options* name the process for `until_stopped`."""
    options.add_argument("--parent", type=int, metavar="PID", help="end when this process has")


def _end_with(parent: int) -> None:
    """Stop this process once it is another one's child: *parent* has ended."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
