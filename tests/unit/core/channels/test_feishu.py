import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cococat.core import attachment_ref, text
from cococat.core.channels import ReceivesRequests, channel_class
from cococat.core.channels.feishu import FeishuChannel
from cococat.core.http import Request
from cococat.core.mailbox import MAX_QUEUE_MESSAGE
from cococat.simulators.feishu import NotTaken, direct_chat
from tests.support import samples
from tests.support.clock import START
from tests.support.feishu import APPS, GROUP, PATH, PLAIN, SEALED, USER, FeishuApp
from tests.support.feishu_attacks import a_platform
from tests.support.strategies import json_values

KINDS = ["im.message.receive_v1", "card.action.trigger", "im.chat.member.bot.added_v1"]

each_app = pytest.mark.parametrize("app", APPS)


class TestTheHandshake:
    """When somebody saves our URL in the console."""

    @each_app
    def test_the_challenge_is_said_again(self, app: str) -> None:
        """Sealed or plain, and never signed; nothing reaches the agent."""
        feishu = FeishuApp(app=APPS[app])

        assert feishu.platform.check_url()
        assert feishu.mailbox.bodies() == []

    @given(st.text(st.characters(exclude_categories=["Cs"])).filter(text.is_sendable))
    @settings(max_examples=30)
    def test_any_challenge_is_said_as_it_was(self, challenge: str) -> None:
        """Quotes, line ends and every script are JSON in the answer too."""
        feishu = FeishuApp()
        asked = feishu.platform.handshake(challenge)
        answer = feishu.handle(feishu.platform.request(asked, signed=False))

        assert (answer.status, json.loads(answer.body)) == (200, {"challenge": challenge})


