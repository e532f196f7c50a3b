"""Wishes and their secrets: written together, replaced together, removed together."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cococat.aws.wish_secrets import NOTE, ROTATION
from cococat.aws.wishes import REMEMBERED, WishTable
from cococat.core.errors import Conflict, EndpointTaken
from cococat.core.wishes import Source
from tests.support import samples
from tests.support.cloud import STACK, Cloud
from tests.support.kept_wishes import WECHAT, binding, put, wechat

pytestmark = pytest.mark.aws

BANK = replace(samples.ADDRESS, target_id="bank")
PREFIX = f"cococat/{STACK}/channels/scene/shop/"


@pytest.fixture(name="wishes")
def _wishes(cloud: Cloud) -> WishTable:
    return cloud.wishes()


def stored(cloud: Cloud) -> dict[str, Any]:
    """Return the only wechat channel, as the table has it."""
    (found,) = [item for item in cloud.items() if item["sk"]["S"] == "wechat#wechat"]
    return found


def routes(cloud: Cloud) -> dict[str, str]:
    """Return each endpoint with the scene that has it."""
    return {
        item["pk"]["S"].removeprefix("endpoint#"): item["target_id"]["S"]
        for item in cloud.items()
        if item["sk"]["S"] == "route"
    }


def notes(cloud: Cloud) -> list[str]:
    """Return the secrets that are noted as unused."""
    return [item["sk"]["S"] for item in cloud.items() if item["pk"]["S"] == NOTE]


class TestWriting:
    """A wish that was not there."""

    def test_what_is_read_is_what_was_written(self, cloud: Cloud, wishes: WishTable) -> None:
        """But for the secrets, which have to be asked for."""
        wish = replace(wechat(), source=Source.API, file_hash="h", enabled=False)
        stored = wishes.write(wish, replacing=None)

        assert stored == wishes.read(WECHAT) == wishes.all()[0]
        assert stored.wish == replace(wish, secrets={})
        assert (stored.generation, stored.secret_names) == (1, ("token",))
        assert wishes.secrets(stored) == {"token": "tokenA"}
        assert cloud.secret_names() == [stored.secret]
        assert stored.secret.startswith(f"{PREFIX}wechat/wechat/")

    def test_no_secret_is_in_the_table(self, cloud: Cloud, wishes: WishTable) -> None:
        """Neither token nor reply key."""
        wishes.write(wechat("canary"), replacing=None)
        table = json.dumps(cloud.items())

        assert "canary" not in table
        assert binding(cloud).reply_key not in table

    def test_there_is_one_at_most(self, wishes: WishTable, cloud: Cloud) -> None:
        """Who believes there is nothing is told, and leaves no secret behind."""
        stored = wishes.write(wechat(), replacing=None)
        with pytest.raises(Conflict):
            wishes.write(wechat("tokenB"), replacing=None)

        assert cloud.secret_names() == [stored.secret]

    @pytest.mark.parametrize("known", ["older", "gone"])
    def test_who_knows_another_one_is_told(
        self, wishes: WishTable, cloud: Cloud, known: str
    ) -> None:
        """An older generation, or one that was removed."""
        first = wishes.write(wechat(), replacing=None)
        if known == "older":
            put(wishes, wechat("tokenB"))
        else:
            wishes.remove(first)
        before = cloud.secret_names()
        with pytest.raises(Conflict):
            wishes.write(wechat("tokenC"), replacing=first)
        with pytest.raises(Conflict):
            wishes.remove(first)

        assert cloud.secret_names() == before

    def test_an_endpoint_is_had_by_one(self, cloud: Cloud, wishes: WishTable) -> None:
        """The second leaves nothing behind, also where it moves there."""
        wishes.write(samples.wish(), replacing=None)
        with pytest.raises(EndpointTaken):
            wishes.write(samples.wish(BANK), replacing=None)
        put(wishes, samples.wish(BANK, config={"endpoint": "/api/channel/bank"}))
        before = cloud.secret_names()
        with pytest.raises(EndpointTaken):
            put(wishes, samples.wish(BANK, secrets={"api_key": "another-key-0123456789"}))

        assert cloud.secret_names() == before
        assert routes(cloud) == {samples.ENDPOINT: "shop", "/api/channel/bank": "bank"}

    def test_an_endpoint_is_given_up(self, cloud: Cloud, wishes: WishTable) -> None:
        """By moving, and by removing; not by disabling."""
        put(wishes, samples.wish(enabled=False))
        with pytest.raises(EndpointTaken):
            put(wishes, samples.wish(BANK))
        put(wishes, samples.wish(config={"endpoint": "/api/channel/elsewhere"}))
        stored = put(wishes, samples.wish(BANK))
        assert routes(cloud) == {"/api/channel/elsewhere": "shop", samples.ENDPOINT: "bank"}
        wishes.remove(stored)

        assert routes(cloud) == {"/api/channel/elsewhere": "shop"}

    def test_an_endpoint_is_taken_over_only_by_who_may(
        self, cloud: Cloud, wishes: WishTable
    ) -> None:
        """The earlier one's move does not take it away again."""
        first = put(wishes, samples.wish())
        wishes.write(samples.wish(BANK), replacing=None, taking_over=True)
        assert routes(cloud) == {samples.ENDPOINT: "bank"}
        wishes.write(samples.wish(config={"endpoint": "/api/channel/elsewhere"}), replacing=first)

        assert routes(cloud) == {samples.ENDPOINT: "bank", "/api/channel/elsewhere": "shop"}


