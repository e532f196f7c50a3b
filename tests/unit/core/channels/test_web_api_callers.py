"""Who calls a web_api entry: its keys by name, how often, and from which web pages."""

import json
import logging
from dataclasses import replace

import pytest

from cococat.core import mailbox
from tests.support import samples
from tests.support.api import Api, error, value

URL = samples.ENDPOINT

KEYS = ["k" * 16, {"name": "mobile", "key": "m" * 16}, {"name": "desk", "key": "d" * 16}]


def api(**config: object) -> Api:
    """Return an entry with *config* besides."""
    entry: dict[str, object] = {"endpoint": URL, "api_key": samples.API_KEY}
    return Api(samples.binding(config=entry | config))


def limited(**rates: str) -> Api:
    """Return an entry whose option `rate_limit` is *rates*."""
    return api(options={"rate_limit": rates})


class TestKeys:
    """Several keys, with names and without."""

    @pytest.mark.parametrize(
        ("key", "name"), [("k" * 16, "key-1"), ("m" * 16, "mobile"), ("d" * 16, "desk")]
    )
    def test_a_message_is_known_by_its_keys_name(
        self, key: str, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Trace and log show who asked, and never with which key."""
        caplog.set_level(logging.INFO, logger="cococat")
        entry = api(api_key=KEYS)
        caller = replace(entry.caller, api_key=key)
        identity = value(caller.ask("ann", "hello"))["id"]

        assert entry.record(identity).caller == name
        (logged,) = [vars(each) for each in caplog.records if each.message == "taken"]
        assert (logged["key"], logged["message_id"]) == (name, identity)
        assert key not in repr([vars(each) for each in caplog.records])
        assert key not in repr(entry.items.stored)

    def test_a_name_opens_nothing(self) -> None:
        """Neither the name nor the object that it is in."""
        entry = api(api_key=KEYS)

        for key in ("mobile", "key-1", json.dumps(KEYS[1])):
            assert replace(entry.caller, api_key=key).ask("ann", "x").status == 401

    def test_named_keys_are_apart(self) -> None:
        """The same ids under two names are two messages, and each has its own answer alone."""
        entry = api(api_key=KEYS)
        callers = [replace(entry.caller, api_key=key * 16) for key in "md"]
        ids = [
            value(caller.ask("ann", said, idempotency_key="k"))["id"]
            for caller, said in zip(callers, ("hi", "other"), strict=True)
        ]
        entry.answer(ids[0], "for mobile alone")

        assert len(set(ids)) == len(entry.contents()) == 2
        assert [callers[0].fetch(each).status for each in ids] == [200, 404]
        assert [callers[1].fetch(each).status for each in ids] == [404, 200]
        assert "for mobile" not in callers[1].ask("ann", "other", idempotency_key="k").body

    def test_a_callers_own_ids_are_apart_too(self) -> None:
        """A `msg_id` is as good as a key in the header."""
        entry = api(api_key=KEYS)
        question = json.dumps({"user_id": "ann", "content": "hi", "msg_id": "1"}).encode()
        keys = ("m" * 16, "d" * 16, "k" * 16)
        ids = {value(replace(entry.caller, api_key=key).post(question))["id"] for key in keys}

        assert len(ids) == 3

    def test_keys_without_a_name_are_one_callers(self) -> None:
        """Who changes from one to the next has the answers of before, and no named key's."""
        entry = api(api_key=["k" * 16, "n" * 16, KEYS[1]])
        old, new, named = (replace(entry.caller, api_key=key * 16) for key in "knm")
        first, again = (
            value(caller.ask("ann", "hi", idempotency_key="k"))["id"] for caller in (old, new)
        )

        assert first == again == value(Api().caller.ask("ann", "hi", idempotency_key="k"))["id"]
        assert entry.record(first).caller == "key-1"
        assert [each.fetch(first).status for each in (old, new, named)] == [200, 200, 404]


class TestLimits:
    """How often somebody may ask."""

    def test_without_limits_nothing_is_counted(self) -> None:
        """An entry without the option pays no write for it."""
        entry = api()
        entry.post()

        assert entry.channels.tallies.asked == 0

    def test_a_key_that_asks_too_often_is_told_when_to_come_back(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """429 in the uniform form, nothing in the mailbox, and the log has the key's name."""
        caplog.set_level(logging.INFO, logger="cococat")
        entry = limited(per_key="2/minute")
        entry.clock.advance(15)
        answers = [entry.post(user_id=user) for user in ("ann", "bob", "cat")]

        assert [each.status for each in answers] == [202, 202, 429]
        assert error(answers[2]) == "rate_limited"
        assert answers[2].headers["retry-after"] == "45"
        assert len(entry.contents()) == 2
        assert "per_key of key-1" in [vars(each).get("step") for each in caplog.records]

    def test_keys_are_counted_apart(self) -> None:
        """One program's loop stops no other program."""
        entry = api(api_key=KEYS, options={"rate_limit": {"per_key": "1/hour"}})
        asked = [
            replace(entry.caller, api_key=key).ask("ann", "hi").status
            for key in ("m" * 16, "m" * 16, "d" * 16)
        ]

        assert asked == [202, 429, 202]

    def test_users_are_counted_apart(self) -> None:
        """One who writes too much does not stop the others of the same program."""
        entry = limited(per_user="1/minute")
        asked = [entry.post(user_id=user).status for user in ("ann", "ann", "bob")]

        assert asked == [202, 429, 202]

    def test_one_user_under_two_names_is_counted_apart(self) -> None:
        """No program uses up what its users may ask by another one."""
        entry = api(api_key=KEYS, options={"rate_limit": {"per_user": "1/minute"}})
        asked = [replace(entry.caller, api_key=key * 16).ask("ann", "hi").status for key in "mmdk"]

        assert asked == [202, 429, 202, 202]

    def test_whoever_waits_as_told_gets_through(self) -> None:
        """The seconds of Retry-After are enough."""
        entry = limited(per_key="1/minute", per_user="1/minute")
        entry.post()
        entry.clock.advance(int(entry.post().headers["retry-after"]))

        assert entry.post().status == 202

    def test_a_wrong_key_and_a_fetched_answer_count_for_nobody(self) -> None:
        """Guessing costs no one their turn, and waiting for an answer is free."""
        entry = limited(per_key="1/hour")
        wrong = replace(entry.caller, api_key="wrong-key-0123456789")
        for _ in range(3):
            wrong.ask("ann", "x")
        identity = value(entry.post())["id"]

        assert [entry.caller.fetch(identity).status for _ in range(3)] == [200] * 3

    def test_each_limit_costs_one_count(self) -> None:
        """Two limits are two writes, and a refused key is not asked for its user."""
        entry = limited(per_key="1/hour", per_user="1/hour")
        entry.post()
        asked = entry.channels.tallies.asked
        entry.post()

        assert (asked, entry.channels.tallies.asked) == (2, 3)


class TestConversations:
    """Where a question is asked."""

    def test_it_is_the_users_own_unless_the_caller_says_another(self) -> None:
        """Order is kept inside it, and the agent is told of it."""
        entry = api()
        entry.post()
        entry.post(conversation_id="群-1")

        found = [mailbox.parse(body) for body in entry.mailbox.bodies()]
        assert [each.conversation_id for each in found] == ["ann", "群-1"]
        assert [each.external_user for each in found] == ["ann", "ann"]

    def test_another_conversation_is_another_request(self) -> None:
        """Under the same idempotency key it is a conflict."""
        entry = api()
        body = b'{"user_id": "ann", "content": "hi", "conversation_id": "one"}'
        headers = {"idempotency-key": "k"}
        entry.caller.post(body, headers)

        assert entry.caller.post(body, headers).status == 202
        assert entry.caller.post(body.replace(b"one", b"two"), headers).status == 409

    @pytest.mark.parametrize("wrong", [1, "", "a\nb", "a" * 257, []])
    def test_it_has_the_form_of_a_user_id(self, wrong: object) -> None:
        """A wrong one is a 400 that names it."""
        response = api().post(conversation_id=wrong)

        assert (response.status, error(response)) == (400, "invalid_request")
        assert "'conversation_id'" in response.body
