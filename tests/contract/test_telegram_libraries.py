"""The simulated Bot API, judged by python-telegram-bot, which was written for the real one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from telegram import Bot, InputFile, Update
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter
from telegram.ext import Application, ApplicationBuilder, MessageHandler, filters

from cococat.core.clock import SystemClock
from cococat.simulators.api_server import ApiServer
from cococat.simulators.telegram import SimulatedTelegram
from cococat.simulators.telegram_bot import SimulatedBot
from tests.support.telegram import token

pytestmark = [pytest.mark.enable_socket]


Server = ApiServer[SimulatedTelegram]


@pytest.fixture(name="timedelta", autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else it warns of its own next version


@pytest.fixture(name="server")
def _server() -> Iterator[Server]:
    with ApiServer(SimulatedTelegram(SystemClock())) as server:
        yield server


@pytest.fixture(name="bot")
def _bot(server: Server) -> SimulatedBot:
    return server.platform.bot(token())


def library(server: Server, secret: str) -> Application:  # type: ignore[type-arg]
    """Return the library, pointed at the simulator."""
    builder = ApplicationBuilder().token(secret)
    builder = builder.base_url(f"{server.url}/bot").base_file_url(f"{server.url}/file/bot")
    return builder.build()


def run(server: Server, do: Callable[[Bot], Awaitable[None]], secret: str = "") -> None:
    """Let the library do something."""

    async def work() -> None:
        async with library(server, secret or token()).bot as bot:
            await do(bot)

    asyncio.run(work())


def test_it_polls_and_answers(server: Server, bot: SimulatedBot) -> None:
    """Each update comes once, in order; the last batch is confirmed when the library stops."""
    texts = [f"{number} 你好 🐈" for number in range(150)]
    for text in texts:
        server.platform.write(bot.token, 7, text)
    seen: list[str] = []

    async def work() -> None:
        application = library(server, bot.token)
        done = asyncio.Event()

        async def hear(update: Update, _: object) -> None:
            assert update.message is not None
            seen.append(str(update.message.text))
            if len(seen) == len(texts):
                await update.message.reply_text("thanks")
                done.set()

        application.add_handler(MessageHandler(filters.TEXT, hear))
        async with application:
            await application.start()
            assert application.updater is not None
            await application.updater.start_polling(timeout=1)
            await asyncio.wait_for(done.wait(), 20)
            await application.updater.stop()
            await application.stop()

    asyncio.run(work())

    assert seen == texts
    assert server.platform.heard(bot.token, 7) == ["thanks"]
    assert (bot.waiting, bot.confirmed) == ([], len(texts))


def test_it_knows_the_errors(server: Server, bot: SimulatedBot) -> None:
    """Each refusal is the one that the library has for it."""

    async def do(api: Bot) -> None:
        with pytest.raises(BadRequest, match="too long"):
            await api.send_message(7, "x" * 4097)
        with pytest.raises(BadRequest, match="empty"):
            await api.send_message(7, " ")
        with pytest.raises(BadRequest, match="parse entities"):
            await api.send_message(7, "<b>x", parse_mode="HTML")
        sent = await api.send_message(7, "<b>&lt;x</b>", parse_mode="HTML")
        with pytest.raises(BadRequest, match="not modified"):
            await sent.edit_text("<x")
        await sent.edit_text("y")
        bot.webhook = "https://example.org"
        with pytest.raises(Conflict):
            await api.get_updates()
        await api.delete_webhook()
        for _ in range(20):
            await api.send_message(-7, "x")
        with pytest.raises(RetryAfter):
            await api.send_message(-7, "x")

    run(server, do)

    assert server.platform.heard(bot.token, 7) == ["y"]


def test_files_go_both_ways(server: Server, bot: SimulatedBot) -> None:
    """As a form with parts, and as a download."""
    bot.files["file-1"] = b"content"

    async def do(api: Bot) -> None:
        await api.send_document(7, InputFile(b"%PDF-1.7", "a.pdf"), caption="见附件")
        file = await api.get_file("file-1")
        assert bytes(await file.download_as_bytearray()) == b"content"

    run(server, do)

    assert [(each.kind, each.text, each.content) for each in bot.sent] == [
        ("document", "见附件", b"%PDF-1.7")
    ]


def test_a_strange_token_is_refused(server: Server) -> None:
    """As the library expects it."""

    async def do(api: Bot) -> None:
        await api.get_me()

    with pytest.raises(InvalidToken):
        run(server, do, token(9))
