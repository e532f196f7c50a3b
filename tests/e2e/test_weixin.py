"""WeCom through the real template: sealed in, answered by API or by a bot's stream."""

import secrets
from dataclasses import replace

import pytest

from cococat.core.http import Request
from cococat.simulators.weixin import made_up_user, to_xml
from tests.e2e.bundle import Bundle, until, value

pytestmark = pytest.mark.e2e


def heard(bundle: Bundle, user: str, count: int = 1) -> list[str]:
    """Return what *user* was sent by the application, once it was so much."""
    agent_id = bundle.wecom.apps[0].agent_id
    until(lambda: len(bundle.wecom.said_to(user, agent_id)) >= count)
    return bundle.wecom.said_to(user, agent_id)


class TestAnApplication:
    @pytest.mark.parametrize("as_json", [False, True])
    def test_answers_a_member_by_the_api(self, bundle: Bundle, *, as_json: bool) -> None:
        """Through API Gateway, mailbox, agent and outbox; XML and JSON."""
        platform, user = bundle.weixin(), made_up_user()
        platform.as_json = as_json

        # A worker that starts just now may take longer than the platform waits.
        assert until(platform.check_url, 20)
        assert platform.deliver(platform.text(user, "你好 ]]> 🐈")) is None
        assert heard(bundle, user) == ["你好 ]]> 🐈"]

    def test_a_redelivery_is_answered_once(self, bundle: Bundle) -> None:
        """The same message, signed anew."""
        platform, user = bundle.weixin(), made_up_user()
        message = platform.text(user, "once")
        for each in (message, message, platform.text(user, "and then")):
            platform.deliver(each)

        assert heard(bundle, user, 2) == ["once", "and then"]

    def test_greys_a_tapped_button_and_answers_it(self, bundle: Bundle) -> None:
        """The first at once, the second by the agent."""
        platform, user = bundle.weixin(), made_up_user()
        card = {"EventKey": "yes", "TaskId": "t", "CardType": "button_interaction"}
        answer = platform.deliver(platform.event(user, "template_card_event", **card))

        assert answer is not None
        assert answer["MsgType"] == "update_button"
        assert heard(bundle, user) == ["yes"]


class TestABot:
    def test_answers_in_its_stream(self, bundle: Bundle) -> None:
        """Polled to its end, as the platform does."""
        bot = bundle.weixin_bot()

        assert until(bot.check_url, 20)
        assert bot.converse(bot.text(made_up_user(), "你好 🐈")) == "你好 🐈"
        group = f"wr{secrets.token_hex(8)}"
        called = bot.text(made_up_user(), "@小猫 在吗", group=group)
        assert bot.converse(called) == "在吗"

    @pytest.mark.slow  # as long as polls are waited for
    def test_answers_at_the_address_where_nobody_polls(self, bundle: Bundle) -> None:
        """After a while, and once."""
        bot = bundle.weixin_bot()
        message = bot.text(made_up_user(), "nobody polls")
        bot.ask(message)
        code = message["response_url"].rpartition("=")[2]

        def sent() -> list[str]:
            return [str(each.body["content"]) for each in bundle.wecom.shown if each.to == code]

        assert until(sent, 60) == ["nobody polls"]


class TestTheDoor:
    def test_refuses_what_is_not_the_platforms_in_one_form(self, bundle: Bundle) -> None:
        """The same 403 for each, and nothing in the mailbox."""
        for platform in (bundle.weixin(), bundle.weixin_bot()):
            good = platform.request(platform.text(made_up_user(), "refused"))
            start = len(bundle.proxy.recorder.calls)
            answers = [platform.transport(each) for each in _strangers(good)]

            assert {answer.status for answer in answers} == {403}
            assert len({answer.body for answer in answers}) == 1
            assert value(answers[0])["error"]["code"] == "forbidden"
            calls = bundle.proxy.recorder.since(start)
            assert [call for call in calls if call.action == "SendMessage"] == []

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/api/channel/weixin/nowhere", 404),
            ("GET", "/api/channel/weixin/agents/support", 404),
            ("PUT", "/api/channel/weixin/customer-service", 405),
            ("DELETE", "/api/channel/weixin/customer-service/bot", 405),
        ],
    )
    def test_refuses_every_other_address_and_method(
        self, bundle: Bundle, method: str, path: str, status: int
    ) -> None:
        """The route takes all of them, so that the door itself says what it takes."""
        answer = bundle.weixin().transport(Request(method=method, path=path))

        assert (answer.status, list(value(answer))) == (status, ["error"])


def _strangers(good: Request) -> list[Request]:
    """Return *good* with one thing wrong each time."""
    query, body = good.query, good.body
    return [
        replace(good, query=query.replace("msg_signature=", "msg_signature=0")),
        replace(good, query=query.replace("msg_signature", "signature")),
        replace(good, query=f"{query}&nonce=1"),
        replace(good, query=query.replace("timestamp=1", "timestamp=")),
        replace(good, query=""),
        replace(good, body=body.replace(b"ncrypt", b"mpty")),
        replace(good, body=body[: len(body) // 2]),
        replace(good, body=b"<!DOCTYPE xml>" + body),
        replace(good, body=to_xml({"FromUserName": "ann", "Content": "hi"}).encode()),
        replace(good, body=b"\xff\xfe"),
        replace(good, body=body + b" " * 1024 * 1024),
        replace(good, body=b""),
    ]
