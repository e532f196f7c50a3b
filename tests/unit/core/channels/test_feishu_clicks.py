import threading
from typing import Any

import pytest

from cococat.core.channels import feishu as channel
from cococat.core.channels.feishu import TAKEN
from cococat.core.in_time import NOT_TAKEN
from cococat.core.mailbox import MailboxMessage
from cococat.simulators.feishu import direct_chat
from tests.support.clock import START
from tests.support.feishu import GROUP, USER, FeishuApp

THREAD = "omt_topic"


class TestClicks:
    """Somebody presses a button of a card."""

    @pytest.mark.parametrize(
        ("value", "action", "content"),
        [
            ({"says": "yes"}, {}, "yes"),
            ("yes", {}, "yes"),
            ({"says": 1}, {}, '{"value": {"says": 1}}'),
            ({"id": 7}, {"name": "b"}, '{"value": {"id": 7}, "name": "b"}'),
            (None, {"tag": "select_static", "option": "红"}, '{"option": "红"}'),
            (
                {"says": "send"},
                {"form_value": {"size": "L"}},
                '{"value": {"says": "send"}, "form_value": {"size": "L"}}',
            ),
        ],
    )
    def test_the_agent_hears_what_it_says(
        self, value: object, action: dict[str, Any], content: str
    ) -> None:
        """Our own buttons' words as they are; of everything else all that the platform tells."""
        feishu = FeishuApp()
        shown = feishu.platform.click(feishu.platform.press(USER, value, **action))

        (message,) = feishu.taken()
        assert shown == {"toast": {"type": "info", "content": TAKEN}}
        assert (message.msg_type, message.content) == ("event", content)
        assert (message.external_user, message.conversation_id) == (USER, direct_chat(USER))

    def test_the_answer_goes_to_the_card(self) -> None:
        """In its chat, and in its thread if the card says so."""
        feishu = FeishuApp()
        pressed = feishu.platform.press(USER, {"says": "yes", "thread": THREAD}, chat=GROUP)
        feishu.platform.click(pressed)

        card = pressed["event"]["context"]["open_message_id"]
        assert feishu.place() == {"chat": GROUP, "thread": THREAD, "message": card, "card": card}
        assert feishu.taken()[0].conversation_id == f"{GROUP}:{THREAD}"

    @pytest.mark.parametrize("thread", [1, "oc_other", "omt_a b", "omt_" + "a" * 200, {}])
    def test_a_client_can_not_lead_it_elsewhere(self, thread: object) -> None:
        """The chat is the platform's word; a thread is one of that chat, or none."""
        feishu = FeishuApp()
        feishu.platform.click(
            feishu.platform.press(USER, {"says": "y", "thread": thread}, chat=GROUP)
        )

        assert feishu.taken()[0].conversation_id == GROUP

    def test_it_is_answered_before_the_agent_is(self) -> None:
        """An agent that takes a minute costs the user who clicks nothing."""

        def slow(_message: MailboxMessage) -> str:
            feishu.clock.advance(60)
            return "done"

        feishu = FeishuApp(slow)
        pressed = feishu.platform.press(USER, {"says": "yes"})

        assert feishu.platform.click(pressed)["toast"]["type"] == "info"
        assert feishu.clock.now() == START
        feishu.world.pump()
        assert (feishu.agent.seen, feishu.clock.now()) == (["yes"], START + 60)

    @pytest.mark.parametrize("failure", ["refused", "lost"])
    def test_one_that_is_not_taken_is_an_error_for_the_user(self, failure: str) -> None:
        """The platform tells of a click once, so the user has to know."""
        feishu = FeishuApp()
        feishu.world.mailbox.failures = [failure]
        shown = feishu.platform.click(feishu.platform.press(USER, {"says": "yes"}))

        assert shown == {"toast": {"type": "error", "content": NOT_TAKEN}}

    def test_a_mailbox_that_hangs_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The user's client waits for three seconds, and then shows an error of its own."""
        monkeypatch.setattr(channel, "CLICK_SECONDS", 0.01)
        feishu, over = FeishuApp(), threading.Event()
        monkeypatch.setattr(feishu.world.mailbox, "send", lambda *_, **__: over.wait(10))
        shown = feishu.platform.click(feishu.platform.press(USER, {"says": "yes"}))
        over.set()

        assert shown["toast"]["type"] == "error"
