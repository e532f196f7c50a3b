"""An agent that does what the message tells it, and keeps a line for each of its runs."""

import time
import urllib.request
from pathlib import Path

from cococat.core.mailbox import MailboxMessage


def answer(message: MailboxMessage) -> str | None:
    """Obey `<order> <argument> <file of runs>` and return the number of this run."""
    order, argument, runs = message.content.split(" ", 2)
    with Path(runs).open("a", encoding="utf-8") as file:
        file.write(f"{message.id}\n")
    run = len(Path(runs).read_text("utf-8").splitlines())
    if order == "open":
        found = message.open(message.attachments[0].ref)
        return f"{found.content_type} {found.name} {found.content.hex()}"
    if order == "raise":
        raise RuntimeError(message.content)
    if order == "none":
        return None
    if order == "sleep":
        time.sleep(float(argument))
    if order == "die" and run == 1:
        urllib.request.urlopen(argument)
    return f"run {run}"
