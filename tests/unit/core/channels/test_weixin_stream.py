import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from cococat.core import reply_address
from cococat.core.agent import Handler
from cococat.core.channel_status import Status, relevant
from cococat.core.items import update
from cococat.core.mailbox import MailboxMessage
from cococat.core.message_record import MessageRecord, load
from cococat.core.weixin_bot import RESPONSE_URL
from cococat.core.weixin_bot_answer import CUT
from cococat.core.weixin_errors import NOT_TRUSTED
from cococat.core.weixin_stream import CLOSES, LATER, PATIENCE
from cococat.simulators.weixin_bot import API_BASE, POLL_EVERY, POLLS_END
from tests.support import handlers
from tests.support.handlers import says
from tests.support.weixin import ADDRESS, BOT, Connected
from tests.support.weixin_forge import Forge


def connected(*steps: Handler, **config: Any) -> Connected:  # noqa: ANN401 - JSON
    """Return a bot that is connected."""
    return Connected(*steps, account=BOT, **config)


def delivered(**changes: Any) -> tuple[Connected, list[MailboxMessage]]:  # noqa: ANN401 - JSON
    """Deliver a message with *changes*; return the bot and what its mailbox has."""
    account = connected()
    assert account.door.handle(Forge(mode="bot").delivery(**changes)).status == 200
    return account, account.taken()


def record(account: Connected) -> MessageRecord:
    """Return the record of the one message that was taken."""
    found = load(account.backend.items, account.taken()[0].id)
    assert found is not None
    return found


def status(account: Connected) -> Status:
    """Return how the bot is."""
    seen = relevant(account.world.observations.read(ADDRESS), 1)
    assert seen is not None
    return seen.status


class TestStreams:
    """How an answer gets to the user."""

    def test_begins_at_once_and_ends_with_the_answer(self) -> None:
        """The platform asks until it is there; a second poll gets the same."""
        account = connected(says("您好 🐈"))
        bot = account.bot
        first = bot.ask(bot.text("ann", "hello"))
        assert first is not None
        assert (first["stream"]["finish"], first["stream"]["content"]) == (False, "")

        account.world.pump()
        polls = [bot.ask(bot.poll(first["stream"]["id"], "ann")) for _ in range(2)]
        assert [poll and poll["stream"] for poll in polls] == [
            {"id": first["stream"]["id"], "finish": True, "content": "您好 🐈"}
        ] * 2
        account.world.settle()
        assert (account.api.calls, account.reasons()) == ([], [])

    def test_shows_what_the_agent_has_said_so_far(self) -> None:
        """The whole text each time, whole characters only."""
        account = connected()
        first = account.bot.ask(account.bot.text("ann", "hello"))
        assert first is not None
        for said in ("Let me", "Let me see", "金" * 9000):
            item = record(account)
            update(account.backend.items, item, partial(replace, partial=said))
            poll = account.bot.ask(account.bot.poll(first["stream"]["id"], "ann"))
            assert poll is not None
            assert said.startswith(poll["stream"]["content"])
            assert len(poll["stream"]["content"]) == min(len(said), 6666)

    @pytest.mark.parametrize("stream", ["unknown", "0" * 64])
    def test_that_is_unknown_ends(self, stream: str) -> None:
        """So that the platform does not ask for ever."""
        answer = connected().bot.ask(connected().bot.poll(stream, "ann"))

        assert answer == {
            "msgtype": "stream",
            "stream": {"id": stream, "finish": True, "content": ""},
        }

    def test_of_an_agent_without_an_answer_ends(self) -> None:
        """With nothing in it."""
        account = connected(handlers.silent)
        first = account.bot.ask(account.bot.text("ann", "hello"))
        account.world.settle()

        assert first is not None
        poll = account.bot.ask(account.bot.poll(first["stream"]["id"], "ann"))
        assert poll is not None
        assert (poll["stream"]["finish"], poll["stream"]["content"]) == (True, "")

    def test_that_nobody_polls_leaves_the_answer_to_the_address(self) -> None:
        """After a while; then the stream says so."""
        account = connected(says("late"))
        message = account.bot.text("ann", "hello")
        first = account.bot.ask(message)
        began = account.clock.now()
        account.world.settle()

        assert first is not None
        assert account.clock.now() - began == pytest.approx(PATIENCE, abs=4)
        assert [each.body["content"] for each in account.api.shown] == ["late"]
        poll = account.bot.ask(account.bot.poll(first["stream"]["id"], "ann"))
        assert poll is not None
        assert (poll["stream"]["finish"], poll["stream"]["content"]) == (True, LATER)
        assert account.reasons() == []

    def test_that_takes_too_long_is_ended_before_the_platform_does(self) -> None:
        """The answer goes to the address that came with the message."""
        account = connected(says("slow"))
        account.clock.while_asleep = lambda: None
        read = account.bot.converse(account.bot.text("ann", "hello"))

        assert read == LATER
        assert CLOSES <= account.clock.now() - 1_800_000_000 < POLLS_END
        account.world.settle()
        assert [each.body["content"] for each in account.api.shown] == ["slow"]

    def test_longer_than_one_message_go_on_at_the_address(self) -> None:
        """The first part in the stream, the second one there; for more there is no way."""
        account = connected(says("金" * 6000 + "\n" + "丝" * 6000))
        first = account.bot.ask(account.bot.text("ann", "hello"))
        assert first is not None
        account.world.pump()
        poll = account.bot.ask(account.bot.poll(first["stream"]["id"], "ann"))
        account.world.settle()

        assert poll is not None
        (rest,) = account.api.shown
        whole = poll["stream"]["content"] + rest.body["content"]
        assert (whole.count("金"), whole.count("丝")) == (6000, 6000)
        assert account.reasons() == []

    def test_longer_than_two_messages_are_listed(self) -> None:
        """Nothing is dropped without a word, to the operator or to the user."""
        account = connected(says("金" * 20_000))
        account.bot.ask(account.bot.text("ann", "hello"))
        account.world.settle()

        assert account.reasons() == ["too_long"]
        (last,) = account.api.shown
        assert str(last.body["content"]).endswith(CUT)


