import json
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cococat.core import attachment_ref, text
from cococat.core.channels import ReceivesRequests, channel_class
from cococat.core.channels import feishu as channel
from cococat.core.channels.feishu import TAKEN, FeishuChannel
from cococat.core.http import Request
from cococat.core.in_time import NOT_TAKEN
from cococat.core.mailbox import MAX_QUEUE_MESSAGE, MailboxMessage
from cococat.core.reply_address import unseal
from cococat.simulators.feishu import NotTaken, direct_chat, mention
from tests.support import samples
from tests.support.clock import START
from tests.support.feishu import APPS, GROUP, PATH, PLAIN, SEALED, USER, FeishuApp
from tests.support.feishu_attacks import a_platform
from tests.support.strategies import json_values

BOT = mention(1, "CocoCat", SEALED.bot)
BOB = mention(2, "Bob", "ou_bob")
THREAD = "omt_topic"
KINDS = ["im.message.receive_v1", "card.action.trigger", "im.chat.member.bot.added_v1"]

each_app = pytest.mark.parametrize("app", APPS)


def place(app: FeishuApp) -> dict[str, str]:
    """Return what the answer to the only message needs to go back in place."""
    (message,) = app.taken()
    return unseal(message.reply, samples.REPLY_KEY, START).in_place


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
        assert place(feishu) == {"chat": direct_chat(USER), "message": "om_1"}

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

        (message,) = feishu.taken()
        assert (message.external_user, message.content) == (USER, "hi")
        assert (message.conversation_id, message.msg_id) == (GROUP, "om_1")

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
        feishu.platform.write(USER, letter * (text.MAX_CONTENT // len(letter.encode()) + 1))

        (body,) = feishu.mailbox.bodies()
        (message,) = feishu.taken()
        assert text.size(body) <= MAX_QUEUE_MESSAGE
        assert set(message.content) == {letter}
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


class TestGroups:
    """Where many people write, and few of them to us."""

    @pytest.mark.parametrize(
        ("said", "mentions", "content"),
        [
            ("@_user_1 hi", (BOT,), "hi"),
            ("@_user_2 ask @_user_1", (BOT, BOB), "@Bob ask"),
            ("@_user_2 hi", (BOB,), None),
            ("@_all hi", (), None),
            ("hi", (), None),
        ],
    )
    def test_the_bot_answers_when_it_is_addressed(
        self, said: str, mentions: tuple[dict[str, Any], ...], content: str | None
    ) -> None:
        """By its own id, not by anybody's mention, nor by that of all."""
        feishu = FeishuApp()
        feishu.platform.deliver(
            feishu.platform.message(USER, {"text": said}, chat=GROUP, mentions=mentions)
        )

        assert [each.content for each in feishu.taken()] == ([] if content is None else [content])
        assert {each.conversation_id for each in feishu.taken()} <= {GROUP}

    def test_all_of_a_group_is_for_the_bot_if_it_is_told_so(self) -> None:
        """`options.groups` is `all`."""
        feishu = FeishuApp(options={"groups": "all"})
        feishu.platform.write(USER, "hi", chat=GROUP)

        assert [each.content for each in feishu.taken()] == ["hi"]

    @pytest.mark.parametrize("kind", ["", "topic_group", "public", "something_new"])
    def test_an_unknown_kind_of_chat_is_a_group(self, kind: str) -> None:
        """A bot that takes a group for a person answers everybody."""
        feishu = FeishuApp()
        event = feishu.platform.message(USER, {"text": "hi"})
        event["event"]["message"]["chat_type"] = kind

        assert feishu.platform.deliver(event) == 1
        assert feishu.mailbox.bodies() == []

    def test_before_the_bot_is_known_its_mention_is_any_mention(self) -> None:
        """The platform sends us only what mentions us, unless the app may read it all."""
        feishu = FeishuApp(bot="")
        feishu.platform.deliver(
            feishu.platform.message(USER, {"text": "@_user_1 hi"}, chat=GROUP, mentions=(BOT,))
        )

        assert [each.content for each in feishu.taken()] == ["@CocoCat hi"]

    def test_a_thread_is_a_conversation_of_its_own(self) -> None:
        """Its messages keep their order, and the answer goes back into it."""
        feishu = FeishuApp()
        feishu.platform.deliver(
            feishu.platform.message(
                USER,
                {"text": "@_user_1 hi"},
                chat=GROUP,
                thread=THREAD,
                message_id="om_1",
                mentions=(BOT,),
            )
        )

        (message,) = feishu.taken()
        assert message.conversation_id == f"{GROUP}:{THREAD}"
        assert place(feishu) == {"chat": GROUP, "thread": THREAD, "message": "om_1"}


class TestEvents:
    """What else the platform tells."""

    def test_coming_into_a_group_is_told_to_the_agent(self) -> None:
        """So that it may greet."""
        feishu = FeishuApp()
        body = {"chat_id": GROUP, "operator_id": {"open_id": USER}, "external": False, "name": "g"}
        feishu.platform.deliver(
            feishu.platform.event("im.chat.member.bot.added_v1", body, event_id="e-1")
        )

        (message,) = feishu.taken()
        assert (message.msg_type, message.content) == ("event", "bot_added")
        assert (message.external_user, message.conversation_id) == (USER, GROUP)
        assert message.id == feishu.identity("e-1")
        assert place(feishu) == {"chat": GROUP}

    @pytest.mark.parametrize(
        ("kind", "counted"),
        [
            ("im.message.message_read_v1", "im.message.message_read_v1"),
            ("im.chat.member.bot.deleted_v1", "im.chat.member.bot.deleted_v1"),
            ("something.new_v9", "something.new_v9"),
            ("猫", "other"),
            ("a" * 65, "other"),
        ],
    )
    def test_what_is_no_turn_is_counted(self, kind: str, counted: str) -> None:
        """200, so that the platform does not tell it again, and a count that names it."""
        feishu = FeishuApp()

        assert feishu.platform.deliver(feishu.platform.event(kind, {"chat_id": GROUP})) == 1
        assert feishu.platform.deliver(feishu.platform.old_event(kind, {})) == 1
        assert feishu.counters.counted == [("Ignored", {"channel": "feishu", "kind": counted})] * 2
        assert feishu.mailbox.bodies() == []


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
        assert place(feishu) == {"chat": GROUP, "thread": THREAD, "message": card, "card": card}
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
