from collections import defaultdict
from itertools import chain
from typing import Any

import pytest

from cococat.core.channel_status import Status
from cococat.core.session import SECONDS
from cococat.core.telegram_update import KINDS
from cococat.simulators.telegram_bot import ApiRefusal
from tests.support.sidecar import telegram
from tests.support.telegram import Stage, token


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


class TestTheOffset:
    """Telegram forgets an update only once the mailbox has it."""

    def test_messages_reach_the_mailbox_in_order(self, stage: Stage) -> None:
        """Also those that came while nobody listened."""
        bot = stage.want()
        stage.telegram.write(bot, 7, "one")
        stage.replica()
        stage.clock.advance(2)
        for text in ("two", "three"):
            stage.telegram.write(bot, 7, text)
        stage.clock.advance(2)

        assert [each.content for each in stage.inbox.got] == ["one", "two", "three"]
        assert stage.inbox.got[0].external_user == stage.inbox.got[0].conversation_id == "7"

    def test_nothing_is_confirmed_before_the_mailbox_has_it(self, stage: Stage) -> None:
        """While the mailbox is down, the updates wait at Telegram, and then come once each."""
        bot = stage.want()
        stage.inbox.fails = 4
        stage.telegram.write(bot, 7, "one")
        stage.telegram.write(bot, 7, "two")
        stage.replica()
        stage.clock.advance(3)
        assert (stage.inbox.got, stage.telegram.bots[bot].confirmed) == ([], 0)
        seen = stage.cloud.observations.seen[telegram("shop-1")]
        assert (seen.status, seen.last_error and seen.last_error.code) == (Status.ERROR, "mailbox")
        stage.clock.advance(40)

        assert stage.cloud.observations.seen[telegram("shop-1")].status is Status.CONNECTED
        assert [each.content for each in stage.inbox.got] == ["one", "two"]
        assert stage.telegram.bots[bot].confirmed == 2

    def test_a_poison_update_does_not_stop_the_queue(self, stage: Stage) -> None:
        """What can't be read is left aside and confirmed, whatever it is."""
        bot = stage.want()
        simulated = stage.telegram.bots[bot]
        poisons: list[dict[str, Any]] = [
            {"message": []},
            {"message": {"text": 5, "chat": None}},
            {"message": {"message_id": 1, "date": "x", "chat": {"id": "y", "type": 1}}},
            {"callback_query": {"id": 1, "data": 2, "message": {"chat": {"id": 7}}}},
            {"unheard_of": {"new": True}},
        ]
        for poison in poisons:
            simulated.deliver(poison, stage.clock.now())
        stage.telegram.write(bot, 7, "after")
        stage.replica()
        stage.clock.advance(2)

        assert stage.said() == ["after"]
        assert simulated.confirmed == 6
        aside = [name for name, _ in stage.counters.counted if name == "UpdateLeftAside"]
        assert len(aside) == 4

    def test_a_stopped_replica_keeps_what_it_has_done(self, stage: Stage) -> None:
        """It ends between two messages, and the next one goes on from there."""
        bot = stage.want()
        stage.inbox.takes = 0.3
        for number in range(40):
            stage.telegram.write(bot, 7, str(number))
        first = stage.replica("a")
        stage.clock.advance(3)
        first.stop()
        stage.clock.advance(1)
        assert first.task.done
        stage.replica("b")
        stage.clock.advance(30)

        assert [each.content for each in stage.inbox.got] == [str(n) for n in range(40)]

    def test_an_old_offset_is_not_used(self, stage: Stage) -> None:
        """After a week the ids may begin anew, lower: an old offset would confirm them unread."""
        bot = stage.want()
        stage.telegram.write(bot, 7, "before")
        first = stage.replica("a")
        stage.clock.advance(2)
        first.stop()
        stage.clock.advance(8 * 24 * 3600)
        stage.telegram.bots[bot]._next_update = 5
        stage.telegram.write(bot, 7, "after")
        stage.replica("b")
        stage.clock.advance(3)

        assert stage.said() == ["before", "after"]


