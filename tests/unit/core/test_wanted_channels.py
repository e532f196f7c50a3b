import pytest

from cococat.core.wanted_channels import key_of
from tests.support import samples
from tests.support.discord import ADDRESS, TOKEN
from tests.support.sidecar import telegram


def discord(token: str) -> str:
    """Return the key of a Discord channel with *token*."""
    return key_of(samples.binding(ADDRESS, config={"bot_token": token}))


class TestTheKey:
    """Under which the lease and the cursor lie."""

    def test_a_bot_of_discord_keeps_it_when_its_token_is_reset(self) -> None:
        """To reset it is what we tell operators to do; nothing that was written gets lost then."""
        again = TOKEN.split(".", maxsplit=1)[0] + ".GnEwEr." + "x" * 38

        assert discord(TOKEN) == discord(f"Bot {TOKEN} ") == discord(again)
        assert discord("MTIzNDU2Nzg5MDEyMzQ1Njc5.GaBcDe.abc") != discord(TOKEN)

    @pytest.mark.parametrize("token", ["x.y.z", "abc", "é.y", "", "bm8gaWQ.a.b", "MTIz MTIz.a"])
    def test_a_token_of_another_form_has_its_own(self, token: str) -> None:
        """It names no bot."""
        assert discord(token) != discord(token + "1")

    def test_elsewhere_the_token_is_what_counts(self) -> None:
        """As a whole."""
        keys = {
            key_of(samples.binding(telegram("shop"), config={"bot_token": token}))
            for token in ("100001:a", "100001:b", TOKEN, TOKEN + "x")
        }

        assert len(keys) == 4
