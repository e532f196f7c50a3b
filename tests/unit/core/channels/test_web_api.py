from dataclasses import replace
from urllib.parse import urljoin

import pytest

from cococat.core import mailbox
from cococat.core.channels import AnswersInPlace, ReceivesRequests, channel_class
from cococat.core.channels.web_api import WebApiChannel
from cococat.core.message_record import LIFETIME, State
from tests.support import samples
from tests.support.api import Api, error, value


@pytest.fixture(name="api")
def _api() -> Api:
    return Api()


class TestAsking:
    """A question is taken."""

    def test_without_wait_it_is_taken_at_once(self, api: Api) -> None:
        """202 with the message's id, and where the answer will be."""
        response = api.post()

        identity = value(response)["id"]
        assert response.status == 202
        assert value(response) == {"id": identity, "state": "queued", "reply": None}
        assert api.clock.now() == api.record(identity).received_at

    def test_the_mailbox_has_it_as_it_was_said(self, api: Api) -> None:
        """User, text and ids reach the agent unchanged."""
        identity = value(api.post(user_id="用户", content="  你好\n", msg_id="m-1"))["id"]

        message = mailbox.parse(api.mailbox.bodies()[0])
        assert (message.id, message.msg_id) == (identity, "m-1")
        assert (message.external_user, message.content) == ("用户", "  你好\n")
        assert message.sender == "scene:shop:web_api:用户"
        assert (message.conversation_id, message.scene_id) == ("用户", "shop")
        assert message.timestamp == "2027-01-15T08:00:00.000+00:00"

    def test_two_questions_without_a_key_are_two_messages(self, api: Api) -> None:
        """The same words may be meant twice."""
        identities = {value(api.post())["id"] for _ in range(2)}

        assert len(identities) == len(api.contents()) == 2


class TestWaiting:
    """An answer in the same response."""

    def test_an_answer_in_time_is_a_200(self, api: Api) -> None:
        """The response comes as soon as the answer is there."""

        def work() -> None:
            if api.clock.now() > started + 3:
                for body in api.mailbox.bodies():
                    api.answer(mailbox.parse(body).id)

        started = api.clock.now()
        api.clock.while_asleep = work
        response = api.post(wait=20)

        assert response.status == 200
        assert value(response)["state"] == "answered"
        assert (value(response)["reply"], value(response)["fallback"]) == ("hi", False)
        assert 3 < api.clock.now() - started < 3.2

    def test_a_late_answer_is_a_202(self, api: Api) -> None:
        """After the wait the caller gets the id, and the agent goes on."""
        started = api.clock.now()
        response = api.post(wait=25)

        assert (response.status, value(response)["reply"]) == (202, None)
        assert 25 <= api.clock.now() - started < 25.2
        assert len(api.contents()) == 1

    def test_no_answer_releases_the_caller_at_once(self, api: Api) -> None:
        """An agent that has no answer ends the wait."""

        def work() -> None:
            for body in api.mailbox.bodies():
                api.move(mailbox.parse(body).id, State.DONE)

        api.clock.while_asleep = work
        response = api.post(wait=25)

        assert response.status == 200
        assert value(response)["reply"] is None
        assert value(response)["state"] == "answered"

    def test_a_fallback_says_that_it_is_one(self, api: Api) -> None:
        """The stand-in for an answer is marked."""
        identity = value(api.post())["id"]
        api.answer(identity, "sorry", fallback=True)

        found = value(api.caller.fetch(identity))
        assert (found["reply"], found["fallback"]) == ("sorry", True)


class TestFetching:
    """An answer later."""

    def test_shows_how_far_a_message_has_come(self, api: Api) -> None:
        """Queued, running, answered; always a 200."""
        identity = value(api.post())["id"]
        seen = []
        for state in (State.RECEIVED, State.CLAIMED, State.REPLIED):
            api.move(identity, state)
            seen.append(api.caller.fetch(identity))
        api.answer(identity)
        seen.append(api.caller.fetch(identity))

        assert [response.status for response in seen] == [200] * 4
        states = [value(response)["state"] for response in seen]
        assert states == ["queued", "running", "running", "answered"]
        assert value(seen[-1])["reply"] == "hi"

    @pytest.mark.parametrize("endpoint", ["/api/channel/web", "/api/channel/a/b-2/_c"])
    @pytest.mark.parametrize(
        "base",
        ["https://a.example", "https://a.example/prod", "http://127.0.0.1:4566/_aws/x/7/$default"],
    )
    def test_the_address_is_relative_to_the_one_that_was_called(
        self, base: str, endpoint: str
    ) -> None:
        """With a stage or a folder before the path, of which the door sees nothing."""
        api = Api(samples.binding(config={"endpoint": endpoint, "api_key": samples.API_KEY}))
        caller = replace(api.caller, endpoint=endpoint)
        asked = caller.ask("ann", "hello")
        expected = f"{base}{endpoint}/messages/{value(asked)['id']}"

        assert urljoin(f"{base}{endpoint}?x=1", asked.headers["location"]) == expected
        shown = caller.fetch(value(asked)["id"])
        assert (shown.status, value(shown)) == (200, value(asked))
        assert urljoin(f"{expected}?wait=0", shown.headers["location"]) == expected

    def test_waits_if_asked_to(self, api: Api) -> None:
        """The same wait as with the question."""
        identity = value(api.post())["id"]
        api.clock.while_asleep = lambda: api.answer(identity)

        assert value(api.caller.fetch(identity, wait=25))["reply"] == "hi"
        assert api.clock.now() - (api.record(identity).received_at or 0) < 1

    def test_after_a_day_it_is_forgotten(self, api: Api) -> None:
        """An expired message is a 404."""
        identity = value(api.post())["id"]
        api.answer(identity)
        api.clock.advance(LIFETIME)

        assert error(api.caller.fetch(identity)) == "not_found"


