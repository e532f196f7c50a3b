from dataclasses import replace

import pytest

from cococat.core import outbox_message
from cococat.core.errors import DeliveryFailed
from cococat.core.ids import ChannelAddress, fingerprint
from cococat.core.messages import Reply
from cococat.core.outbox_message import OutboxMessage
from cococat.core.reply_address import seal
from tests.support import samples
from tests.support.outbox_bench import Bench, message

OTHER = ChannelAddress(target_type="scene", target_id="gone", channel="web_api", name="web_api")
EXPIRED = replace(samples.reply_address(), expires_at=0)

REFUSED = {
    "forged": (message(key="forged"), "reply_refused"),
    "expired": (message(EXPIRED), "reply_refused"),
    "no token": (OutboxMessage(reply="x").to_json(), "reply_refused"),
    "not JSON": ("{", "malformed"),
    "another schema": ('{"schema": "other", "reply": "r"}', "malformed"),
    "blank": ('{"schema": "cococat.outbox/1", "reply": "r", "content": " "}', "malformed"),
}


class TestRefusing:
    """What is not sent at all."""

    @pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
    def test_a_message_that_does_not_open_is_put_aside(self, body: str, reason: str) -> None:
        """Nobody sends to where no door of ours has given an address for."""
        bench = Bench()

        assert bench.work(body) is None
        assert bench.channel.sent == []
        assert bench.letters() == [(fingerprint(body), 0, reason)]

    def test_an_address_of_another_channel_does_not_open(self) -> None:
        """A channel's own seal opens that channel and no other."""
        bench = Bench()
        other = replace(samples.ADDRESS, name="second")
        bench.directory.bindings.append(samples.binding(other, reply_key="second"))

        body = message(samples.reply_address(address=other))

        assert bench.work(body) is None
        assert bench.letters() == [(fingerprint(body), 0, "reply_refused")]

    def test_a_channel_that_is_gone_gets_nothing(self) -> None:
        """An answer whose channel was taken away is listed."""
        bench = Bench()
        address = samples.reply_address(address=OTHER)

        assert bench.work(message(address)) is None
        assert bench.letters() == [(address.message_id, 1, "channel_gone")]

    def test_an_answer_that_is_not_stored_is_listed(self) -> None:
        """Without a text there is nothing to send."""
        bench = Bench()
        address = samples.reply_address("unknown")

        assert bench.work(message(address)) is None
        assert bench.letters() == [(address.message_id, 1, "reply_missing")]

    def test_a_dead_letter_holds_the_answer(self) -> None:
        """A person can replay what was not sent, even when the stored answer has expired."""
        bench = Bench()
        bench.channel.fails = [DeliveryFailed("blocked")]
        bench.work()

        (letter,) = bench.items.open_letters(10)
        assert letter.queue == "outbox"
        assert outbox_message.parse(letter.body) == OutboxMessage(
            reply=seal(samples.reply_address(), samples.REPLY_KEY), answer=Reply(text="hi")
        )
