"""The sidecar as a process, with discord.py, an imitation of AWS and a simulated Discord."""

from collections.abc import Iterator

import pytest

from cococat.simulators.discord import SimulatedDiscord
from cococat.simulators.discord_server import DiscordServer
from tests.support.discord import ANN, TOKEN
from tests.support.sidecar_process import Bench, eventually, running

pytestmark = [pytest.mark.aws, pytest.mark.enable_socket]


@pytest.fixture(name="bench", scope="module")
def _bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("sidecar")) as bench:
        yield bench


@pytest.fixture(name="discord")
def _discord(bench: Bench) -> Iterator[SimulatedDiscord]:
    bench.cloud.disconnect_all()
    bench.received()
    with DiscordServer(SimulatedDiscord()) as server:
        bench.listen_to("discord", "shop", server.url, TOKEN)
        yield server.discord


def test_a_bad_token_ends_it(bench: Bench, discord: SimulatedDiscord) -> None:
    """With one line that says what to do, and does not show it."""
    sidecar = bench.start()

    assert sidecar.wait() == 1
    assert "sidecar: scene shop, channel discord/discord: Discord refuses" in sidecar.output
    assert TOKEN not in sidecar.output


def test_a_missing_intent_ends_it(bench: Bench, discord: SimulatedDiscord) -> None:
    """Before it has begun a session."""
    bot = discord.bot(TOKEN)
    bot.may_read = False
    sidecar = bench.start()

    assert sidecar.wait() == 1
    assert "Message Content Intent" in sidecar.output
    assert bot.identified == 0


def test_recommended_shards_are_a_warning_at_the_boot(
    bench: Bench, discord: SimulatedDiscord
) -> None:
    """A line for whoever deploys; it listens all the same."""
    bot = discord.bot(TOKEN)
    bot.shards = 2
    sidecar = bench.start()
    eventually(lambda: bot.sessions)

    assert "channel discord/discord: warning: Discord recommends 2 connections" in sidecar.output
    assert sidecar.stop() < 10


def test_another_process_goes_on_where_one_stopped(bench: Bench, discord: SimulatedDiscord) -> None:
    """What was written in between is read from the list; nothing of it is in a log."""
    bot = discord.bot(TOKEN)
    direct = discord.conversation(bot, ANN["id"])
    first = bench.start()
    eventually(lambda: bot.sessions)
    discord.write(bot, direct, ANN, "canary one")
    texts: list[str] = []

    def has(count: int) -> bool:
        texts.extend(each.content for each in bench.received())
        return len(texts) == count

    eventually(lambda: has(1))
    assert first.stop() < 10
    assert bot.sessions == {}
    discord.write(bot, direct, ANN, "canary two")
    second = bench.start()
    eventually(lambda: has(2))
    discord.write(bot, direct, ANN, "canary three")
    eventually(lambda: has(3))

    assert texts == ["canary one", "canary two", "canary three"]
    assert second.stop() < 10
    for each in (first, second):
        assert "canary" not in each.output
        assert TOKEN not in each.output
