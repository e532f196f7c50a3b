"""
Answers of a WeCom (企业微信) bot: by its stream, or once to the address that came with a message.

Source: WeCom developer documentation, "Intelligent bot: active reply" (101138): the address is
good for one call within an hour.
"""

import json
import math

from cococat.core import message_record, weixin_body
from cococat.core.channels import Delivery, Spared
from cococat.core.clock import Clock
from cococat.core.errors import DeliveryFailed
from cococat.core.http_client import HttpClient, json_request
from cococat.core.items import Items
from cococat.core.reply_address import LIFETIME
from cococat.core.weixin_account import Vault
from cococat.core.weixin_api import SECONDS, judge
from cococat.core.weixin_body import Json
from cococat.core.weixin_bot import GROUP, RESPONSE_URL
from cococat.core.weixin_bot_card import said
from cococat.core.weixin_stream import ALL, CARD_ALONE, FIRST_PART, Streams

GOOD_FOR = 3600 - 60
CUT = "\n\n（回答过长，以下内容未能发送。）"
"""How the last message ends of an answer that is longer than a stream and the address take."""
LOOK_AGAIN = 3
"""Seconds after which it is looked again whether a poll has had the answer."""


class BotAnswers:
    """
    Brings answers to one bot's users.

    Args:
        items: the messages table.
        clock: the time.
        streams: the bot's streams.
        vault: shows hidden addresses.
        http: calls WeCom.
        api_base: where its API is.

    """

    def __init__(
        self,
        items: Items,
        clock: Clock,
        streams: Streams,
        vault: Vault,
        http: HttpClient,
        api_base: str,
    ) -> None:
        self._items = items
        self._clock = clock
        self._streams = streams
        self._vault = vault
        self._http = http
        self._prefix = f"{api_base}/cgi-bin/aibot/response?"

    def turn(self, delivery: Delivery) -> int:
        """Return the seconds for which the answer is left to the polls; 0 for none."""
        record = message_record.load(self._items, delivery.to.message_id)
        wait = 0 if record is None else self._streams.wait(record)
        return min(math.ceil(wait), LOOK_AGAIN)

    def answer(self, delivery: Delivery) -> Spared | None:
        """
        Bring one part, unless a poll has had it; see `AnswersInPlace.answer`.

        Raises:
            DeliveryFailed: there is no way for it, or no more.
            DeliveryUnknown: it may have arrived.
            PlatformUnreachable: WeCom could not be asked, or its answer got lost.

        """
        record = message_record.load(self._items, delivery.to.message_id)
        given = 0 if record is None else self._streams.take(record)
        if given == ALL or (given == FIRST_PART and delivery.number == 1):
            return Spared()
        if given == CARD_ALONE:
            beside = said(delivery.reply).text
            if not beside or delivery.number > 1:
                return Spared()
            self._post(delivery, _markdown(beside))
            return None
        # A response takes the first part, the address the next one.
        if delivery.number > given + 1:
            raise DeliveryFailed("too_long")
        is_cut = delivery.number == given + 1 < delivery.of
        self._post(delivery, _cut(delivery) if is_cut else self._message(delivery))
        return None

    def _message(self, delivery: Delivery) -> Json:
        """Return what the address takes: a card where that is all, and not in a group."""
        lone = said(delivery.reply).lone_card
        if lone is None or GROUP in delivery.to.in_place:
            return _markdown(delivery.part.text)
        card = weixin_body.template_card(lone, delivery.to.message_id)
        return {"msgtype": "template_card", "template_card": card}

    def _post(self, delivery: Delivery, message: Json) -> None:
        if delivery.again:
            raise DeliveryFailed("unknown")
        asked_at = delivery.to.expires_at - LIFETIME
        url = self._vault.show(delivery.to.in_place.get(RESPONSE_URL, ""))
        if not url or self._clock.now() > asked_at + GOOD_FOR:
            raise DeliveryFailed("window_closed")
        if not url.startswith(self._prefix):
            raise DeliveryFailed("foreign_address")
        body = json.dumps(message, ensure_ascii=False).encode("utf-8")
        judge(self._http.send(json_request(url, body), SECONDS))


def _cut(delivery: Delivery) -> Json:
    """Return the last part that there is a way for; it says so, in the room that limits leave."""
    return _markdown(delivery.part.text + CUT)


def _markdown(text: str) -> Json:
    return {"msgtype": "markdown", "markdown": {"content": text}}
