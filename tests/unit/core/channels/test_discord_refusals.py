import pytest

from cococat.core.discord_errors import FAULTS
from cococat.core.discord_turns import REFUSALS, WITHIN, Turns
from cococat.core.errors import (
    DeliveryDelayed,
    DeliveryError,
    DeliveryFailed,
    DeliveryUnknown,
    OperatorNeeded,
)
from cococat.core.http_client import HttpAnswer
from cococat.core.messages import Reply
from cococat.core.platform_errors import Remedy
from tests.support.discord import TOKEN, Stage, refusal

HELLO = Reply(text="hello")
PIXEL = "iVBORw0KGgo="


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


class TestErrors:
    """What the platform refuses."""

    @pytest.mark.parametrize("code", sorted(FAULTS))
    def test_each_code_means_what_the_table_says(self, stage: Stage, code: int) -> None:
        """The status says less than the code."""
        stage.bot.failing = [refusal(400, code)]
        fault = FAULTS[code]
        kinds: dict[Remedy, type[DeliveryError]] = {
            Remedy.PERMANENT: DeliveryFailed,
            Remedy.OPERATOR: OperatorNeeded,
            Remedy.WAIT: DeliveryDelayed,
        }
        with pytest.raises(kinds[fault.remedy], match=fault.reason):
            stage.answer(HELLO)

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(400, "refused"), (403, "forbidden"), (404, "recipient_gone"), (413, "too_large")],
    )
    def test_an_unknown_code_means_what_its_status_says(
        self, stage: Stage, status: int, reason: str
    ) -> None:
        """None of them is sent again."""
        stage.bot.failing = [refusal(status, 1)]
        with pytest.raises(DeliveryFailed, match=reason):
            stage.answer(HELLO)

    def test_a_refused_token_is_the_operators(self, stage: Stage) -> None:
        """It is shown in the channel's status as a fault of its credentials."""
        del stage.discord.bots[TOKEN]
        with pytest.raises(OperatorNeeded) as caught:
            stage.answer(HELLO)

        assert (caught.value.is_credentials, caught.value.code) == (True, "token_refused")

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_platform_that_fails_may_have_sent_it(self, stage: Stage, status: int) -> None:
        """It is sent again, with the same nonce."""
        stage.bot.failing = [HttpAnswer(status=status, body=b"<html>")]
        with pytest.raises(DeliveryUnknown):
            stage.answer(HELLO)

    def test_an_archived_thread_is_opened_by_a_new_message(self, stage: Stage) -> None:
        """Nothing in it can be changed, so the answer does not end what was begun."""
        shown = stage.channel.show(stage.to_ann(), "hel", {})
        stage.direct.archived = True
        stage.answer(HELLO, shown=shown)

        assert stage.discord.said_in(stage.bot, stage.direct) == ["hel", "hello"]
        assert not stage.direct.archived

    def test_a_locked_thread_takes_nothing(self, stage: Stage) -> None:
        """No try mends that."""
        stage.direct.locked = True
        with pytest.raises(DeliveryFailed, match="not_writable"):
            stage.answer(HELLO)

    @pytest.mark.parametrize("code", [50001, 50013])
    def test_a_missing_permission_is_the_operators(self, stage: Stage, code: int) -> None:
        """Who may give it is told which; the token is good."""
        stage.bot.failing = [refusal(403, code)]
        with pytest.raises(OperatorNeeded, match="permission_missing") as caught:
            stage.answer(HELLO)

        assert "Send Messages" in caught.value.message
        assert not caught.value.is_credentials


