"""Replicas of the sidecar as processes, one of which is killed."""

import time
from collections import defaultdict
from itertools import chain
from pathlib import Path

import pytest

from tests.support.sidecar_process import Bench, Sidecar, eventually, running
from tests.support.telegram import token

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.enable_socket]
BOT, MANY, CHATS = token(1), 500, 7


def test_a_standby_takes_over_from_a_killed_poller(tmp_path: Path) -> None:
    """Kill -9 with 500 messages in flight: each gets to the mailbox, in order, within 16 s."""
    with running(tmp_path) as bench:
        bench.want("shop", BOT)
        sidecars = [bench.start(), bench.start()]
        eventually(lambda: all(each.health("/readyz") == 200 for each in sidecars))
        eventually(lambda: bench.status("shop").get("status") == "connected")
        time.sleep(4)  # both have seen each other, and the lease
        for number in range(MANY):
            bench.telegram.write(BOT, 1 + number % CHATS, str(number))
        holder = _holder(bench, sidecars)
        eventually(lambda: bench.telegram.bots[BOT].confirmed > 0)
        holder.process.kill()
        killed_at = time.monotonic()
        left = len(bench.telegram.bots[BOT].waiting)
        polls = bench.telegram.bots[BOT].polls
        eventually(lambda: bench.telegram.bots[BOT].polls > polls, seconds=18)
        took = time.monotonic() - killed_at
        eventually(lambda: not bench.telegram.bots[BOT].waiting, seconds=20)
        chats = defaultdict(list)
        for each in bench.received():
            chats[each.conversation_id].append(int(each.content))

    assert 0 < left < MANY
    assert took <= 16
    assert sorted(chain(*chats.values())) == list(range(MANY))
    assert all(numbers == sorted(numbers) for numbers in chats.values())


def _holder(bench: Bench, sidecars: list[Sidecar]) -> Sidecar:
    """Return the process that holds the lease: its name has its number in it."""
    owner = bench.status("shop")["owner"]
    return next(each for each in sidecars if f"-{each.process.pid}-" in owner)
