"""What every channel must do, on every backend."""

import json
import logging

import pytest

from cococat.core import mailbox
from cococat.core.agent import Handler
from cococat.core.messages import FALLBACK_TEXT
from tests.contract.cases import CASES
from tests.contract.stage import Stage
from tests.support import handlers
from tests.support.handlers import says


class TestTheWay:
    """From the platform to the agent and back."""

    def test_a_message_reaches_the_agent_and_its_reply_comes_back(self, stage: Stage) -> None:
        """The whole way, with text of any script."""
        platform, agent = stage.connect(says("您好 🐈"))

        platform.deliver("用户", "你好")
        stage.world.settle()

        assert (agent.seen, platform.acknowledged()) == (["你好"], [True])
        assert platform.heard("用户") == ["您好 🐈"]
        assert (stage.world.in_queues(), stage.reasons()) == (0, [])

    def test_a_redelivery_runs_the_agent_once(self, stage: Stage) -> None:
        """A message is acknowledged each time, and answered once."""
        platform, agent = stage.connect()
        for _ in range(2):
            platform.deliver("ann", "hello")
            platform.deliver("ann", "hello")
            stage.world.settle()

        assert platform.acknowledged() == [True] * 4
        assert agent.seen == platform.heard("ann") == ["hello"]

    def test_a_late_redelivery_runs_the_agent_once(self, stage: Stage) -> None:
        """The queue knows a message for five minutes, we know it for a day."""
        platform, agent = stage.connect()
        for seconds in (0, 299, 2, 3600, 7 * 3600):
            stage.world.clock.advance(seconds)
            platform.deliver("ann", "hello")
            stage.world.settle()

        assert platform.acknowledged() == [True] * 5
        assert agent.seen == platform.heard("ann") == ["hello"]

    def test_two_scenes_have_two_agents(self, stage: Stage) -> None:
        """Each scene's messages reach its own agent and no other."""
        shop, clerk = stage.connect(scene="shop")
        bank, teller = stage.connect(scene="bank")
        shop.deliver("ann", "to the shop")
        bank.deliver("ann", "to the bank")
        stage.world.settle()

        assert (clerk.seen, teller.seen) == (["to the shop"], ["to the bank"])
        assert (shop.heard("ann"), bank.heard("ann")) == (["to the shop"], ["to the bank"])

    def test_a_conversation_keeps_its_order_and_does_not_stop_others(self, stage: Stage) -> None:
        """While one conversation waits for another try, the other one goes on."""
        platform, agent = stage.connect(handlers.raises)
        for user, text in (("ann", "a1"), ("bob", "b1"), ("ann", "a2"), ("bob", "b2")):
            platform.deliver(user, text)
        stage.world.pump()

        assert agent.seen == ["a1", "b1", "b2"]
        stage.world.settle()
        assert agent.seen == ["a1", "b1", "b2", "a1", "a2"]
        assert platform.heard("ann") == ["a1", "a2"]
        assert platform.heard("bob") == ["b1", "b2"]

    def test_an_external_agent_takes_part(self, stage: Stage) -> None:
        """Whoever reads the mailbox and writes the outbox answers, in any language."""
        platform, _ = stage.connect()
        platform.deliver("ann", "hello")
        backend = stage.world.backend
        binding = backend.directory.by_address(stage.address("shop"))
        assert binding is not None
        received = backend.receive(binding.mailbox)
        assert received is not None
        answer = {
            "schema": "cococat.outbox/1",
            "reply": json.loads(received.body)["reply"],
            "content": "from outside",
        }
        backend.delete(received)
        backend.outbox.send(json.dumps(answer), group="any", deduplication="any")
        stage.world.settle()

        assert platform.heard("ann") == ["from outside"]


class TestTheMailbox:
    """What gets in, and what does not."""

    @pytest.mark.parametrize("failure", ["refused", "lost"])
    def test_a_mailbox_that_is_down_makes_the_platform_try_again(
        self, stage: Stage, failure: str
    ) -> None:
        """Nothing is acknowledged before the mailbox has it; the next delivery succeeds once."""
        platform, agent = stage.connect()
        stage.world.mailbox.failures = [failure] * stage.case.tries
        for _ in range(2):
            platform.deliver("ann", "hello")
            stage.world.settle()

        assert platform.acknowledged() == [False, True]
        assert agent.seen == platform.heard("ann") == ["hello"]

    @pytest.mark.parametrize(
        ("case", "name"),
        [
            pytest.param(case, name, id=f"{case.title}-{name}")
            for case in CASES
            for name in case.bad_requests("shop")
        ],
        indirect=["case"],
    )
    def test_nothing_is_in_the_mailbox_after_a_refusal(self, stage: Stage, name: str) -> None:
        """Each refusal has its status and the uniform body."""
        _, agent = stage.connect(scene="shop")
        stage.connect(scene="other")
        request, status = stage.case.bad_requests("shop")[name]
        response = stage.handle(request)

        assert response.status == status
        assert sorted(json.loads(response.body)["error"]) == ["code", "message"]
        assert stage.world.in_queues() == 0
        stage.world.settle()
        assert agent.seen == []


