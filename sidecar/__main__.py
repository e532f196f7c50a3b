"""
`python -m sidecar`: listens where a platform does not call us.

Exit 0 stopped by a signal, 1 a token of a file's entry is refused, 2 cannot run.
"""

import argparse
import logging
import signal
import sys
import threading

from botocore.exceptions import BotoCoreError, ClientError

from cococat.bootstrap import listening
from cococat.bootstrap.common import CLOCK, directory, environment
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
environment: STACK_NAME, CHANNELS_TABLE, MESSAGES_TABLE, OUTBOX_URL and AWS's own. At the start
every enabled token is checked: one that is refused is printed, and ends the process where a
file's entry has it.
"""

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
        with HealthServer(health, options.host, options.port):
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
    made.add_argument("--port", type=int, default=PORT, help=f"its port (default: {PORT})")
    return made.parse_args()


def _run(health: Health, stop: threading.Event, *, keeps_going: bool) -> int:
    boot = Boot(
        find=directory().now,
        check=check_token,
        observations=listening.observations(),
        clock=CLOCK,
        wait=stop.wait,
        all_done=listening.all_done,
        say=_say,
    )

    def goes_on() -> bool:
        health.went_round()
        return not stop.is_set()

    faults = boot.run(_wanted(), goes_on)
    if faults and not keeps_going:
        _say(f"{faults} to mend; --keep-going listens to the others")
        return REFUSED
    keeper = listening.keeper(LISTENERS, make_listener)
    log.info("the sidecar starts", extra={"replica": listening.replica()})
    _listen(keeper, health, stop)
    health.is_ready = False
    keeper.hand_over()
    log.info("the sidecar stops", extra={"replica": listening.replica()})
    return OK


def _wanted() -> list[StoredWish]:
    listed = listening.wishes().all()
    return [each for each in listed if each.wish.enabled and each.wish.address.channel in LISTENERS]


def _listen(keeper: SceneKeeper, health: Health, stop: threading.Event) -> None:
    while not stop.is_set():
        keeper.tick()
        health.went_round()
        health.held, health.is_ready = keeper.held, keeper.is_ready
        stop.wait(TICK)


def _say(line: str) -> None:
    print(f"sidecar: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