class TestRepeating:
    """A question that is asked again."""

    @pytest.mark.parametrize("key", [{"idempotency_key": "k"}, {"msg_id": "m"}])
    def test_with_the_same_key_it_is_the_same_message(self, api: Api, key: dict[str, str]) -> None:
        """A repeat gets the first one's id, and later its answer; the agent gets it once."""
        first = value(api.caller.ask("ann", "hello", **key))  # type: ignore[arg-type]
        second = value(api.caller.ask("ann", "hello", **key))  # type: ignore[arg-type]
        api.answer(first["id"])
        third = api.caller.ask("ann", "hello", **key)  # type: ignore[arg-type]

        assert first == second
        assert (third.status, value(third)["reply"]) == (200, "hi")
        assert api.contents() == ["hello"]

    @pytest.mark.parametrize(
        ("user", "content", "msg_id"),
        [("bob", "hello", None), ("ann", "other", None), ("ann", "hello", "m")],
    )
    def test_with_another_body_it_is_a_conflict(
        self, api: Api, user: str, content: str, msg_id: str | None
    ) -> None:
        """A key stands for one request."""
        api.caller.ask("ann", "hello", idempotency_key="k")
        response = api.caller.ask(user, content, msg_id=msg_id, idempotency_key="k")

        assert (response.status, error(response)) == (409, "conflict")
        assert api.contents() == ["hello"]

    def test_another_wait_is_no_other_request(self, api: Api) -> None:
        """How long a caller waits is not what they ask."""
        first = api.caller.ask("ann", "hello", idempotency_key="k")
        second = api.caller.ask("ann", "hello", idempotency_key="k", wait=1)

        assert value(first) == value(second)

    def test_message_ids_are_their_users_own(self, api: Api) -> None:
        """Two users may number their messages alike."""
        for user in ("ann", "bob"):
            assert api.caller.ask(user, user, msg_id="1").status == 202

        assert api.contents() == ["ann", "bob"]

    def test_a_key_and_a_message_id_are_different_things(self, api: Api) -> None:
        """The same word in both places is no repeat."""
        api.caller.ask("ann", "hello", idempotency_key="k")
        api.caller.ask("ann", "hello", msg_id="k")

        assert len(api.contents()) == 2

    def test_after_a_day_a_key_is_free_again(self, api: Api) -> None:
        """An expired item is no obstacle."""
        api.caller.ask("ann", "hello", idempotency_key="k")
        api.clock.advance(LIFETIME)

        assert api.caller.ask("bob", "other", idempotency_key="k").status == 202

    def test_long_after_the_answer_a_repeat_is_not_asked_again(self, api: Api) -> None:
        """Whoever empties the mailbox without our claims is not asked twice."""
        identity = value(api.caller.ask("ann", "hello", idempotency_key="k"))["id"]
        api.answer(identity, "from an external agent")
        api.clock.advance(3600)

        response = api.caller.ask("ann", "hello", idempotency_key="k")

        assert (response.status, len(api.contents())) == (200, 1)


class TestMailboxDown:
    """The queue does not take the message, or does not say so."""

    @pytest.mark.parametrize("failure", ["refused", "lost"])
    def test_the_caller_is_asked_to_try_again_and_that_succeeds_once(
        self, api: Api, failure: str
    ) -> None:
        """503, and a repeat with the same key puts the message in exactly once."""
        api.flaky.failures = [failure]
        first = api.caller.ask("ann", "hello", idempotency_key="k")
        second = api.caller.ask("ann", "hello", idempotency_key="k")

        assert (first.status, error(first)) == (503, "unavailable")
        assert first.headers["retry-after"] == "1"
        assert second.status == 202
        assert api.contents() == ["hello"]

    def test_a_message_that_nobody_repeats_is_not_in_the_mailbox(self, api: Api) -> None:
        """A refused message does not turn up later."""
        api.flaky.failures = ["refused"]
        api.post()

        assert api.contents() == []


def test_the_channel_says_what_it_can() -> None:
    """It receives requests, answers in place, and a repeat of an answer is harmless."""
    assert channel_class("web_api") is WebApiChannel
    assert issubclass(WebApiChannel, ReceivesRequests)
    assert issubclass(WebApiChannel, AnswersInPlace)
    assert (WebApiChannel.channel_type, WebApiChannel.resend_safe) == ("web_api", True)
