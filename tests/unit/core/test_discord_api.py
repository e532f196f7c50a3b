from typing import Any

import pytest

from cococat.core.discord_errors import INTENT_MISSING, TOKEN_REFUSED
from cococat.core.errors import (
    AttachmentRefused,
    CredentialsRefused,
    PlatformUnreachable,
)
from cococat.core.http_client import HttpAnswer, HttpRequest
from cococat.core.messages import Reply
from cococat.simulators import discord_cdn
from cococat.simulators.discord_rest import said
from tests.support.discord import ANN, TOKEN, Scripted, Stage

HELLO = Reply(text="hello")
PIXEL = "iVBORw0KGgo="


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


class TestCredentials:
    """Whether the token is good."""

    def test_a_good_token_is_taken(self, stage: Stage) -> None:
        """And its bot may read messages; connected it is once a sidecar listens."""
        assert stage.channel.check_credentials() is False

    def test_a_bad_token_is_refused(self, stage: Stage) -> None:
        """With what to do."""
        del stage.discord.bots[TOKEN]
        with pytest.raises(CredentialsRefused) as caught:
            stage.channel.check_credentials()

        assert (caught.value.code, caught.value.message) == ("token_refused", TOKEN_REFUSED.advice)

    def test_a_missing_intent_is_refused(self, stage: Stage) -> None:
        """Without it the bot would not hear what people say."""
        stage.bot.may_read = False
        with pytest.raises(CredentialsRefused) as caught:
            stage.channel.check_credentials()

        assert (caught.value.code, caught.value.message) == (
            "intent_missing",
            INTENT_MISSING.advice,
        )

    @pytest.mark.parametrize("flag", [18, 19])
    def test_either_flag_is_enough(self, flag: int) -> None:
        """One is for bots in many servers; one that is in none is told so."""
        me = {"flags": 1 << flag, "approximate_guild_count": 0}
        stage = Stage()
        may_enter = stage.channel.api.call("GET", "/gateway/bot")
        http = Scripted(said(200, {"id": "1"}), said(200, me), may_enter)

        assert Stage(http).channel.api.check() == (
            "The bot is in no server yet; invite it to one.",
        )

    def test_a_bot_that_needs_several_connections_is_told_so(self, stage: Stage) -> None:
        """Before Discord refuses the one that there is."""
        stage.bot.shards = 2
        (warning,) = stage.channel.api.check()

        assert warning.startswith("Discord recommends 2 connections (shards)")

    @pytest.mark.parametrize(
        "answer",
        [
            said(500, {}),
            said(200, []),
            HttpAnswer(status=200, body=b"<html>"),
            said(200, {"id": 7}),
        ],
        ids=["fails", "list", "html", "number"],
    )
    def test_a_platform_in_trouble_says_nothing_of_the_token(self, answer: HttpAnswer) -> None:
        """It is asked again."""
        with pytest.raises(PlatformUnreachable):
            Stage(Scripted(answer)).channel.check_credentials()


class TestAttachments:
    """Files that came with messages."""

    def attached(self, stage: Stage, **more: Any) -> str:  # noqa: ANN401 - JSON
        """Let Ann send a picture; return its ref."""
        file = discord_cdn.upload(stage.discord, "cat.png", b"a cat", "image/png") | more
        message = stage.discord.write(stage.bot, stage.direct, ANN, "", attachments=[file])
        return f"{stage.direct.id}/{message['id']}/{file['id']}"

    def test_the_message_is_read_again_for_a_fresh_address(self, stage: Stage) -> None:
        """The one that came with the message has ended long ago."""
        ref = self.attached(stage)
        came_with_it = stage.direct.messages[-1]["attachments"][0]["url"]
        stage.clock.advance(discord_cdn.GOOD_FOR + 1)
        fetched = stage.channel.fetch(ref)

        ended = stage.discord.send(HttpRequest(method="GET", url=came_with_it), 1)
        assert ended.status == 404
        assert (b"".join(fetched.pieces), fetched.content_type) == (b"a cat", "image/png")

    @pytest.mark.parametrize(
        "url",
        [
            "https://169.254.169.254/attachments/cat",
            "http://cdn.discordapp.com/attachments/cat",
            "https://cdn.discordapp.com@evil.example/attachments/cat",
            "https://cdn.discordapp.com:444/attachments/cat",
        ],
    )
    def test_no_other_host_is_asked(self, stage: Stage, url: str) -> None:
        """Whatever a message says."""
        with pytest.raises(AttachmentRefused, match="address_refused"):
            stage.channel.fetch(self.attached(stage, id="5", url=url))

    def test_what_is_gone_is_gone(self, stage: Stage) -> None:
        """The message, the file in it, its bytes, or a ref that is none."""
        ref = self.attached(stage)
        with pytest.raises(AttachmentRefused, match="gone"):
            stage.channel.fetch(ref[:-1])
        stage.discord.files.clear()
        with pytest.raises(AttachmentRefused, match="gone"):
            stage.channel.fetch(ref)
        stage.direct.messages.clear()
        with pytest.raises(AttachmentRefused, match="gone"):
            stage.channel.fetch(ref)
        with pytest.raises(AttachmentRefused, match="ref_refused"):
            stage.channel.fetch("../../users/@me")
