import pytest

from cococat.core.channel_status import LastError, Status
from cococat.core.clock import time_of_day
from cococat.simulators.telegram_bot import ApiRefusal
from tests.support.sidecar import telegram
from tests.support.telegram import Stage

WEBHOOK = ApiRefusal(409, "Conflict: can't use getUpdates method while webhook is active; …")
RATE_LIMITED = ApiRefusal(429, "Too Many Requests: retry after 5", {"retry_after": 5})


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


def status(stage: Stage) -> tuple[Status, LastError | None]:
    """Return what is told of the channel."""
    seen = stage.cloud.observations.seen[telegram("shop-1")]
    return seen.status, seen.last_error


class TestAWebhook:
    """Another program has set one; we want it gone, and ask for that with patience."""

    def test_a_deletion_that_has_to_wait_is_waited_for(self, stage: Stage) -> None:
        """As long as Telegram asks for, and the status says so."""
        bot = stage.telegram.bots[stage.want()]
        bot.refusals["getupdates"] = [WEBHOOK] * 100
        bot.refusals["deletewebhook"] = [RATE_LIMITED] * 100
        stage.replica()
        stage.clock.advance(31)
        told, error = status(stage)

        assert 5 <= bot.calls.count("deletewebhook") <= 8
        assert (told, error and error.code) == (Status.RECONNECTING, "rate_limited")

    def test_one_that_can_not_be_deleted_is_told(self, stage: Stage) -> None:
        """With what to do and when it is tried again; the pauses grow."""
        bot = stage.telegram.bots[stage.want()]
        bot.refusals["getupdates"] = [WEBHOOK] * 100
        bot.refusals["deletewebhook"] = [ApiRefusal(403, "Forbidden")] * 100
        stage.replica()
        stage.clock.advance(120)
        told, error = status(stage)

        assert 3 <= bot.calls.count("deletewebhook") <= 9
        assert told is Status.ERROR
        assert error is not None
        assert "does not let us delete it (error 403)" in error.message
        assert error.message.endswith(" UTC.")

    def test_one_that_comes_back_is_not_fought(self, stage: Stage) -> None:
        """It is deleted again and again, ever more slowly."""
        bot = stage.telegram.bots[stage.want()]
        bot.refusals["getupdates"] = [WEBHOOK] * 100
        stage.replica()
        stage.clock.advance(120)
        told, error = status(stage)

        assert 3 <= bot.calls.count("deletewebhook") <= 9
        assert told is Status.ERROR
        assert error is not None
        assert error.message.startswith("Another program sets a webhook for this bot")

    def test_a_token_that_is_refused_meanwhile_is_told(self, stage: Stage) -> None:
        """Whatever call learns of it."""
        bot = stage.telegram.bots[stage.want()]
        bot.refusals["getupdates"] = [WEBHOOK]
        bot.refusals["deletewebhook"] = [ApiRefusal(401, "Unauthorized")]
        stage.replica()
        stage.clock.advance(10)

        assert status(stage)[0] is Status.AUTH_ERROR


class TestWaiting:
    """A wait with a known end is none that hangs."""

    @pytest.mark.parametrize("seconds", [60, 600])
    def test_a_long_wait_is_no_silence(self, stage: Stage, seconds: int) -> None:
        """It is waited to its end by the same listener; the status says until when."""
        bot = stage.telegram.bots[stage.want()]
        limit = ApiRefusal(429, "Too Many Requests", {"retry_after": seconds})
        bot.refusals["getupdates"] = [limit]
        began = stage.clock.now()
        stage.replica()
        stage.clock.advance(seconds - 1)
        told, error = status(stage)
        assert (told, error and error.code) == (Status.RECONNECTING, "rate_limited")
        assert error is not None
        assert time_of_day(began + seconds) in error.message
        stage.clock.advance(5)

        assert bot.calls.count("getme") == 1
        assert status(stage)[0] is Status.CONNECTED

    def test_a_mailbox_that_is_down_for_long_is_told(self, stage: Stage) -> None:
        """By the same listener, which waits for it a minute at a time."""
        bot = stage.telegram.bots[stage.want()]
        stage.inbox.fails = 10
        stage.telegram.write(bot.token, 7, "hello")
        stage.replica()
        stage.clock.advance(120)
        told, error = status(stage)
        assert (told, error and error.code) == (Status.ERROR, "mailbox")
        stage.clock.advance(300)

        assert bot.calls.count("getme") == 1
        assert stage.said() == ["hello"]
        assert status(stage) == (Status.CONNECTED, None)
