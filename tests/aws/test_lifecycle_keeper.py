"""What is published and what drifts is made true, through the handlers."""

from dataclasses import replace
from pathlib import Path

import pytest

from cococat.aws.wish_secrets import ROTATION
from cococat.bootstrap import common
from tests.support import samples
from tests.support.api import value
from tests.support.cloud import STACK
from tests.support.deployed import Deployed, publish
from tests.support.lifecycle import CACHED, WEB, WECHAT, ask, scenes

pytestmark = pytest.mark.aws


class TestFiles:
    """Scenes from files, and an operator beside them."""

    def test_a_disconnect_survives_the_next_publish(self, stack: Deployed, tmp_path: Path) -> None:
        """Until the file's own entry changes."""
        entry = {"type": "web_api", "config": WEB}
        echo = {"support": {"kind": "echo"}}
        assert publish(stack, scenes(tmp_path, echo, shop=[entry])) == {
            "Channels": "1",
            "Faults": "none",
        }
        assert ask(stack) == "hello"
        assert stack.status("web_api")["source"] == "file"
        stack.disconnect("web_api")
        stack.clock.advance(CACHED)
        publish(stack, scenes(tmp_path, echo, shop=[entry]))
        shown = stack.status("web_api")
        assert (ask(stack), shown["status"], shown["enabled"]) == (None, "disconnected", False)
        changed = entry | {"config": WEB | {"options": {"fallback_text": "x"}}}
        publish(stack, scenes(tmp_path, echo, shop=[changed]))
        stack.clock.advance(CACHED)

        assert ask(stack) == "hello"

    def test_each_entry_keeps_its_own_agent(self, stack: Deployed, tmp_path: Path) -> None:
        """Whichever other agents its scene has."""
        agents = {name: {"kind": "echo"} for name in ("alpha", "beta", "omega")}
        entries = [
            {
                "type": "web_api",
                "name": name,
                "agent": name,
                "config": WEB | {"endpoint": f"/api/channel/{name}"},
            }
            for name in ("omega", "beta")
        ]
        publish(stack, scenes(tmp_path, agents, shop={"agent": "alpha", "channels": entries}))
        for name in ("omega", "beta"):
            config = WEB | {"endpoint": f"/api/channel/new/{name}"}
            assert value(stack.connect("web_api", config, name=name))["agent"] == name

        assert value(stack.connect("wechat", WECHAT))["agent"] == "beta"

    def test_what_was_published_is_connected_by_the_keeper(
        self, stack: Deployed, tmp_path: Path
    ) -> None:
        """Before anybody has sent anything."""
        entry = {"type": "web_api", "config": WEB}
        publish(stack, scenes(tmp_path, {"support": {"kind": "echo"}}, shop=[entry]))
        assert stack.status("web_api")["status"] == "connecting"
        assert stack.keep()["channels"] == 1

        assert stack.status("web_api")["status"] == "connected"
        assert stack.keep()["channels"] == 0


class TestTheKeeper:
    """Each minute it makes true what is wanted and is not."""

    def test_has_nothing_to_do_where_all_is_well(self, stack: Deployed) -> None:
        """And tells so."""
        stack.connect("web_api", WEB)
        stack.connect("wechat", WECHAT)

        assert stack.keep() == {"channels": 0, "secrets": 0, "mailboxes": 0, "dead letters": 0}

    def test_mends_what_somebody_took_away(self, stack: Deployed) -> None:
        """A mapping, a dead-letter queue and a mapping that is on, each of another agent."""
        for target in ("shop", "bank", "zoo"):
            stack.connect("wechat", WECHAT, target_id=target)
        cloud = stack.cloud
        mappings = cloud.lambda_.list_event_source_mappings()["EventSourceMappings"]
        uuids = {each["EventSourceArn"].rpartition("-")[2]: each["UUID"] for each in mappings}
        cloud.lambda_.delete_event_source_mapping(UUID=uuids["shop.fifo"])
        cloud.lambda_.update_event_source_mapping(UUID=uuids["zoo.fifo"], Enabled=False)
        dead = f"{STACK}-mailbox-bank-dlq.fifo"
        cloud.sqs.delete_queue(QueueUrl=cloud.sqs.get_queue_url(QueueName=dead)["QueueUrl"])
        assert stack.keep()["mailboxes"] == 3

        assert dead in cloud.queues()
        mappings = cloud.lambda_.list_event_source_mappings()["EventSourceMappings"]
        assert [each["State"] for each in mappings] == ["Enabled"] * 3
        assert stack.keep()["mailboxes"] == 0

    def test_moves_what_was_killed(self, stack: Deployed) -> None:
        """From the dead-letter queues of mailboxes and outbox, once."""
        stack.connect("web_api", WEB)
        cloud = stack.cloud
        outbox = cloud.sqs.create_queue(
            QueueName=f"{STACK}-outbox-dlq.fifo", Attributes={"FifoQueue": "true"}
        )["QueueUrl"]
        mailbox = cloud.sqs.get_queue_url(QueueName=f"{STACK}-mailbox-shop-dlq.fifo")["QueueUrl"]
        for url, body in ((mailbox, samples.mailbox_message().to_json()), (outbox, "lost")):
            cloud.sqs.send_message(
                QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId="d"
            )
        assert stack.keep()["dead letters"] == 2
        letters = cloud.messages().open_letters(10)

        assert {(each.queue, each.agent, each.reason) for each in letters} == {
            ("mailbox", "shop", "killed"),
            ("outbox", "", "killed"),
        }
        assert stack.keep()["dead letters"] == 0

    def test_sweeps_secrets_that_nobody_can_want(self, stack: Deployed) -> None:
        """Once the old token is no longer good."""
        for token in ("TokenA", "TokenB", "TokenC"):
            stack.connect("wechat", WECHAT | {"token": token})
        assert (stack.keep()["secrets"], len(stack.cloud.secret_names())) == (0, 4)
        stack.clock.advance(ROTATION + 1)

        assert (stack.keep()["secrets"], len(stack.cloud.secret_names())) == (2, 2)

    def test_goes_on_where_one_task_fails(self, stack: Deployed) -> None:
        """-1 for that one, and all the others are done."""
        stack.connect("web_api", WEB)
        stack.connect("wechat", WECHAT)
        stored = stack.cloud.wishes().read(
            replace(samples.ADDRESS, channel="wechat", name="wechat")
        )
        assert stored is not None
        stack.cloud.secrets().delete(stored.secret)
        stack.restart()

        def fail(**_: object) -> None:
            raise ConnectionError

        common.sqs().meta.events.register("before-call.sqs.GetQueueUrl", fail)
        table = stack.cloud.wishes()
        stored = table.read(samples.ADDRESS)
        assert stored is not None
        table.write(replace(stored.wish, secrets=table.secrets(stored)), replacing=stored)

        assert stack.keep() == {"channels": 1, "secrets": 0, "mailboxes": -1, "dead letters": -1}
