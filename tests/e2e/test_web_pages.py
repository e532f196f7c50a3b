"""The Web API's other ways through the real template: pages, limits, pushed answers, files."""

import base64
import json
import urllib.request
import uuid
from dataclasses import replace

import pytest

from cococat.core import mailbox
from cococat.core.body_signature import SIGNATURE, TIMESTAMP, signed_headers
from cococat.core.http import Request, Response
from cococat.local.pages import pages_url
from cococat.simulators.transport import over_http
from tests.e2e.bundle import STACK, Bundle, until, value
from tests.support.web_agent import Asked, Exchange

pytestmark = pytest.mark.e2e

PAGES = "/api/channel/pages"
SHOP = "https://shop.example"
PNG = b"\x89PNG\r\n\x1a\n and so on"


def someone() -> str:
    """Return a user who has asked nothing yet."""
    return f"user-{uuid.uuid4().hex}"


def take(exchange: Exchange) -> None:
    """Take what is pushed."""
    exchange.respond(204)


def pushed(bundle: Bundle, identity: str) -> list[Asked]:
    """Return each try to push the answer to message *identity*."""
    return [each for each in bundle.owner.asked if identity.encode("ascii") in each.body]


def with_file(bundle: Bundle, endpoint: str, content: str, wait: int = 0) -> Response:
    """Send a message with a picture."""
    file = {"name": "cat.png", "content": base64.b64encode(PNG).decode("ascii")}
    question = {"user_id": someone(), "content": content, "wait": wait, "attachments": [file]}
    return bundle.caller(endpoint).post(json.dumps(question).encode("utf-8"))


class TestPages:
    @pytest.mark.parametrize(("origin", "status"), [(SHOP, 204), ("https://evil.example", 403)])
    def test_a_browser_is_told_whether_a_page_may_call(
        self, bundle: Bundle, origin: str, status: int
    ) -> None:
        """By the door, without a key."""
        asked = {"origin": origin, "access-control-request-method": "POST"}
        page = over_http(pages_url(bundle.aws, STACK), patience=40)
        answer = page(Request(method="OPTIONS", path=PAGES, headers=asked))

        assert answer.status == status
        told = answer.headers.get("access-control-allow-origin")
        assert told == (SHOP if status == 204 else None)
        assert "access-control-allow-credentials" not in answer.headers

    def test_a_page_can_read_what_it_is_told(self, bundle: Bundle) -> None:
        """The same header stands in an answer, a refusal too, at both of its addresses."""
        caller = bundle.caller(PAGES)
        page = replace(caller, transport=over_http(pages_url(bundle.aws, STACK), patience=40))
        for answer in (caller.post(b"{", {"origin": SHOP}), page.post(b"{", {"origin": SHOP})):
            assert answer.status == 400
            assert answer.headers["access-control-allow-origin"] == SHOP


class TestLimits:
    def test_the_third_question_of_a_day_is_one_too_many(self, bundle: Bundle) -> None:
        """429 with the seconds to wait; another user is not concerned."""
        bundle.owner.steps = [take]
        user, caller = someone(), bundle.caller(PAGES)
        answers = [caller.ask(user, "hello") for _ in range(3)]

        assert [each.status for each in answers] == [202, 202, 429]
        assert value(answers[2])["error"]["code"] == "rate_limited"
        assert 0 < int(answers[2].headers["retry-after"]) <= 86_400
        assert caller.ask(someone(), "hello").status == 202


class TestPushedAnswers:
    def test_the_owners_program_gets_the_answer_signed(self, bundle: Bundle) -> None:
        """By the outbox, as soon as the agent has it."""
        bundle.owner.steps = [take]
        identity = value(bundle.caller(PAGES).ask(someone(), "您好"))["id"]

        assert until(lambda: pushed(bundle, identity), 20)
        (got,) = pushed(bundle, identity)
        assert json.loads(got.body)["reply"] == "您好"
        signed = signed_headers(bundle.remote_secret, got.body, int(got.headers[TIMESTAMP.lower()]))
        assert got.headers[SIGNATURE.lower()] == signed[SIGNATURE]

    def test_it_is_pushed_again_until_it_is_taken(self, bundle: Bundle) -> None:
        """With the same key, so that the program has it once."""
        bundle.owner.steps = [lambda exchange: exchange.respond(503), take]
        identity = value(bundle.caller(PAGES).ask(someone(), "again"))["id"]

        assert until(lambda: len(pushed(bundle, identity)) == 2, 30)
        keys = {each.headers["idempotency-key"] for each in pushed(bundle, identity)}
        assert len(keys) == 1
        assert bundle.dead(identity) == []

    def test_what_is_refused_for_good_is_a_dead_letter_with_its_reason(
        self, bundle: Bundle
    ) -> None:
        """And the caller can fetch the answer all the same."""
        bundle.owner.steps = [lambda exchange: exchange.respond(410)]
        caller = bundle.caller(PAGES)
        identity = value(caller.ask(someone(), "refused"))["id"]

        assert until(lambda: bundle.dead(identity), 20)
        (letter,) = bundle.dead(identity)
        assert letter.reason == "callback_status_410"
        assert value(caller.fetch(identity, wait=5))["reply"] == "refused"


class TestFiles:
    def test_an_agent_in_our_heartbeat_opens_a_file(self, bundle: Bundle) -> None:
        """By its ref, through the channel that it came through."""
        runs = bundle.folder / "opened"
        answer = with_file(bundle, "/api/channel/opened", f"open - {runs}", wait=25)

        assert value(answer)["reply"] == f"image/png cat.png {PNG.hex()}"

    def test_an_agent_outside_fetches_it_from_the_bucket(self, bundle: Bundle) -> None:
        """The ref in its message leads to a URL, and the URL to the file."""
        assert with_file(bundle, "/api/channel/files", "look").status == 202
        sqs, url = bundle.aws.client("sqs"), bundle.mailbox("partner")
        (received,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
        (file,) = mailbox.parse(received["Body"]).attachments
        ask = over_http(bundle.stack.base_url, patience=40)
        answer = ask(Request(method="GET", path=f"/api/attachments/{file.ref}"))
        forged = ask(Request(method="GET", path=f"/api/attachments/{file.ref}x"))

        assert answer.status == 200, answer.body
        assert value(answer)["size"] == len(PNG)
        assert forged.status == 404
        with urllib.request.urlopen(value(answer)["url"]) as found:
            assert found.read() == PNG
            assert found.headers["content-type"] == "image/png"
