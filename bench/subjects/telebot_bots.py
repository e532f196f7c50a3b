"""Bots of pyTelegramBotAPI, a thread each."""

import threading
from functools import cache
from typing import Any

from telebot import TeleBot, apihelper

from bench.subjects import facts


def listen(count: int, base: str) -> None:
    """Let *count* bots poll until the process is killed."""
    bots = [_bot(number, base) for number in range(count)]
    for bot in bots:
        bot.message_handler(func=lambda _message: True)(lambda _message: None)
        threading.Thread(target=bot.infinity_polling, args=(20, False, 25)).start()


@cache
def _bot(number: int, base: str) -> TeleBot:
    apihelper.API_URL = base + "/bot{0}/{1}"
    return TeleBot(facts.token(number))


def prepare(request: dict[str, Any]) -> TeleBot:
    """Return the bot that is to poll."""
    apihelper.LONG_POLLING_TIMEOUT = 0  # an argument of 0 stands for this one
    return _bot(0, request["base"])


def answer(bot: TeleBot) -> tuple[int, str]:
    """Poll once."""
    return 200, str(bot.get_updates(offset=1, timeout=0, long_polling_timeout=0))


def taken() -> list[str]:
    """Return nothing: nobody writes."""
    return []
