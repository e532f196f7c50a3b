"""
`python -m sidecar`: listens where a platform does not call us.

Exit 0 stopped by a signal, 1 a token of a file's entry is refused, 2 cannot run.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from cococat.bootstrap import listening
from cococat.bootstrap.common import CLOCK, directory, environment
from cococat.bootstrap.ports import port_number
from cococat.core.errors import ConfigError
from cococat.core.scene_keeper import TICK, SceneKeeper
from cococat.core.wishes import StoredWish
from sidecar.boot import Boot
from sidecar.health import PORT, Health, HealthServer
from sidecar.listeners import LISTENERS, check_token, make_listener

OK, REFUSED, CANNOT_RUN = 0, 1, 2

DESCRIPTION = """
Listen to the channels whose platforms do not call us, one listener a token over all replicas,
as the channels table wants them; changes are followed within seconds. Its settings come from the
environment: STACK_NAME, CHANNELS_TABLE, MESSAGES_TABLE, OUTBOX_URL and AWS's own (AWS_REGION).
At the start every enabled token is checked: one that is refused is printed, and ends the process
where a file's entry has it. A platform that can't be reached holds up no other.
"""
PATIENCE = 5.0
"""Seconds after which those are listened to of whom nothing bad is known."""

log = logging.getLogger("cococat.sidecar")


def main() -> int:
    """Run until SIGTERM or Ctrl-C and return the exit code."""
    options = _options()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        environment()
        logging.getLogger("urllib3").setLevel(logging.INFO)  # its debug lines show whole URLs
        health = Health(listening.monotonic)
        with _serving(health, options.host, options.port):
            return _run(health, stop, keeps_going=options.keep_going)
    except (ConfigError, ClientError, BotoCoreError, OSError) as error:
        _say(str(error))
        return CANNOT_RUN


def _options() -> argparse.Namespace:
    made = argparse.ArgumentParser(prog="python -m sidecar", description=DESCRIPTION)
    made.add_argument(
        "--keep-going", action="store_true", help="listen with the good tokens where others are not"
    )
    made.add_argument("--host", default="127.0.0.1", help="where to tell how it is")
    made.add_argument(
        "--port",
        type=lambda text: port_number(text, least=0),
        default=PORT,
        help=f"its port, or 0 for any that is free (default: {PORT})",
    )
    return made.parse_args()


def _serving(health: Health, host: str, port: int) -> HealthServer:
    try:
        return HealthServer(health, host, port)
    except OSError as error:
        message = (
            f"it can't tell how it is at {host}:{port} ({error.strerror}); "
            "is another sidecar there? Name another --port, or --host"
        )
        raise ConfigError(message) from error


def _run(health: Health, stop: threading.Event, *, keeps_going: bool) -> int:
    boot = Boot(
        find=directory().now,
        check=check_token,
        observations=listening.observations(),
        clock=CLOCK,
        wait=stop.wait,
        all_done=listening.all_done_apart,
        say=_say,
    )

    def goes_on() -> bool:
        health.went_round()
        return not stop.is_set() and (keeps_going or not boot.faults)

    _begin(boot, stop, goes_on)
    if goes_on():
        keeper = listening.keeper(LISTENERS, make_listener)
        log.info("the sidecar starts", extra={"replica": listening.replica()})
        _listen(keeper, health, stop, goes_on)
        health.is_ready = False
        keeper.hand_over()
        log.info("the sidecar stops", extra={"replica": listening.replica()})
    if keeps_going or not boot.faults:
        return OK
    _say(f"{len(boot.faults)} to mend; --keep-going listens to the others")
    return REFUSED


def _begin(boot: Boot, stop: threading.Event, goes_on: Callable[[], bool]) -> None:
    """Begin to check, and wait until every platform was asked, or for as long as that is worth."""
    wanted = _wanted()
    until = listening.monotonic() + PATIENCE
    checking = partial(boot.run, wanted, lambda: not stop.is_set())
    threading.Thread(target=checking, name="boot", daemon=True).start()
    while not boot.has_asked_all.wait(TICK) and listening.monotonic() < until and goes_on():
        continue


def _wanted() -> list[StoredWish]:
    listed = listening.wishes().all()
    return [each for each in listed if each.wish.enabled and each.wish.address.channel in LISTENERS]


def _listen(
    keeper: SceneKeeper, health: Health, stop: threading.Event, goes_on: Callable[[], bool]
) -> None:
    while goes_on():
        keeper.tick()
        health.held, health.is_ready = keeper.held, keeper.is_ready
        stop.wait(TICK)


def _say(line: str) -> None:
    print(f"sidecar: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