class TestTheAgent:
    """An agent that does not answer."""

    def test_one_failure_is_made_good(self, stage: Stage) -> None:
        """The second try's answer is the answer."""
        platform, agent = stage.connect(handlers.raises, says("hi"))
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert (len(agent.seen), platform.heard("ann")) == (2, ["hi"])
        assert stage.reasons() == []

    @pytest.mark.parametrize(
        ("step", "reason"),
        [
            (handlers.raises, "agent_error"),
            (handlers.overruns, "agent_timeout"),
            (handlers.killed, "killed"),
        ],
    )
    def test_two_failures_end_with_the_fallback_and_a_dead_letter(
        self, stage: Stage, step: Handler, reason: str
    ) -> None:
        """The user is told, and a person finds the message with its reason."""
        stage.world.seconds = 0.05 if step is handlers.overruns else 10
        platform, agent = stage.connect(step, step)
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert platform.heard("ann") == [FALLBACK_TEXT]
        assert len(agent.seen) == 2
        (letter,) = stage.world.letters()
        assert (letter.reason, letter.queue, letter.agent) == (reason, "mailbox", "agent-of-shop")
        assert mailbox.parse(letter.body).content == "hello"

    def test_after_a_failure_the_conversation_goes_on(self, stage: Stage) -> None:
        """A message that is given up does not hold the next one back."""
        platform, _ = stage.connect(handlers.raises, handlers.raises)
        platform.deliver("ann", "first")
        platform.deliver("ann", "second")
        stage.world.settle()

        assert platform.heard("ann") == [FALLBACK_TEXT, "second"]

    def test_no_answer_is_no_reply(self, stage: Stage) -> None:
        """An agent may keep silent; nothing is dead then."""
        platform, _ = stage.connect(handlers.silent)
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert platform.heard("ann") == []
        assert (stage.world.in_queues(), stage.reasons()) == (0, [])


class TestKills:
    """Workers that are killed on the way."""

    @pytest.mark.parametrize(
        "point",
        [
            "before get",
            "before put",
            "after put",
            "before outbox",
            "after outbox",
        ],
    )
    def test_a_killed_heartbeat_costs_no_reply(self, stage: Stage, point: str) -> None:
        """The next run goes on, and the reply comes once."""
        platform, _ = stage.connect()
        stage.world.heartbeat_fuse.blow_at(point)
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert platform.heard("ann") == ["hello"]
        assert (stage.world.in_queues(), stage.reasons()) == (0, [])

    def test_a_heartbeat_killed_during_the_agent_asks_it_once_more(self, stage: Stage) -> None:
        """The agent runs once more for the one run that was killed."""
        platform, agent = stage.connect(handlers.killed)
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert (len(agent.seen), platform.heard("ann")) == (2, ["hello"])
        assert stage.reasons() == []

    @pytest.mark.parametrize("point", ["before get", "before put"])
    def test_an_outbox_killed_before_its_claim_costs_nothing(
        self, stage: Stage, point: str
    ) -> None:
        """Nothing was sent, so it is simply sent."""
        platform, agent = stage.connect()
        stage.world.outbox_fuse.blow_at(point)
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert agent.seen == platform.heard("ann") == ["hello"]
        assert stage.reasons() == []

    @pytest.mark.parametrize(("point", "sent"), [("before send", 0), ("after send", 1)])
    def test_an_outbox_killed_around_its_send_never_sends_twice(
        self, stage: Stage, point: str, sent: int
    ) -> None:
        """The reply comes once, or is listed as unknown where a repeat would be seen."""
        platform, agent = stage.connect()
        stage.world.outbox_fuse.blow_at(point)
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert agent.seen == ["hello"]
        once = stage.case.resend_safe or stage.case.in_place
        assert len(platform.heard("ann")) == (1 if once else sent)
        assert stage.reasons() == ([] if stage.case.resend_safe else ["unknown"])
        assert stage.world.in_queues() == 0


class TestDeadLetters:
    """What can't be delivered."""

    def test_a_reply_whose_channel_is_gone_is_listed(self, stage: Stage) -> None:
        """The answer to a disconnected channel lands with the dead letters."""
        platform, agent = stage.connect()
        platform.deliver("ann", "hello")
        stage.world.backend.disconnect_all()
        stage.world.settle()

        assert agent.seen == ["hello"]
        assert stage.reasons() == ["channel_gone"]

    @pytest.mark.parametrize("queue", ["mailbox", "outbox"])
    def test_what_is_not_of_our_form_is_listed(self, stage: Stage, queue: str) -> None:
        """Foreign messages do not block a queue."""
        backend = stage.world.backend
        platform, agent = stage.connect()
        binding = backend.directory.by_address(stage.address("shop"))
        assert binding is not None
        url = binding.mailbox if queue == "mailbox" else backend.outbox_url
        backend.mailbox.send(url, "{}", group="g", deduplication="d")
        platform.deliver("ann", "hello")
        stage.world.settle()

        assert agent.seen == platform.heard("ann") == ["hello"]
        assert stage.reasons() == ["malformed"]


def test_no_log_line_holds_what_anybody_said(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither texts nor users nor keys are logged, whatever goes wrong."""
    caplog.set_level(logging.DEBUG, logger="cococat")
    platform, _ = stage.connect(handlers.raises, handlers.raises, says("canary-reply"))
    stage.world.mailbox.failures = ["refused"]
    for text in ("canary-one", "canary-two", "canary-one"):
        platform.deliver("canary-user", text)
        stage.world.settle()
    for request, _ in stage.case.bad_requests("shop").values():
        stage.handle(request)

    logged = repr([vars(record) for record in caplog.records])
    assert caplog.records
    assert "canary" not in logged
    assert not [value for value in stage.case.secrets("shop").values() if value in logged]
