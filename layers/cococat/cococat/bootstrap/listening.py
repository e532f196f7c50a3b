"""What the sidecar works with, wired: wishes, leases, the roster and the SceneKeeper."""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from cococat.aws.items_table import ItemsTable
from cococat.aws.metrics import EmbeddedGauges, EmbeddedMetrics
from cococat.aws.observations import ObservationTable
from cococat.aws.wishes import WishTable
from cococat.bootstrap.common import CLOCK, directory, dynamodb, environment, secrets
from cococat.core.attendant import Workshop
from cococat.core.errands import AT_ONCE
from cococat.core.lease import Leases
from cococat.core.listener import MakeListener
from cococat.core.probes import Probes
from cococat.core.roster import Roster
from cococat.core.scene_keeper import SceneKeeper, Sources


def monotonic() -> float:
    """Return seconds that also count while the machine sleeps, where it can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


@cache
def replica() -> str:
    """Return the name of this process, which no other has."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@cache
def wishes() -> WishTable:
    """Return what is wanted."""
    return WishTable(
        dynamodb(),
        environment().channels_table,
        channels=directory(),
        secrets=secrets(),
        stack=environment().stack,
        clock=CLOCK,
    )


@cache
def observations() -> ObservationTable:
    """Return how the channels are."""
    return ObservationTable(dynamodb(), environment().channels_table)


@cache
def _several() -> ThreadPoolExecutor:
    """Return the threads for calls that are made at once; their number stays as it is."""
    return ThreadPoolExecutor(AT_ONCE, "several")


def all_done(jobs: Sequence[Callable[[], bool]]) -> list[bool]:
    """Do *jobs*, a few at once; see `cococat.core.errands.AllDone`."""
    return list(_several().map(lambda job: job(), jobs))


def keeper(types: Container[str], make: MakeListener) -> SceneKeeper:
    """
    Return the keeper of this process.

    Args:
        types: the channel types that it listens to.
        make: makes a listener of any of them.

    """
    items = ItemsTable(dynamodb(), environment().channels_table, CLOCK)
    me = replica()
    roster = Roster(items, clock=CLOCK, monotonic=monotonic, me=me)
    sources = Sources(
        wishes=wishes(),
        find=directory().now,
        observations=observations(),
        leases=Leases(items, roster, CLOCK),
        roster=roster,
        probes=Probes(items, CLOCK),
    )
    workshop = Workshop(
        make=make,
        start=_start,
        signal=threading.Event,
        all_done=all_done,
        monotonic=monotonic,
        clock=CLOCK,
        counters=EmbeddedMetrics(),
        gauges=EmbeddedGauges(environment().stack, me),
        me=me,
    )
    return SceneKeeper(types, sources, workshop)


def all_done_apart(jobs: Sequence[Callable[[], bool]]) -> list[bool]:
    """
    Do *jobs*, a few at once, apart from all other calls; see `cococat.core.errands.AllDone`.

    Their threads end with the process, whatever they wait for.
    """
    answers = [False] * len(jobs)
    left = iter(enumerate(jobs))
    taking = threading.Lock()

    def work() -> None:
        while True:
            with taking:
                number, job = next(left, (-1, None))
            if job is None:
                return
            answers[number] = job()

    threads = [
        threading.Thread(target=work, name="boot", daemon=True)
        for _ in range(min(AT_ONCE, len(jobs)))
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return answers


def _start(name: str, job: Callable[[], None]) -> None:
    """Start a thread that ends with the process: what it does is safe to cut off."""
    threading.Thread(target=job, name=name, daemon=True).start()
