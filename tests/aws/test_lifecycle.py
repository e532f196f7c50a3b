"""Channels come and go by API, through the handlers, over everything that they wire."""

from dataclasses import replace

import pytest

from cococat.aws.wish_secrets import ROTATION
from cococat.simulators.wechat import Account
from tests.support.api import error, value
from tests.support.cloud import STACK
from tests.support.deployed import ACCOUNT, Deployed
from tests.support.lifecycle import CACHED, USER, WEB, WECHAT, ask, caller, write

pytestmark = pytest.mark.aws


class TestComingAndGoing:
    """Connect, message, disconnect, message refused."""

    def test_of_web_api(self, stack: Deployed) -> None:
        """The caller is answered while it is connected, and refused once the cache is old."""
        assert ask(stack) is None
        stack.clock.advance(CACHED)
        connected = stack.connect("web_api", WEB)
        assert (connected.status, value(connected)["status"]) == (200, "connected")
        assert ask(stack, "one") == "one"
        assert ask(stack, "two") == "two"
        shown = stack.status("web_api")
        assert (shown["status"], shown["message_count"]) == ("connected", 2)
        assert stack.disconnect("web_api").status == 200
        stack.clock.advance(CACHED)

        assert ask(stack) is None
        assert stack.cloud.secret_names() == [f"cococat/{STACK}/admin-keys"]

    def test_of_wechat(self, stack: Deployed) -> None:
        """The first message proves the account; a dead one is out of order."""
        connected = value(stack.connect("wechat", WECHAT))
        assert (connected["status"], connected["callback"]) == (
            "connecting",
            "/api/channel/wechat/shop",
        )
        platform = stack.account(connected["callback"])
        assert platform.check_url()
        assert platform.write(USER, "你好") == "你好"
        shown = stack.status("wechat")
        assert (shown["status"], shown["message_count"]) == ("connected", 1)
        assert shown["last_message_at"] is not None
        stack.disconnect("wechat")
        stack.clock.advance(CACHED)

        assert not platform.check_url()
        assert write(stack) is None

    def test_of_an_agent(self, stack: Deployed) -> None:
        """An agent has channels of its own, without a scene."""
        target = {"target_type": "agent", "target_id": "support", "name": "second"}
        connected = value(stack.connect("wechat", WECHAT, **target))
        assert connected["callback"] == "/api/channel/wechat/agents/support/second"
        platform = stack.account(connected["callback"])

        assert write(stack, "hi", platform) == "hi"
        assert stack.status("wechat", "agent/support")["message_count"] == 1
        assert f"{STACK}-mailbox-support.fifo" in stack.cloud.queues()

    def test_all_come_back_after_a_restart(self, stack: Deployed) -> None:
        """The table is the truth; no process has to remember anything."""
        stack.connect("web_api", WEB)
        stack.connect("wechat", WECHAT)
        assert (ask(stack), write(stack)) == ("hello", "hello")
        stack.restart()

        assert (ask(stack, "again"), write(stack, "again")) == ("again", "again")
        listed = value(stack.manage("GET", "/api/channels"))["channels"]
        assert [(each["channel_type"], each["status"]) for each in listed] == [
            ("web_api", "connected"),
            ("wechat", "connected"),
        ]

    def test_it_never_takes_a_mailbox_away(self, stack: Deployed) -> None:
        """What is in it is still answered, or at least not lost."""
        stack.connect("web_api", WEB)
        before = stack.cloud.queues()
        stack.disconnect("web_api")

        assert stack.cloud.queues() == before

    def test_a_new_one_is_there_within_the_cache_of_what_was_not(self, stack: Deployed) -> None:
        """A door that has looked before finds it ten seconds later."""
        assert ask(stack) is None
        stack.connect("web_api", WEB)
        stack.clock.advance(CACHED)

        assert ask(stack) == "hello"


class TestChanging:
    """A channel gets other settings."""

    def test_a_new_key_holds_within_ten_seconds(self, stack: Deployed) -> None:
        """And the old one no longer."""
        stack.connect("web_api", WEB)
        assert ask(stack) == "hello"
        stack.connect("web_api", WEB | {"api_key": "another-key-0123456789"})
        stack.clock.advance(CACHED)

        assert caller(stack).ask("ann", "hello").status == 401
        assert caller(stack, "another-key-0123456789").ask("ann", "hello").status == 202

    def test_both_tokens_are_good_while_the_console_is_changed(self, stack: Deployed) -> None:
        """For a quarter of an hour; warm doors and cold ones alike."""
        stack.connect("wechat", WECHAT)
        assert write(stack) == "hello"
        stack.connect("wechat", WECHAT | {"token": "TheNextToken"})
        stack.clock.advance(CACHED)
        old, new = stack.account(), stack.account(account=replace(ACCOUNT, token="TheNextToken"))
        assert [write(stack, "a", old), write(stack, "b", new)] == ["a", "b"]
        stack.clock.advance(ROTATION)

        assert [write(stack, "c", old), write(stack, "d", new)] == [None, "d"]

    def test_a_key_of_the_seal_is_rotated_too(self, stack: Deployed) -> None:
        """What the platform sealed with the old one is opened meanwhile."""
        keys = ["a" * 42 + "A", "b" * 42 + "A"]
        accounts = [
            Account(app_id=ACCOUNT.app_id, token=ACCOUNT.token, encoding_aes_key=key)
            for key in keys
        ]
        for key in keys:
            assert stack.connect("wechat", WECHAT | {"encoding_aes_key": key}).status == 200
        platforms = [stack.account(account=account) for account in accounts]
        assert [write(stack, "a", each) for each in platforms] == ["a", "a"]
        stack.clock.advance(ROTATION + CACHED)

        assert [write(stack, "b", each) for each in platforms] == [None, "b"]

    def test_a_moved_endpoint_answers_at_its_new_path_alone(self, stack: Deployed) -> None:
        """And the old one is free for another scene."""
        stack.connect("web_api", WEB)
        stack.connect("web_api", WEB | {"endpoint": "/api/channel/elsewhere"})
        assert ask(stack) is None
        assert caller(stack, endpoint="/api/channel/elsewhere").ask("ann", "hi").status == 202

        assert stack.connect("web_api", WEB, target_id="bank").status == 200

    def test_two_scenes_can_not_have_one_endpoint(self, stack: Deployed) -> None:
        """Nothing of the second stays, not even its secret."""
        stack.connect("web_api", WEB)
        before = stack.cloud.secret_names()
        answer = stack.connect("web_api", WEB, target_id="bank")

        assert (answer.status, error(answer)) == (409, "endpoint_taken")
        assert stack.cloud.secret_names() == before

    def test_an_etag_of_before_is_412(self, stack: Deployed) -> None:
        """Over processes and over a removal."""
        first = stack.connect("web_api", WEB)
        stack.restart()
        stack.disconnect("web_api")
        second = stack.connect("web_api", WEB)
        late = stack.connect("web_api", WEB, if_match=first.headers["etag"])

        assert (late.status, error(late)) == (412, "changed")
        assert stack.connect("web_api", WEB, if_match=second.headers["etag"]).status == 200
