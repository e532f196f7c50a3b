"""Functions that are killed, and agents that fail: nothing is lost, nothing comes twice."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cococat.core.ids import ChannelAddress, message_id
from tests.e2e.bundle import Bundle, until, value
from tests.e2e.proxy import Call

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SALES = "/api/channel/sales"
ADDRESS = ChannelAddress(target_type="scene", target_id="sales", channel="web_api", name="web_api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the agent is told, and the call of a function at which its process is killed."""

    order: str = "run -"
    kill: str = ""
    at: Callable[[Call], bool] = lambda _call: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a case."""

    answer: dict[str, Any]
    runs: int
    kills: int
    dead: list[str]
    sent: bool


def _state(item_state: str) -> Callable[[Call], bool]:
    """Match the write that puts an item into *item_state*."""
    return lambda call: call.values["Item"].get("state") == {"S": item_state}


def _answered(call: Call) -> bool:
    """Match the write by which the outbox hands the answer over."""
    return "answered_at" in call.values["Item"]


CASES = {
    "heartbeat killed before the agent": Case(kill="kill-after", at=_state("claimed")),
    "heartbeat killed during the agent": Case(order="die {kill_me}"),
    "heartbeat killed with the answer in hand": Case(kill="kill-before", at=_state("replied")),
    "heartbeat killed with the answer stored": Case(kill="kill-after", at=_state("replied")),
    "outbox killed before its send": Case(kill="kill-before", at=_answered),
    "outbox killed after its send": Case(kill="kill-after", at=_answered),
    "agent raises": Case(order="raise -"),
    "agent overruns": Case(order="sleep 60"),
    "agent has no answer": Case(order="none -"),
}


def _play(bundle: Bundle, name: str, case: Case) -> Outcome:
    """Send the case's message and wait until all is done for it."""
    runs = bundle.folder / name.replace(" ", "-")
    identity = message_id(ADDRESS, None, runs.name)
    content = f"{case.order.format(kill_me=f'{bundle.proxy.url}/kill-me')} {runs}"
    with ExitStack() as stack:
        kills = 0
        if case.kill:
            fault = stack.enter_context(bundle.fault(case.kill, _of(identity, case.at)))
        caller = bundle.caller(SALES)
        caller.ask(name, content, idempotency_key=runs.name)
        until(lambda: _is_finished(bundle, identity))
        answer = value(caller.fetch(identity))
        sent = answer["reply"] is None or until(lambda: _sent(bundle, identity))
        kills = fault.hits if case.kill else 0
    return Outcome(
        answer=answer,
        runs=_lines(runs),
        kills=kills,
        dead=[letter.reason for letter in bundle.dead(identity)],
        sent=sent,
    )


def _of(identity: str, at: Callable[[Call], bool]) -> Callable[[Call], bool]:
    return lambda call: call.action == "PutItem" and identity in call.body and at(call)


def _is_finished(bundle: Bundle, identity: str) -> bool:
    record = bundle.record(identity)
    return record is not None and record.finished


def _sent(bundle: Bundle, identity: str) -> bool:
    item = bundle.stack.messages.get(identity, "part#0001")
    return item is not None and item["state"] == "sent"


def _lines(file: Path) -> int:
    return len(file.read_text("utf-8").splitlines()) if file.exists() else 0


@pytest.fixture(name="outcomes", scope="module")
def _outcomes(bundle: Bundle) -> dict[str, "Future[Outcome]"]:
    """Play all cases at once: each waits for a queue to show a message again."""
    with ThreadPoolExecutor(len(CASES)) as pool:
        return {name: pool.submit(_play, bundle, name, case) for name, case in CASES.items()}


class TestAKill:
    @pytest.mark.parametrize(
        ("name", "runs"),
        [
            ("heartbeat killed before the agent", 1),
            ("heartbeat killed with the answer in hand", 2),
            ("heartbeat killed with the answer stored", 1),
            ("outbox killed before its send", 1),
            ("outbox killed after its send", 1),
        ],
    )
    def test_the_reply_comes_once(
        self, outcomes: dict[str, "Future[Outcome]"], name: str, runs: int
    ) -> None:
        """The agent runs once, and once more only where its answer was lost with it."""
        outcome = outcomes[name].result()

        assert (f"run {runs}", False) == (outcome.answer["reply"], outcome.answer["fallback"])
        assert (runs, 1, [], True) == (outcome.runs, outcome.kills, outcome.dead, outcome.sent)

    def test_in_the_middle_of_the_agent_is_taken_up_by_one_more_run(
        self, outcomes: dict[str, "Future[Outcome]"]
    ) -> None:
        """The reply is the second run's, and comes once."""
        outcome = outcomes["heartbeat killed during the agent"].result()

        assert (
            outcome.answer["reply"],
            outcome.runs,
            outcome.dead,
            outcome.sent,
        ) == ("run 2", 2, [], True)


class TestAnAgent:
    @pytest.mark.parametrize(
        ("name", "reason"), [("agent raises", "agent_error"), ("agent overruns", "agent_timeout")]
    )
    def test_that_fails_has_one_more_try(
        self, outcomes: dict[str, "Future[Outcome]"], name: str, reason: str
    ) -> None:
        """Then the user gets the entry's fallback text, and the operator a dead letter."""
        outcome = outcomes[name].result()

        assert (outcome.answer["reply"], outcome.answer["fallback"]) == ("稍等", True)
        assert (2, [reason]) == (outcome.runs, outcome.dead)

    def test_that_has_no_answer_releases_its_caller(
        self, outcomes: dict[str, "Future[Outcome]"]
    ) -> None:
        """None is an answer of its own: there is no reply, and nothing is dead."""
        outcome = outcomes["agent has no answer"].result()

        assert (outcome.answer["reply"], outcome.runs, outcome.dead) == (None, 1, [])
