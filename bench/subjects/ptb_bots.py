"""Bots of python-telegram-bot."""

import asyncio
from functools import cache
from typing import Any

from telegram import Bot
from telegram.ext import Application, ApplicationBuilder, MessageHandler, filters

from bench.subjects import facts

LOOP = asyncio.new_event_loop()


def listen(count: int, base: str) -> None:
    """Let *count* bots poll until the process is killed."""
    asyncio.run(_listen(count, base))


async def _listen(count: int, base: str) -> None:
    for number in range(count):
        builder = ApplicationBuilder().token(facts.token(number)).base_url(f"{base}/bot")
        application: Application[Any, Any, Any, Any, Any, Any] = builder.build()
        application.add_handler(MessageHandler(filters.ALL, _take))
        await application.initialize()
        await application.start()
        assert application.updater is not None  # noqa: S101 - the builder has made it
        await application.updater.start_polling(timeout=25)
    await asyncio.Event().wait()


async def _take(*_: object) -> None:
    pass


@cache
def _bot(base: str) -> Bot:
    bot = Bot(facts.token(0), base_url=f"{base}/bot")
    LOOP.run_until_complete(bot.initialize())
    return bot


def prepare(request: dict[str, Any]) -> Bot:
    """Return the bot that is to poll."""
    return _bot(request["base"])


def answer(bot: Bot) -> tuple[int, str]:
    """Poll once."""
    return 200, str(list(LOOP.run_until_complete(bot.get_updates(offset=1, timeout=0))))


def taken() -> list[str]:
    """Return nothing: nobody writes."""
    return []
