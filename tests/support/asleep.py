"""A queue that nobody empties for a while, in a stack on a local AWS."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

POLL = 1.2
"""Seconds after which a poll that is under way has surely ended."""


@contextmanager
def asleep(client: Callable[[str], Any], queue: str) -> Iterator[None]:
    """
    Disable the event source mapping of a queue while the body runs, and who would enable it.

    Args:
        client: makes a client of a service.
        queue: what the queue's name ends with.

    """
    lambda_, events = client("lambda"), client("events")
    mappings = lambda_.list_event_source_mappings()["EventSourceMappings"]
    uuid = next(each["UUID"] for each in mappings if each["EventSourceArn"].endswith(queue))
    rules = [each["Name"] for each in events.list_rules()["Rules"] if "Keeper" in each["Name"]]
    for rule in rules:
        events.disable_rule(Name=rule)
    lambda_.update_event_source_mapping(UUID=uuid, Enabled=False)
    time.sleep(POLL)
    try:
        yield
    finally:
        lambda_.update_event_source_mapping(UUID=uuid, Enabled=True)
        for rule in rules:
            events.enable_rule(Name=rule)
