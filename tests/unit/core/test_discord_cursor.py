import pytest

from cococat.core.discord_cursor import MOST, DiscordCursor
from cococat.core.discord_pace import LASTS, MANY, WITHIN, Losses, Pace
from cococat.simulators.discord import SimulatedDiscord


class TestTheCursor:
    """Its form in the lease."""

    def test_it_holds_the_latest_channels_alone(self) -> None:
        """The lease is one item."""
        cursor = DiscordCursor({})
        ids = SimulatedDiscord(lambda: 1_800_000_000.0)
        for channel in range(MOST + 1):
            cursor.move(str(channel), ids.new_id(), "")
        stored = cursor.to_json(1_800_000_000.0)["channels"]

        assert len(stored) == MOST
        assert "0" not in stored
        assert DiscordCursor({"channels": stored}).knows(str(MOST))

    def test_an_older_message_moves_nothing(self) -> None:
        """A list may bring one that came through the gateway."""
        cursor = DiscordCursor({"channels": {"1": [str(2**62), "9"]}})
        cursor.move("1", "5", "9")

        assert cursor.to_json(0)["channels"] == {"1": [str(2**62), "9"]}

    @pytest.mark.parametrize(
        "stored",
        [{}, {"channels": []}, {"channels": {"1": "2"}}, {"channels": {"1": ["x", ""]}},
         {"channels": {"1": [2, ""]}}, {"offset": 1}],
        ids=str,
    )  # fmt: skip
    def test_another_form_is_none(self, stored: dict[str, object]) -> None:
        """It was not written by us."""
        assert DiscordCursor(stored).to_json(0) == {"channels": {}}


class TestThePace:
    """How often sessions begin."""

    def test_the_pause_doubles_until_a_session_lasts(self) -> None:
        """A thousand sessions in a day cost the bot its token."""
        pace = Pace()
        pauses = [pace.after(0) for _ in range(9)]

        assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
        assert pace.after(LASTS) == 5
        assert 24 * 3600 / (LASTS + 5) < 300

    def test_many_losses_in_a_minute_are_too_many(self) -> None:
        """A few are the platform's routine."""
        losses = Losses()

        assert [losses.are_too_many(1.0) for _ in range(MANY + 1)] == [False] * MANY + [True]
        assert not losses.are_too_many(1.1 + WITHIN)
