"""WeChat Official Account through the real template: sealed in, answered in the same request."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cococat.core.http import Request
from cococat.simulators.transport import Cut
from cococat.simulators.wechat import WeChatPlatform, made_up_user, to_xml
from tests.e2e.bundle import Bundle, until, value
from tests.e2e.proxy import Call

pytestmark = pytest.mark.e2e
CUT = "cut off"
"""What the platform reads where it waits no longer."""


def _sends(bundle: Bundle, start: int) -> list[Call]:
    """Return what was written into queues after the first *start* calls."""
    return [call for call in bundle.proxy.recorder.since(start) if _is_send(call)]


def _is_send(call: Call) -> bool:
    return call.action == "SendMessage"


class TestTheDoor:
    def test_answers_a_sealed_message_in_place(self, bundle: Bundle) -> None:
        """Through API Gateway, mailbox and agent, and back in the platform's own request."""
        platform = bundle.wechat()

        assert platform.check_url()
        assert platform.write(made_up_user(), "你好 ]]> 🐈") == "你好 ]]> 🐈"

    def test_answers_a_plain_one_and_a_new_follower(self, bundle: Bundle) -> None:
        """An account in plain mode, and an event."""
        runs = bundle.folder / "wechat-plain"

        plain, sealed = bundle.wechat("sales"), bundle.wechat()
        # A worker that starts just now may take longer than the platform waits.
        said = until(lambda: plain.write(made_up_user(), f"run - {runs}"), 20)
        assert str(said).startswith("run ")
        assert until(lambda: sealed.follow(made_up_user()), 20) == "subscribe"

    def test_refuses_what_is_not_the_platforms_in_one_form(self, bundle: Bundle) -> None:
        """The same 403 for each, and nothing in the mailbox."""
        platform = bundle.wechat()
        good = platform.request(platform.text(made_up_user(), "refused"))
        start = len(bundle.proxy.recorder.calls)
        answers = [platform.transport(each) for each in _strangers(good)]

        assert {answer.status for answer in answers} == {403}
        assert len({answer.body for answer in answers}) == 1
        assert value(answers[0])["error"]["code"] == "forbidden"
        assert _sends(bundle, start) == []

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/api/channel/wechat/nowhere", 404),
            ("GET", "/api/channel/wechat/nowhere", 404),
            ("PUT", "/api/channel/wechat/customer-service", 405),
            ("DELETE", "/api/channel/wechat/customer-service", 405),
        ],
    )
    def test_refuses_every_other_address_and_method(
        self, bundle: Bundle, method: str, path: str, status: int
    ) -> None:
        """The route takes all methods, so that the door itself says what it takes."""
        answer = bundle.wechat().transport(Request(method=method, path=path))

        assert (answer.status, list(value(answer))) == (status, ["error"])

    def test_leaves_aside_what_is_no_message(self, bundle: Bundle) -> None:
        """`success`, and a count in the log that names the kind."""
        platform = bundle.wechat()
        start = len(bundle.proxy.recorder.calls)
        event = platform.text(made_up_user(), "") | {"MsgType": "event", "Event": "VIEW"}
        answer = platform.transport(platform.request(event))

        assert (answer.status, answer.body) == (200, "success")
        assert _sends(bundle, start) == []
        assert until(lambda: '"kind":"view"' in _log(bundle).replace(" ", ""), 10)

    def test_makes_one_call_before_it_waits(self, bundle: Bundle) -> None:
        """A warm door writes into the mailbox; all that comes after is the wait."""
        platform, recorder = bundle.wechat(), bundle.proxy.recorder

        def calls_of_a_warm_door() -> bool:
            """Write once; a worker that starts just now, or whose cache is old, is no warm one."""
            start, text = len(recorder.calls), f"counted {secrets.token_hex(8)}"
            if platform.write(made_up_user(), text) != text:
                return False
            door = next(call for call in recorder.since(start, text) if _is_send(call))
            first, second, *_ = (call for call in recorder.since(start) if call.key == door.key)
            return first is door and second.action == "PutItem" and '"deliveries"' in second.body

        assert until(calls_of_a_warm_door)

    def test_gives_one_reply_to_two_deliveries_at_once(self, bundle: Bundle) -> None:
        """The agent runs once, and one of the two connections has its answer."""
        platform = bundle.wechat("sales")

        def one_is_answered() -> bool:
            """
            Deliver once; with a worker that starts just now they do not come at once.

            Then both may have the answer, or the platform has cut one off; but never has nobody
            the answer, unless it was cut off.
            """
            runs = bundle.folder / f"wechat-twice-{secrets.token_hex(8)}"
            read = _deliver_twice(platform, f"sleep 0.5 {runs}")
            assert set(read) <= {None, "run 1", CUT}
            assert "run 1" in read or CUT in read
            assert until(runs.exists)
            assert len(runs.read_text("utf-8").splitlines()) == 1
            return sorted(read, key=str) == [None, "run 1"]

        assert until(one_is_answered)


def _deliver_twice(platform: WeChatPlatform, text: str) -> list[str | None]:
    """Deliver one message through two connections at once; return what each of them says."""
    values = platform.text(made_up_user(), text)

    def deliver(_number: int) -> str | None:
        try:
            return platform.read(platform.transport(platform.request(values)), values)
        except Cut:  # a second instance of the door had to start first
            return CUT

    with ThreadPoolExecutor(2) as connections:
        return list(connections.map(deliver, range(2)))


def _strangers(good: Request) -> list[Request]:
    """Return *good* with one thing wrong each time."""
    sealed, query = good.body.decode("utf-8"), good.query
    letter = "B" if "<Encrypt>A" in sealed else "A"
    return [
        replace(good, query=query.replace("msg_signature=", "msg_signature=0")),
        replace(good, query=query.replace("msg_signature", "other")),
        replace(good, query=f"{query}&nonce=1"),
        replace(good, query=query.replace("timestamp=1", "timestamp=")),
        replace(good, query=""),
        replace(good, body=sealed.replace("<Encrypt>", f"<Encrypt>{letter}").encode()),
        replace(good, body=f"<!DOCTYPE xml>{sealed}".encode()),
        replace(good, body=sealed.encode("utf-16")),
        replace(good, body=to_xml({"FromUserName": "oStranger", "Content": "hi"}).encode()),
        replace(good, body=b"\xff\xfe"),
        replace(good, body=b"<xml>" + b" " * 1024 * 1024),
        replace(good, body=b""),
    ]


def _log(bundle: Bundle) -> str:
    """Return what the door has logged."""
    pages = (
        bundle.aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName="/aws/lambda/e2e-wechat")
    )
    return "\n".join(event["message"] for page in pages for event in page["events"])
