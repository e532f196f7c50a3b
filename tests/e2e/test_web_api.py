"""The Web API through the real template: API Gateway, Lambda, SQS, agent, outbox and back."""

import threading
from http import HTTPStatus
from urllib.parse import urljoin

import pytest

from cococat.core.http import Request, Response
from tests.e2e.bundle import Bundle, until, value
from tests.e2e.proxy import Call

pytestmark = pytest.mark.e2e
SALES = "/api/channel/sales"


class TestRoutes:
    def test_a_message_is_answered_through_both_queues(self, bundle: Bundle) -> None:
        """A caller who waits gets the agent's reply in the same response."""
        answer = bundle.caller().ask("ann", "你好", wait=25)

        assert (answer.status, value(answer)["reply"]) == (200, "你好")

    def test_a_caller_who_does_not_wait_fetches_the_reply(self, bundle: Bundle) -> None:
        """202 names the message; its address has the reply later."""
        caller, base = bundle.caller(), bundle.stack.base_url
        accepted = caller.ask("ann", "later")
        address = urljoin(f"{base}{caller.endpoint}", accepted.headers["location"])
        fetched = caller.fetch(value(accepted)["id"], wait=25)

        assert accepted.status == 202
        assert address == f"{base}{caller.endpoint}/messages/{value(accepted)['id']}"
        assert (fetched.status, value(fetched)["reply"]) == (200, "later")

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/api/channel/nowhere", 404),
            ("GET", "/api/channel/web/messages/unknown", 404),
            ("GET", "/api/channel/web", 405),
            ("PUT", "/api/channel/web", 405),
            ("DELETE", "/api/channel/web/messages/unknown", 405),
            ("POST", "/api/channel/web/elsewhere", 404),
        ],
    )
    def test_every_other_address_and_method_is_refused(
        self, bundle: Bundle, method: str, path: str, status: int
    ) -> None:
        """What is not a route of ours gets the right status and the uniform body."""
        caller = bundle.caller()
        headers = {"authorization": f"Bearer {caller.api_key}"}
        answer = caller.transport(Request(method=method, path=path, headers=headers))

        assert status == answer.status
        assert {"code", "message"} == value(answer)["error"].keys()

    def test_two_scenes_with_two_agents_run_side_by_side(self, bundle: Bundle) -> None:
        """Each scene's own agent answers its messages, at the same time."""
        runs = bundle.folder / "side-by-side"
        answers: dict[str, Response] = {}

        def ask(endpoint: str, content: str) -> None:
            answers[endpoint] = bundle.caller(endpoint).ask("bob", content, wait=25)

        asked = [("/api/channel/web", "echo"), (SALES, f"run - {runs}")]
        threads = [threading.Thread(target=ask, args=each) for each in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert value(answers["/api/channel/web"])["reply"] == "echo"
        assert value(answers[SALES])["reply"] == "run 1"

    def test_the_key_of_one_entry_does_not_open_another(self, bundle: Bundle) -> None:
        """Neither its door nor a message that came through it."""
        accepted = bundle.caller().ask("ann", "mine", wait=25)
        other = bundle.caller(SALES)

        assert other.fetch(value(accepted)["id"]).status == 404


class TestTheDoor:
    def test_never_calls_the_agent(self, bundle: Bundle) -> None:
        """With the heartbeat's mapping off there is 202 and no reply, until it is on again."""
        with bundle.mapping_off("mailbox-support.fifo"):
            accepted = bundle.caller().ask("ann", "asleep", wait=2)
            assert (accepted.status, value(accepted)["reply"]) == (202, None)

        assert value(bundle.caller().fetch(value(accepted)["id"], wait=25))["reply"] == "asleep"

    def test_makes_one_call_beyond_its_own_item_when_warm(self, bundle: Bundle) -> None:
        """At the wire a warm door writes its item and sends to the mailbox; no more."""
        bundle.caller().ask("carl", "warm up", wait=25)
        recorder = bundle.proxy.recorder

        def calls_of_a_warm_door() -> bool:
            """Ask once; a worker that the local AWS has just started is not a warm one."""
            start = len(recorder.calls)
            bundle.caller().ask("carl", "counted")
            sent = [call for call in recorder.since(start, "counted") if _is_send(call, "counted")]
            calls = [call for call in recorder.since(start) if call.key == sent[0].key]
            return [call.action for call in calls] == ["PutItem", "SendMessage"]

        assert until(calls_of_a_warm_door, 10)

    def test_sends_only_legal_ids(self, bundle: Bundle) -> None:
        """Whatever the user is called, SQS gets ids that it takes."""
        answer = bundle.caller().ask("用户 " * 40, "hello", wait=25, idempotency_key="~" * 255)

        assert answer.status == 200
        assert bundle.proxy.recorder.illegal == []

    @pytest.mark.parametrize("kind", ["refuse", pytest.param("hang", marks=pytest.mark.slow)])
    def test_says_503_when_sqs_fails_and_a_repeat_succeeds_once(
        self, bundle: Bundle, kind: str
    ) -> None:
        """The caller repeats with the same key, and the agent runs once."""
        runs = bundle.folder / f"sqs-{kind}"
        question, key = f"run - {runs}", f"key-{kind}"
        caller = bundle.caller(SALES)
        with bundle.fault(kind, lambda call: _is_send(call, str(runs)), times=2):
            refused = caller.ask("dora", question, wait=20, idempotency_key=key)
        again = caller.ask("dora", question, wait=25, idempotency_key=key)
        once_more = caller.ask("dora", question, wait=25, idempotency_key=key)

        assert (refused.status, value(refused)["error"]["code"]) == (503, "unavailable")
        assert (again.status, value(again)["reply"]) == (200, "run 1")
        assert value(again) == value(once_more)
        assert len(runs.read_text("utf-8").splitlines()) == 1

    def test_refuses_what_is_not_a_request_of_ours(self, bundle: Bundle) -> None:
        """Each refusal has its status and the uniform body, and the mailbox gets nothing."""
        caller = bundle.caller()
        start = len(bundle.proxy.recorder.calls)
        for name, (body, headers, status) in HOSTILE.items():
            answer = caller.post(body, headers)
            assert status == answer.status, name
            assert {"error"} == value(answer).keys(), name
            assert {"code", "message"} == value(answer)["error"].keys(), name

        assert [c for c in bundle.proxy.recorder.since(start) if c.action == "SendMessage"] == []

    def test_a_bug_behind_the_door_is_a_500(self, bundle: Bundle) -> None:
        """What the parser does not expect is an error of ours, never a success."""
        broken = (
            b"import cococat.core.web_api_question as m\n"
            b"def broken(request):\n    raise KeyError('bug')\nm.parse = broken\n"
            b"from cococat.aws.events import to_answer, to_request\n"
            b"from cococat.bootstrap import doors\n"
            b"def handler(event, context):\n"
            b"    return to_answer(doors.web_api().handle(to_request(event)))\n"
        )
        with bundle.function_code("web-api", {"web_api.py": broken}):
            # Workers with the code of before may answer for a moment.
            assert until(
                lambda: bundle.caller().ask("ann", "hello").status >= HTTPStatus.BAD_REQUEST
            )
            answer = bundle.caller().ask("ann", "hello")

        assert (answer.status, value(answer)["error"]["code"]) == (500, "internal")


HOSTILE: dict[str, tuple[bytes, dict[str, str], int]] = {
    "wrong key": (b'{"user_id":"a","content":"b"}', {"authorization": "Bearer wrong"}, 401),
    "no key": (b'{"user_id":"a","content":"b"}', {"authorization": ""}, 401),
    "empty": (b"", {}, 400),
    "not JSON": (b"{", {}, 400),
    "no object": (b'["a"]', {}, 400),
    "not UTF-8": (
        b'{"user_id":"a","content":"\xff"}',
        {"content-type": "application/octet-stream"},
        400,
    ),
    "deep": (b"[" * 100_000, {}, 400),
    "no content": (b'{"user_id":"a"}', {}, 400),
    "wrong type": (b'{"user_id":1,"content":"b"}', {}, 400),
    "wait is true": (b'{"user_id":"a","content":"b","wait":true}', {}, 400),
    "wait too long": (b'{"user_id":"a","content":"b","wait":26}', {}, 400),
    "NUL": (b'{"user_id":"a","content":"\\u0000"}', {}, 400),
    "lone surrogate": (b'{"user_id":"a","content":"\\ud800"}', {}, 400),
    "lone surrogate in user": (b'{"user_id":"\\ud800","content":"b"}', {}, 400),
    "oversize": (b'{"user_id":"a","content":"' + b"x" * (128 * 1024 + 1) + b'"}', {}, 413),
    "oversize body": (b'{"user_id":"a","content":"b","x":"' + b"x" * 1024 * 1024 + b'"}', {}, 413),
    "oversize escaped": (b'{"user_id":"a","content":"' + b'\\"' * (128 * 1024) + b'"}', {}, 413),
}


def _is_send(call: Call, text: str) -> bool:
    return call.action == "SendMessage" and text in call.body
