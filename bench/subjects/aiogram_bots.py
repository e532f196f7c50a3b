"""Bots of aiogram, each as its documentation makes one."""

import asyncio
import ssl
from functools import cache
from typing import Any

import certifi

# aiogram believes nobody but the authorities of certifi.
certifi.where = lambda: str(ssl.get_default_verify_paths().cafile)

from aiogram import Bot, Dispatcher  # noqa: E402
from aiogram.client.session.aiohttp import AiohttpSession  # noqa: E402
from aiogram.client.telegram import TelegramAPIServer  # noqa: E402

from bench.subjects import facts  # noqa: E402

LOOP = asyncio.new_event_loop()


def _made(number: int, base: str) -> Bot:
    session = AiohttpSession(api=TelegramAPIServer.from_base(base))
    return Bot(facts.token(number), session=session)


def listen(count: int, base: str) -> None:
    """Let *count* bots poll until the process is killed."""
    asyncio.run(_listen(count, base))


async def _listen(count: int, base: str) -> None:
    dispatcher = Dispatcher()
    dispatcher.message()(_take)
    bots = [_made(number, base) for number in range(count)]
    await dispatcher.start_polling(*bots, polling_timeout=25, handle_signals=False)


async def _take(*_: object) -> None:
    pass


@cache
def _bot(base: str) -> Bot:
    return _made(0, base)


def prepare(request: dict[str, Any]) -> Bot:
    """Return the bot that is to poll."""
    return _bot(request["base"])


def answer(bot: Bot) -> tuple[int, str]:
    """Poll once."""
    return 200, str(LOOP.run_until_complete(bot.get_updates(offset=1, timeout=0)))


def taken() -> list[str]:
    """Return nothing: nobody writes."""
    return []
