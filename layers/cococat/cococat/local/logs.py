"""The functions' logs, copied out of the local CloudWatch into files that people can read."""

import threading
from collections import Counter
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from cococat.local.stack import LocalAws

EVERY = 1.0


class LogCopier:
    """
    Appends every new line of the functions' logs to a file for each, in the background.

    Args:
        aws: where the logs are.
        folder: where the files go.

    """

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self._logs = aws.client("logs")
        self._folder = folder
        self._seen: dict[str, Counter[tuple[int, str]]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="logs")

    def start(self) -> None:
        """Begin, with empty files."""
        for old in self._folder.glob("function-*.log"):
            old.unlink()
        self._thread.start()

    def stop(self) -> None:
        """End after one last look."""
        self._stop.set()
        self._thread.join(2 * EVERY)

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                self._copy()
            except (BotoCoreError, ClientError):
                continue

    def _copy(self) -> None:
        for group in self._logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=name)
            events = Counter(
                (event["timestamp"], event["message"]) for page in pages for event in page["events"]
            )
            fresh = events - self._seen.get(name, Counter())
            self._seen[name] = events
            file = self._folder / f"function-{name.rpartition('/')[2]}.log"
            with file.open("a", encoding="utf-8") as out:
                out.writelines(f"{message.rstrip()}\n" for _, message in fresh.elements())