class TestUnknownOutcomes:
    """A process died, or an answer got lost: nobody knows what became of a change."""

    @pytest.fixture(name="lost", params=["before it was written", "after it was written"])
    def _lost(
        self, request: pytest.FixtureRequest, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> bool:
        """Lose the next write's answer; return whether it has taken place."""
        write, happens = cloud.dynamodb.transact_write_items, "after" in str(request.param)

        def lose(**given: Any) -> None:  # noqa: ANN401 - as botocore takes it
            monkeypatch.undo()
            if happens:
                write(**given)
            raise ConnectionError

        monkeypatch.setattr(cloud.dynamodb, "transact_write_items", lose)
        return happens

    def test_no_secret_is_left_of_a_write(
        self, cloud: Cloud, wishes: WishTable, *, lost: bool
    ) -> None:
        """The one that nobody uses is swept once the write can't come true any more."""
        with pytest.raises(ConnectionError):
            wishes.write(wechat(), replacing=None)
        assert (wishes.read(WECHAT) is not None, wishes.sweep()) == (lost, 0)
        cloud.clock.advance(ROTATION + 1)

        assert wishes.sweep() == (0 if lost else 1)
        stored = wishes.read(WECHAT)
        assert cloud.secret_names() == ([stored.secret] if stored else [])
        assert notes(cloud) == []

    def test_no_secret_is_left_of_a_removal(
        self, cloud: Cloud, wishes: WishTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was killed before it had deleted them all."""
        put(wishes, wechat())
        stored = put(wishes, wechat("tokenB"))

        def die(**_: object) -> None:
            raise ConnectionError

        monkeypatch.setattr(cloud.secretsmanager, "delete_secret", die)
        with pytest.raises(ConnectionError):
            wishes.remove(stored)
        monkeypatch.undo()
        assert (wishes.read(WECHAT), len(cloud.secret_names())) == (None, 2)
        cloud.clock.advance(ROTATION + 1)

        assert [wishes.sweep() for _ in range(2)] == [2, 0]
        assert cloud.secret_names() == []

    def test_a_refused_write_leaves_no_note(self, cloud: Cloud, wishes: WishTable) -> None:
        """Nor does one that is kept."""
        put(wishes, wechat())
        with pytest.raises(Conflict):
            cloud.wishes().write(wechat("tokenB"), replacing=None)

        assert notes(cloud) == []

    def test_a_deleted_stack_takes_them_all_along(self, cloud: Cloud, wishes: WishTable) -> None:
        """Current, retired, and such as nobody uses."""
        for token in ("tokenA", "tokenB"):
            put(wishes, wechat(token))
        wishes._secrets.store(wechat("tokenC"), {})
        assert len(cloud.secret_names()) == 3
        wishes.remove_secrets()

        assert cloud.secret_names() == []


class TestRemoving:
    """A wish that is gone."""

    def test_its_secrets_can_not_be_read_any_more(self, cloud: Cloud, wishes: WishTable) -> None:
        """By whoever has just read it."""
        stored = put(wishes, wechat())
        wishes.remove(stored)

        with pytest.raises(Conflict):
            cloud.wishes().secrets(stored)

    def test_all_its_secrets_go_with_it(self, cloud: Cloud, wishes: WishTable) -> None:
        """Also those that were only retired."""
        for token in ("tokenA", "tokenB", "tokenC"):
            stored = put(wishes, wechat(token))
        wishes.remove(stored)

        assert cloud.secret_names() == []
        assert (wishes.read(WECHAT), wishes.all()) == (None, [])
        assert cloud.channels().by_address(WECHAT) is None

    def test_its_generation_is_remembered_for_a_while(
        self, cloud: Cloud, wishes: WishTable
    ) -> None:
        """No later channel is taken for it; the table forgets it by itself."""
        put(wishes, wechat())
        wishes.remove(put(wishes, wechat("tokenB")))
        assert stored(cloud) == {
            "pk": {"S": "scene#shop"},
            "sk": {"S": "wechat#wechat"},
            "enabled": {"BOOL": False},
            "generation": {"N": "3"},
            "retired": {"M": {}},
            "expires_at": {"N": str(int(cloud.clock.now()) + REMEMBERED)},
        }
        again = put(wishes, wechat())

        assert again.generation == 4
        assert "expires_at" not in stored(cloud)

    def test_two_that_make_it_anew_are_told_apart(self, cloud: Cloud, wishes: WishTable) -> None:
        """Also over what is left of the one before."""
        wishes.remove(put(wishes, wechat()))
        first = wishes.write(wechat("tokenB"), replacing=None)
        with pytest.raises(Conflict):
            cloud.wishes().write(wechat("tokenC"), replacing=None)

        assert cloud.secret_names() == [first.secret]