class TestMessages:
    """What people write."""

    @each_app
    def test_the_mailbox_has_it_as_it_was_said(self, app: str) -> None:
        """User, chat, text, time and the platform's id reach the agent."""
        feishu = FeishuApp(app=APPS[app])
        feishu.platform.write(USER, "你好\n🐈", message_id="om_1")

        (message,) = feishu.taken()
        assert (message.external_user, message.conversation_id) == (USER, direct_chat(USER))
        assert (message.content, message.msg_type) == ("你好\n🐈", "text")
        assert (message.msg_id, message.id) == ("om_1", feishu.identity("om_1"))
        assert message.timestamp == "2027-01-15T08:00:00.000+00:00"
        assert message.sender == f"scene:shop:feishu:{USER}"
        assert feishu.place() == {"chat": direct_chat(USER), "message": "om_1"}

    def test_a_message_of_schema_1(self) -> None:
        """Apps of old get it; the bot's mention is left out by the platform."""
        feishu = FeishuApp()
        body = {
            "open_chat_id": GROUP,
            "chat_type": "group",
            "msg_type": "text",
            "open_id": USER,
            "open_message_id": "om_1",
            "is_mention": True,
            "text": '<at open_id="ou_bot">@CocoCat</at> hi',
            "text_without_at_bot": " hi",
        }
        feishu.platform.deliver(feishu.platform.old_event("message", body))
        feishu.platform.deliver(feishu.platform.old_event("message", body | {"is_mention": False}))
        alone = {"open_message_id": "om_2", "text_without_at_bot": " "}
        feishu.platform.deliver(feishu.platform.old_event("message", body | alone))

        message, called = feishu.taken()
        assert (message.external_user, message.content) == (USER, "hi")
        assert (message.conversation_id, message.msg_id) == (GROUP, "om_1")
        assert called.content == "[@]"

    def test_files_come_as_sealed_refs(self) -> None:
        """The agent gets no URL and no key, and what it gets leads back to this file."""
        feishu = FeishuApp()
        sent = feishu.platform.message(
            USER, {"image_key": "img_1"}, kind="image", message_id="om_1"
        )
        feishu.platform.deliver(sent)

        (message,) = feishu.taken()
        (file,) = message.attachments
        known = attachment_ref.unseal(file.ref, samples.REPLY_KEY, START)
        assert (message.msg_type, message.content) == ("image", "[图片]")
        assert (file.kind, known.ref) == ("image", "om_1/image/img_1")

    @pytest.mark.parametrize("letter", ["a", '"', "\n", "猫", "🐈"])
    def test_what_is_too_long_is_cut(self, letter: str) -> None:
        """A mailbox takes it in any case, whatever JSON makes of its characters."""
        feishu = FeishuApp()
        feishu.platform.write(USER, "a" + letter * (text.MAX_CONTENT // len(letter.encode())))

        (body,) = feishu.mailbox.bodies()
        (message,) = feishu.taken()
        assert text.size(body) <= MAX_QUEUE_MESSAGE
        assert set(message.content) == {"a", letter}
        assert text.size(message.content) > 60 * 1024

    def test_many_files_are_cut_too(self) -> None:
        """A post may hold more than a mailbox message."""
        feishu = FeishuApp()
        images = [[{"tag": "img", "image_key": f"img_{number}"}] for number in range(600)]
        feishu.platform.deliver(feishu.platform.message(USER, {"content": images}, kind="post"))

        (message,) = feishu.taken()
        assert len(message.attachments) == 50

    @pytest.mark.parametrize("sender", ["app", "bot", "", None])
    def test_bots_are_not_answered(self, sender: str | None) -> None:
        """Nor are we ourselves: two bots would talk for ever."""
        feishu = FeishuApp()
        event = feishu.platform.message(USER, {"text": "hi"})
        event["event"]["sender"]["sender_type"] = sender

        assert feishu.platform.deliver(event) == 1
        assert feishu.mailbox.bodies() == []


class TestDeliveries:
    """The platform delivers an event until it is answered."""

    def test_an_event_that_is_not_taken_is_delivered_again(self) -> None:
        """503 while the mailbox takes nothing, however long; then the agent runs once."""
        feishu = FeishuApp()
        feishu.world.mailbox.failures = ["refused", "lost", "refused", "lost"]

        assert feishu.platform.write(USER, "hi", message_id="om_1") == 5
        feishu.world.settle()
        assert feishu.clock.now() == START + 15 + 300 + 3600 + 21600
        assert feishu.agent.seen == ["hi"]

    def test_the_platform_gives_up_after_the_fifth(self) -> None:
        """Its users' client then shows nothing; the count of failures is the operator's alarm."""
        feishu = FeishuApp()
        feishu.world.mailbox.failures = ["refused"] * 5
        with pytest.raises(NotTaken):
            feishu.platform.write(USER, "hi")

    def test_a_redelivery_after_seven_hours_runs_the_agent_once(self) -> None:
        """The same event, and the same message under another event's id."""
        feishu = FeishuApp()
        message = feishu.platform.message(USER, {"text": "hi"}, message_id="om_1")
        again = feishu.platform.event("im.message.receive_v1", message["event"])
        for seconds in (0, 1, 15, 300, 3600, 21600):
            feishu.clock.advance(seconds)
            for event in (message, again):
                assert feishu.platform.try_once(event)
                feishu.world.settle()

        assert feishu.agent.seen == ["hi"]


@given(
    st.dictionaries(
        st.sampled_from(["schema", "header", "event", "type", "token", "challenge", "uuid", "ts"]),
        json_values
        | st.just("2.0")
        | st.sampled_from(["event_callback", "url_verification", SEALED.verification_token])
        | st.dictionaries(
            st.sampled_from(["event_id", "event_type", "token", "app_id", "create_time", "type"]),
            json_values | st.sampled_from([SEALED.app_id, SEALED.verification_token, "message"]),
        ),
    )
)
@settings(max_examples=60)
def test_whatever_is_sealed_is_answered_or_refused(inner: dict[str, Any]) -> None:
    """No envelope, not even one of the platform's own, is an error of ours."""
    for app in (SEALED, PLAIN):
        request = a_platform(app).pack(json.dumps(inner).encode("ascii"))
        answer = FeishuApp(app=app).handle(request)

        assert answer.status in (200, 403)


@given(
    st.sampled_from(KINDS),
    st.dictionaries(
        st.sampled_from(["sender", "message", "action", "context", "operator", "chat_id"]),
        json_values
        | st.dictionaries(
            st.sampled_from(
                ["sender_id", "sender_type", "chat_id", "chat_type", "message_id", "message_type",
                 "content", "mentions", "open_id", "open_chat_id", "value"]
            ),
            json_values | st.sampled_from(["user", "p2p", "{}"]) | st.just({"open_id": "ou_a"}),
        ),
    ),
)  # fmt: skip
@settings(max_examples=60)
def test_whatever_an_event_holds_is_answered_or_refused(kind: str, body: dict[str, Any]) -> None:
    """What the platform signs may still be of a form that nobody has seen."""
    app = FeishuApp()
    request = a_platform().pack(json.dumps(a_platform().event(kind, body)).encode("ascii"))

    assert app.handle(request).status in (200, 403)


def test_the_channel_is_what_its_door_needs() -> None:
    """It is found by its name, and takes requests."""
    assert channel_class("feishu") is FeishuChannel
    assert issubclass(FeishuChannel, ReceivesRequests)
    assert FeishuApp().handle(Request(method="POST", path=f"{PATH}/other")).status == 404
