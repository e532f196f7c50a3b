"""Work for which a platform waits a short time only."""

import threading
from collections.abc import Callable

from cococat.core.failures import log_failure

NOT_TAKEN = "系统繁忙，请稍后再试。"
"""What somebody is told whose click was not taken in time."""


def is_done(work: Callable[[], object], seconds: float) -> bool:
    """
    Do *work*, and tell whether it was done within *seconds*.

    It goes on beside the caller's thread where it takes longer: a queue that hangs takes longer to
    fail than a platform waits. Its failure is logged.
    """
    done: list[bool] = []

    def run() -> None:
        try:
            work()
            done.append(True)
        except Exception as error:  # noqa: BLE001 - the end of this thread
            log_failure("what a platform waits for was not done", error)

    thread = threading.Thread(target=run, daemon=True, name="in time")
    thread.start()
    thread.join(seconds)
    return bool(done)
