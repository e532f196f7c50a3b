"""
An answer that grows in a Feishu card, which the outbox finishes in the same place.

Source: Feishu Open Platform, CardKit: "Create card entity", "Stream text", "Update card
settings", "Update card entity".
"""

import json
from dataclasses import replace
from typing import Any

from cococat.core import feishu_cards, splitting
from cococat.core.channels import Delivery
from cococat.core.clock import Clock
from cococat.core.errors import DeliveryFailed, OperatorNeeded
from cococat.core.feishu_api import Call, FeishuApi, segment
from cococat.core.feishu_cards import GROWING, unmentioned
from cococat.core.feishu_errors import OUTRUN
from cococat.core.feishu_sending import KEY_LENGTH, FeishuSender, Said, in_data
from cococat.core.limits import Limits
from cococat.core.messages import Format
from cococat.core.rendering import Kind
from cococat.core.reply_address import ReplyAddress

CARD, SEQUENCE = "card", "sequence"
"""Keys of what the next call has to know."""
AHEAD = (1, 60, 3600)
"""Seconds ahead of all that the heartbeat may have done and not noted; see `GrowingCards._end`."""
SEQUENCE_BASE, TICKS = 1_767_225_600, 4
"""Changes of a card are numbered by the quarters of seconds since 2026, which 32 bits hold."""


class GrowingCards:
    """
    The growing answers of one app.

    Args:
        api: the app's API.
        sender: sends the card, once.
        limits: what the platform takes.
        clock: the time.

    """

    def __init__(self, api: FeishuApi, sender: FeishuSender, limits: Limits, clock: Clock) -> None:
        self._api = api
        self._sender = sender
        self._limits = limits
        self._clock = clock

    def show(self, to: ReplyAddress, text: str, shown: dict[str, str]) -> dict[str, str]:
        """
        Show *text*, as far as a card takes it; see `progress.ShowsProgress`.

        Raises:
            DeliveryError: the platform refuses it.
            PlatformUnreachable: it could not be asked, or its answer got lost.

        """
        if not text.strip():
            return shown
        words = unmentioned(splitting.cut(text, self._limits.markdown, self._limits.unit))
        if CARD not in shown:
            return self._begin(to, words)
        sequence = self._next(shown)
        path = f"{_path(shown)}/elements/{GROWING}/content"
        self._api.call(Call(method="PUT", path=path, body={"content": words, "sequence": sequence}))
        return shown | {SEQUENCE: str(sequence)}

    def finish(self, delivery: Delivery) -> bool:
        """
        Put the first part of an answer into the card that has grown, and return whether it is.

        What of a text is too long for a card follows it. Where the platform refuses that, or the
        part is no text, it still is to be sent.

        Raises:
            DeliveryError: it could not be done just now.
            PlatformUnreachable: the platform could not be asked, or its answer got lost.

        """
        shown, part = delivery.shown, delivery.part
        if CARD not in shown or delivery.number != 1:
            return False
        is_text = part.kind in (Kind.TEXT, Kind.MARKDOWN)
        form = Format.MARKDOWN if part.kind is Kind.MARKDOWN else Format.TEXT
        inside, rest = self._halves(part.text) if is_text else ("", "")
        try:
            self._end(shown, feishu_cards.grown_json(inside, form) if is_text else None)
        except OperatorNeeded:
            raise
        except DeliveryFailed:
            return False
        if rest:
            self._sender.deliver(replace(delivery, part=replace(part, text=rest)))
        return is_text

    def _halves(self, text: str) -> tuple[str, str]:
        """Return what of *text* a card holds, and what follows it."""
        inside = splitting.split(text, self._limits.markdown, self._limits.unit)[0]
        rest = text.partition(inside)[2]
        return inside, rest.removeprefix("\n") if rest.strip() else ""

    def _end(self, shown: dict[str, str], card: dict[str, Any] | None) -> None:
        """
        End the streaming, and put *card* into the place of the one that grew, if there is one.

        Both may be done again, so what an earlier try of ours has outrun is tried further ahead.
        """
        for ahead in AHEAD:
            sequence = self._next(shown) + ahead * TICKS
            try:
                self._settle(shown, sequence)
                if card is not None:
                    self._rewrite(shown, card, sequence + 1)
            except DeliveryFailed as failed:
                if failed.code != OUTRUN or ahead == AHEAD[-1]:
                    raise
            else:
                return

    def _begin(self, to: ReplyAddress, words: str) -> dict[str, str]:
        card = json.dumps(feishu_cards.growing_json(words), ensure_ascii=False)
        body = {"type": "card_json", "data": card}
        made = self._api.call(Call(method="POST", path="/cardkit/v1/cards", body=body))
        name = in_data(made, "card_id")
        said = Said(kind="interactive", content={"type": "card", "data": {"card_id": name}})
        # Each run of the agent has a card of its own: with a key of the message's, the card of a
        # second run would pass for a repeat of the first one's, and be seen by nobody.
        self._sender.put(to.in_place, said, f"g{name}"[:KEY_LENGTH])
        return {CARD: name, SEQUENCE: str(self._next({}))}

    def _settle(self, shown: dict[str, str], sequence: int) -> None:
        """End the streaming: until then nobody can forward the card."""
        settings = json.dumps({"config": {"streaming_mode": False}})
        body = {"settings": settings, "sequence": sequence}
        self._api.call(Call(method="PATCH", path=f"{_path(shown)}/settings", body=body))

    def _rewrite(self, shown: dict[str, str], card: dict[str, Any], sequence: int) -> None:
        data = {"type": "card_json", "data": json.dumps(card, ensure_ascii=False)}
        body = {"card": data, "sequence": sequence}
        self._api.call(Call(method="PUT", path=_path(shown), body=body))

    def _next(self, shown: dict[str, str]) -> int:
        """Return a number that is higher than that of every change before."""
        ticks = int((self._clock.now() - SEQUENCE_BASE) * TICKS)
        return max(ticks, int(shown.get(SEQUENCE, "0")) + 1)


def _path(shown: dict[str, str]) -> str:
    return f"/cardkit/v1/cards/{segment(shown[CARD])}"
