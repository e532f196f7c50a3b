from typing import Any

import pytest

from cococat.simulators.feishu import mention
from tests.support.feishu import GROUP, SEALED, USER, FeishuApp

BOT = mention(1, "CocoCat", SEALED.bot)
BOB = mention(2, "Bob", "ou_bob")
THREAD = "omt_topic"


class TestGroups:
    """Where many people write, and few of them to us."""

    @pytest.mark.parametrize(
        ("said", "mentions", "content"),
        [
            ("@_user_1 hi", (BOT,), "hi"),
            ("@_user_2 ask @_user_1", (BOT, BOB), "@Bob ask"),
            ("@_user_1", (BOT,), "[@]"),
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
        assert feishu.place() == {"chat": GROUP, "thread": THREAD, "message": "om_1"}


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
        assert feishu.place() == {"chat": GROUP}

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
