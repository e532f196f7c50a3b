"""Feishu through the real template: sealed in, answered by the platform's API."""

import secrets
from dataclasses import replace

import pytest

from cococat.core.http import Request
from cococat.simulators.feishu import FeishuPlatform, direct_chat, made_up_user, mention
from tests.e2e.bundle import Bundle, until, value
from tests.e2e.desk import Operator

pytestmark = pytest.mark.e2e


def heard(bundle: Bundle, place: str, count: int = 1) -> list[str]:
    """Return what was said to *place*, once it was told so much."""
    until(lambda: len(bundle.feishu.chats.said(place)) >= count)
    return bundle.feishu.chats.said(place)


class TestTheDoor:
    @pytest.mark.parametrize("name", ["", "plain"])
    def test_answers_a_message_in_its_chat(self, bundle: Bundle, name: str) -> None:
        """Through API Gateway, mailbox, agent and outbox; both forms of events, both addresses."""
        platform, user = bundle.feishu_platform(name), made_up_user()

        # A worker that starts just now may take longer than the platform waits.
        assert until(platform.check_url, 20)
        assert platform.write(user, "你好 🐈") == 1
        assert heard(bundle, direct_chat(user)) == ["你好 🐈"]

    def test_answers_in_a_group_who_mentions_the_bot(self, bundle: Bundle) -> None:
        """It is known by its own id, which the keeper learns when it checks the credentials."""
        bundle.aws.client("lambda").invoke(FunctionName="e2e-keeper")
        platform, group = bundle.feishu_platform(), f"oc_{secrets.token_hex(8)}"
        for name, open_id in (("Bob", "ou_bob"), ("CocoCat", bundle.feishu.app.bot)):
            said = {"text": f"@_user_1 {name}?"}
            mentions = (mention(1, name, open_id),)
            platform.deliver(platform.message(made_up_user(), said, chat=group, mentions=mentions))

        assert heard(bundle, group) == ["CocoCat?"]

    def test_a_redelivery_is_answered_once(self, bundle: Bundle) -> None:
        """The same message, under the id of another event too."""
        platform, user = bundle.feishu_platform(), made_up_user()
        first = platform.message(user, {"text": "once"})
        again = platform.event("im.message.receive_v1", first["event"])

        assert [platform.try_once(each) for each in (first, first, again)] == [True] * 3
        platform.write(user, "and then")
        assert heard(bundle, direct_chat(user), 2) == ["once", "and then"]

    def test_a_click_is_a_message(self, bundle: Bundle) -> None:
        """Answered at once, and by the agent later."""
        platform, user = bundle.feishu_platform(), made_up_user()

        assert platform.click(platform.press(user, {"says": "yes"}))["toast"]["type"] == "info"
        assert heard(bundle, direct_chat(user)) == ["yes"]

    def test_what_is_told_of_the_bot_is_in_the_status(
        self, bundle: Bundle, operator: Operator
    ) -> None:
        """The door writes it there, and has the right to write that and nothing else."""
        platform, group = bundle.feishu_platform(), f"oc_{secrets.token_hex(8)}"
        removed = platform.event("im.chat.member.bot.deleted_v1", {"chat_id": group})

        assert platform.deliver(removed) == 1
        path = "/api/channels/scene/customer-service/feishu?name=feishu"
        event = value(operator.ask("GET", path))["last_event"]
        assert (event["code"], event["chat"]) == ("bot_removed", group)

    def test_a_mailbox_that_takes_nothing_is_told(self, bundle: Bundle) -> None:
        """503 for an event, which comes again; an error for a click, which does not."""
        platform, user = bundle.feishu_platform(), made_up_user()
        platform.write(user, "warm")
        with bundle.role_without("feishu", "sqs:SendMessage"):
            request = platform.request(platform.message(user, {"text": "lost"}))
            answer = platform.transport(request)
            shown = platform.click(platform.press(user, {"says": "yes"}))

        assert (answer.status, value(answer)["error"]["code"]) == (503, "unavailable")
        assert shown["toast"]["type"] == "error"

    def test_refuses_what_is_not_the_platforms_in_one_form(self, bundle: Bundle) -> None:
        """The same 403 for each, and nothing in the mailbox."""
        platform = bundle.feishu_platform()
        start = len(bundle.proxy.recorder.calls)
        answers = [platform.transport(each) for each in _strangers(platform)]

        assert {answer.status for answer in answers} == {403}
        assert len({answer.body for answer in answers}) == 1
        calls = bundle.proxy.recorder.since(start)
        assert [call for call in calls if call.action == "SendMessage"] == []

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/api/channel/feishu/nowhere", 404),
            ("POST", "/api/channel/feishu/customer-service/nobody", 404),
            ("POST", "/api/channel/feishu/agents/support", 404),
            ("GET", "/api/channel/feishu/customer-service", 405),
            ("PUT", "/api/channel/feishu/customer-service/plain", 405),
        ],
    )
    def test_refuses_every_other_address_and_method(
        self, bundle: Bundle, method: str, path: str, status: int
    ) -> None:
        """The route takes all methods, so that the door itself says what it takes."""
        answer = bundle.feishu_platform().transport(Request(method=method, path=path))

        assert (answer.status, list(value(answer))) == (status, ["error"])

    def test_makes_one_call_while_it_is_warm(self, bundle: Bundle) -> None:
        """SendMessage, and nothing beside it."""
        platform, recorder = bundle.feishu_platform(), bundle.proxy.recorder

        def makes_one_call() -> bool:
            """Write once; a worker that starts just now, or whose cache is old, is no warm one."""
            start, user, text = len(recorder.calls), made_up_user(), secrets.token_hex(8)
            platform.write(user, text)
            assert heard(bundle, direct_chat(user)) == [text]
            door = next(call for call in recorder.since(start, text))
            calls = [call for call in recorder.since(start) if call.key == door.key]
            return [call.action for call in calls] == ["SendMessage"]

        assert until(makes_one_call)


def _strangers(platform: FeishuPlatform) -> list[Request]:
    good = platform.request(platform.message(made_up_user(), {"text": "refused"}))
    other = replace(platform, app=replace(platform.app, encrypt_key="another"))
    unsigned = platform.request(platform.message(made_up_user(), {"text": "x"}), signed=False)
    return [
        replace(good, headers=good.headers | {"x-lark-signature": "0" * 64}),
        replace(good, body=good.body[:-3]),
        other.request(other.message(made_up_user(), {"text": "refused"})),
        unsigned,
    ]