class TestErrors:
    """What Telegram says instead of updates."""

    def status(self, stage: Stage) -> tuple[Status, str]:
        """Return what is told of the channel."""
        seen = stage.cloud.observations.seen[telegram("shop-1")]
        return seen.status, seen.last_error.code if seen.last_error else ""

    @pytest.mark.parametrize("code", [401, 404])
    def test_a_refused_token_is_told(self, stage: Stage, code: int) -> None:
        """And Telegram is not asked again and again."""
        bot = stage.telegram.bots[stage.want()]
        bot.refusals["getupdates"] = [ApiRefusal(code, "Unauthorized")]
        stage.replica()
        stage.clock.advance(60)

        assert self.status(stage) == (Status.AUTH_ERROR, f"telegram_{code}")
        assert bot.calls == ["getme", "getupdates"]

    def test_a_webhook_is_deleted_and_its_updates_are_kept(self, stage: Stage) -> None:
        """Somebody had used the bot in another way."""
        bot = stage.want()
        stage.telegram.bots[bot].webhook = "https://example.org/"
        stage.telegram.write(bot, 7, "hello")
        stage.replica()
        stage.clock.advance(3)

        assert stage.said() == ["hello"]
        assert self.status(stage) == (Status.CONNECTED, "")

    def test_another_poller_is_told_and_not_fought(self, stage: Stage) -> None:
        """It is named in the status; the pauses grow."""
        bot = stage.telegram.bots[stage.want()]
        conflict = ApiRefusal(409, "Conflict: terminated by other getUpdates request; …")
        bot.refusals["getupdates"] = [conflict] * 8
        stage.replica()
        stage.clock.advance(60)
        assert self.status(stage) == (Status.ERROR, "conflict")
        assert 3 <= bot.calls.count("getupdates") <= 6
        stage.clock.advance(600)

        assert self.status(stage) == (Status.CONNECTED, "")

    def test_a_wait_is_waited(self, stage: Stage) -> None:
        """429 names the seconds."""
        bot = stage.telegram.bots[stage.want()]
        bot.refusals["getupdates"] = [ApiRefusal(429, "Too Many Requests", {"retry_after": 9})]
        stage.telegram.write(bot.token, 7, "hello")
        stage.replica()
        stage.clock.advance(8)
        assert stage.said() == []
        stage.clock.advance(3)

        assert stage.said() == ["hello"]

    def test_a_gateways_html_is_no_end(self, stage: Stage) -> None:
        """Nor are errors of the server; the token is not blamed."""
        bot = stage.telegram.bots[stage.want()]
        stage.telegram.broken = 2
        bot.refusals["getupdates"] = [ApiRefusal(500, "Internal Server Error")]
        stage.telegram.write(bot.token, 7, "hello")
        stage.replica()
        stage.clock.advance(1)
        assert self.status(stage) == (Status.RECONNECTING, "platform_unreachable")
        stage.clock.advance(20)

        assert stage.said() == ["hello"]
        assert self.status(stage) == (Status.CONNECTED, "")

    def test_what_is_wanted_is_named_once(self, stage: Stage) -> None:
        """It holds for the polls that follow; after a fault, somebody may have changed it."""
        bot = stage.telegram.bots[stage.want()]
        stage.replica()
        stage.clock.advance(3)
        assert bot.wants == list(KINDS)
        bot.wants = []
        stage.clock.advance(60)
        assert bot.wants == []
        bot.refusals["getupdates"] = [ApiRefusal(409, "Conflict: terminated by setWebhook")]
        stage.clock.advance(60)

        assert bot.wants == list(KINDS)

    def test_a_press_that_says_nothing_is_acknowledged_too(self, stage: Stage) -> None:
        """A game's button has no value, and turns like any other."""
        bot = stage.telegram.bots[stage.want()]
        pressed = {"id": "78", "from": {"id": 7, "is_bot": False}, "game_short_name": "chess"}
        bot.deliver({"callback_query": pressed}, stage.clock.now())
        stage.replica()
        stage.clock.advance(3)

        assert stage.said() == []
        assert bot.calls.count("answercallbackquery") == 1

    def test_a_pressed_button_is_acknowledged(self, stage: Stage) -> None:
        """Also where Telegram says that it is too late for that."""
        bot = stage.telegram.bots[stage.want()]
        pressed = {
            "id": "77",
            "from": {"id": 7, "is_bot": False},
            "message": stage.telegram.message(bot, 7),
            "data": "yes",
        }
        bot.refusals["answercallbackquery"] = [ApiRefusal(400, "Bad Request: query is too old")]
        for _ in range(2):
            bot.deliver({"callback_query": pressed}, stage.clock.now())
        stage.replica()
        stage.clock.advance(3)

        assert stage.said() == ["yes"]
        assert bot.calls.count("answercallbackquery") == 2