class TestRates:
    """How fast the platform lets us send."""

    def test_the_headers_are_gone_by(self, stage: Stage) -> None:
        """A channel that is full is left alone for as long as the platform says."""
        five = stage.deliveries(Reply(text="a" * 9001))
        for delivery in five:
            assert stage.channel.turn(delivery) == 0
            stage.channel.answer(delivery)

        assert stage.channel.turn(five[0]) == 5
        stage.clock.advance(3.5)
        assert stage.channel.turn(five[0]) == 0
        started = stage.clock.now()
        stage.channel.answer(five[0])
        assert stage.clock.now() - started == pytest.approx(1.5, abs=0.01)

    def test_too_many_wait_as_long_as_the_platform_says(self, stage: Stage) -> None:
        """Its seconds have a fraction."""
        stage.bot.failing = [refusal(429, retry_after=1.25, **{"global": True})]
        with pytest.raises(DeliveryDelayed, match="rate_limited") as caught:
            stage.answer(HELLO)

        assert caught.value.retry_after == 2

    @pytest.mark.parametrize(("header", "seconds"), [({"retry-after": "40"}, 40), ({}, 300)])
    def test_a_blocked_address_waits_longer(
        self, stage: Stage, header: dict[str, str], seconds: int
    ) -> None:
        """It is not the API that answers then."""
        stage.bot.failing = [HttpAnswer(status=429, headers=header, body=b"error code: 1015")]
        with pytest.raises(DeliveryDelayed, match="address_blocked") as caught:
            stage.answer(HELLO)

        assert caught.value.retry_after == seconds

    @pytest.mark.parametrize("said_in", ["-1", "1e9", "NaN", "9" * 12])
    def test_nonsense_is_no_time(self, stage: Stage, said_in: str) -> None:
        """The table has a time of its own."""
        stage.bot.failing = [refusal(429, retry_after=said_in)]
        with pytest.raises(DeliveryDelayed) as caught:
            stage.answer(HELLO)

        assert caught.value.retry_after == 5

    @pytest.mark.parametrize(
        "limited",
        [
            refusal(429, retry_after=40, **{"global": True}),
            HttpAnswer(status=429, headers={"retry-after": "40"}, body=b"error code: 1015"),
        ],
        ids=["global", "blocked"],
    )
    def test_a_limit_of_all_holds_for_each_channel(self, stage: Stage, limited: HttpAnswer) -> None:
        """The bot's own, and that of a shut out address; typing waits, too."""
        stage.bot.failing = [limited]
        with pytest.raises(DeliveryDelayed):
            stage.answer(HELLO)
        (elsewhere,) = stage.deliveries(HELLO, asked="1")
        assert stage.channel.turn(elsewhere) == 40
        with pytest.raises(DeliveryDelayed, match="rate_limited"):
            stage.channel.show(stage.to_ann("1"), "", {})
        stage.clock.advance(40)
        stage.channel.answer(elsewhere)

        assert stage.discord.said_in(stage.bot, stage.room) == ["hello"]
        assert stage.bot.typed == []

    def test_a_channels_own_limit_holds_for_it_alone(self, stage: Stage) -> None:
        """Others are full at other times."""
        stage.bot.failing = [refusal(429, retry_after=40.5)]
        (delivery,) = stage.deliveries(HELLO)
        with pytest.raises(DeliveryDelayed):
            stage.channel.answer(delivery)
        stage.answer(HELLO, asked="1")

        assert stage.channel.turn(delivery) == 41
        assert stage.discord.said_in(stage.bot, stage.room) == ["hello"]

    @pytest.mark.parametrize(("scope", "is_counted"), [("user", True), ("shared", False)])
    def test_refusals_end_long_before_the_platform_shuts_us_out(
        self, stage: Stage, scope: str, *, is_counted: bool
    ) -> None:
        """Ten thousand in ten minutes cost the address; what others have used up does not count."""
        turns = Turns(stage.clock)
        for number in range(REFUSALS):
            assert turns.wait("any") == 0
            status = (401, 403, 429)[number % 3] if scope == "user" else 429
            body = b'{"retry_after": 0}'
            headers = {"x-ratelimit-scope": scope}
            turns.note(str(number), HttpAnswer(status=status, headers=headers, body=body))

        assert turns.wait("any") == (WITHIN if is_counted else 0)
        stage.clock.advance(WITHIN)
        assert turns.wait("any") == 0