class TestTheAddress:
    """Where one answer may be posted to."""

    def test_is_hidden_in_the_queue(self) -> None:
        """An agent that is not ours sees the reply address, and not this one."""
        _, (message,) = delivered()
        address = reply_address.peek(message.reply)

        assert "response_code" not in json.dumps(address.in_place)
        assert address.in_place.keys() == {RESPONSE_URL}

    @pytest.mark.parametrize(
        "url",
        [
            "http://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=1",
            "https://qyapi.weixin.qq.com.evil.example/cgi-bin/aibot/response?response_code=1",
            "https://qyapi.weixin.qq.com@evil.example/cgi-bin/aibot/response?response_code=1",
            "https://evil.example/cgi-bin/aibot/response?response_code=1",
            "https://qyapi.weixin.qq.com/cgi-bin/message/send?response_code=1",
            "https://qyapi.weixin.qq.com:8443/cgi-bin/aibot/response?response_code=1",
        ],
    )
    def test_of_anybody_else_is_not_called(self, url: str) -> None:
        """Scheme, host and path are exactly the platform's."""
        account = connected()
        account.door.handle(Forge(mode="bot").delivery(response_url=url))
        account.world.settle()

        assert (account.api.calls, account.reasons()) == ([], ["foreign_address"])

    def test_is_good_for_an_hour(self) -> None:
        """After that the answer is listed."""
        account = connected()
        account.bot.ask(account.bot.text("ann", "hello"))
        account.clock.advance(3600)
        account.world.settle()

        assert (account.api.calls, account.reasons()) == ([], ["window_closed"])

    @pytest.mark.parametrize(
        ("failure", "shown", "reasons"),
        [("refused", 1, []), ("lost", 1, ["unknown"]), (45009, 1, []), (40058, 0, ["bad_request"])],
    )
    def test_is_called_once(self, failure: str | int, shown: int, reasons: list[str]) -> None:
        """Again only where nothing was written, or the platform has said no for now."""
        account = connected()
        account.api.failures = [failure]
        account.bot.ask(account.bot.text("ann", "hello"))
        account.world.settle()

        assert (len(account.api.shown), account.reasons()) == (shown, reasons)

    def test_that_refuses_is_told_until_one_takes_an_answer(self) -> None:
        """What a poll had proves nothing of it, and is not noted as sent."""
        account = connected(says("pushed"), says("polled"), says("pushed again"))
        account.api.failures = [NOT_TRUSTED]
        account.bot.ask(account.bot.text("ann", "one"))
        account.world.settle()
        assert status(account) is Status.ERROR
        first = account.bot.ask(account.bot.text("ann", "two"))
        assert first is not None
        account.world.pump()
        account.bot.ask(account.bot.poll(first["stream"]["id"], "ann"))
        account.world.settle()
        assert status(account) is Status.ERROR
        account.bot.ask(account.bot.text("ann", "three"))
        account.world.settle()

        assert status(account) is Status.CONNECTED

    def test_there_is_no_other_way_to_speak_first(self) -> None:
        """A bot speaks when it is spoken to."""
        with pytest.raises(Exception, match="no_push"):
            connected().channel.send("hi", "ann")


def test_the_simulator_polls_as_often_as_it_says() -> None:
    """Once a second, for six minutes, at the address that it gives."""
    message = connected().bot.text("ann", "hello")

    assert (POLL_EVERY, POLLS_END) == (1.0, 360.0)
    assert message["response_url"].startswith(f"{API_BASE}/cgi-bin/aibot/response?response_code=")