class TestReplicas:
    """Replicas die, and nothing is lost."""

    @pytest.mark.parametrize("moment", [0.5, 1.7, 3.4])
    def test_a_standby_goes_on_when_the_poller_is_killed(self, stage: Stage, moment: float) -> None:
        """500 messages in flight: each reaches the agent once, in order in its chat, in time."""
        bot = stage.want()
        stage.inbox.takes = 0.01
        first, second = stage.replica("a"), stage.replica("b", offset=-1e6)
        stage.clock.advance(20)
        holder = first if first.keeper.held else second
        for number in range(500):
            stage.telegram.write(bot, 1 + number % 7, f"{number}")
        stage.clock.advance(moment)
        holder.kill()
        done = len(stage.inbox.got)
        stage.clock.advance(SECONDS + 1)

        assert 0 < done < 500
        assert len(stage.inbox.got) > done
        stage.clock.advance(10)
        chats = defaultdict(list)
        for each in stage.inbox.once:
            chats[each.conversation_id].append(int(each.content))
        assert sorted(chain(*chats.values())) == list(range(500))
        assert all(numbers == sorted(numbers) for numbers in chats.values())

    def test_a_late_batch_is_dropped_unread(self, stage: Stage) -> None:
        """A holder that was held up past its lease brings nothing any more."""
        bot = stage.want()
        first = stage.replica("a")
        stage.clock.advance(5)
        lease = first.keeper._attendants.popitem()[1].lease  # nobody renews it any more
        first.is_stopped = True
        stage.clock.advance(SECONDS)
        assert not lease.is_good()
        stage.telegram.write(bot, 7, "late")
        stage.clock.advance(5)
        assert stage.said() == []
        stage.replica("b")
        stage.clock.advance(SECONDS + 2)

        assert stage.said() == ["late"]
        assert len(stage.inbox.got) == 1
        assert ("BatchDropped", {"channel": "telegram"}) in stage.counters.counted

    def test_a_backlog_is_worked_off_without_loss(self, stage: Stage) -> None:
        """5,000 updates, a mailbox that fails now and then, and a kill in the middle."""
        bot = stage.want()
        for number in range(5000):
            stage.telegram.write(bot, 1 + number % 50, str(number))
        stage.inbox.takes = 0.002
        first = stage.replica("a")
        stage.clock.advance(4)
        stage.inbox.fails = 3
        stage.clock.advance(2)
        first.kill()
        assert 1000 < len(stage.inbox.got) < 4000
        stage.replica("b")
        stage.clock.advance(60)

        assert sorted(map(int, stage.said())) == list(range(5000))
        assert stage.telegram.bots[bot].confirmed == 5000

    def test_five_replicas_poll_fifty_bots(self, stage: Stage) -> None:
        """No bot is polled by two, and each message comes once."""
        for number in range(50):
            stage.want(number)
        for name in "abcde":
            stage.replica(name)
        stage.clock.advance(20)
        for number in range(50):
            stage.telegram.write(token(number), 7, f"to {number}")
        stage.clock.advance(3)

        assert sorted(stage.said()) == sorted(f"to {n}" for n in range(50))
        assert len(stage.inbox.got) == 50
