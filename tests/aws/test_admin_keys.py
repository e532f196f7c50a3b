"""The admin keys in their secret, and the command that makes them."""

import json

import pytest

from cococat import admin_keys as command
from cococat.aws.admin_keys import CACHE_SECONDS, AdminKeySecret
from cococat.bootstrap.operator import Stack, StackAddress
from cococat.core.admin_keys import AdminKey, make, recognise
from cococat.core.throttle import MOST, Throttle
from tests.support.cloud import STACK, Cloud

pytestmark = pytest.mark.aws

NAME = f"cococat/{STACK}/admin-keys"


@pytest.fixture(name="keys")
def _keys(cloud: Cloud) -> AdminKeySecret:
    return AdminKeySecret(cloud.secrets(), STACK, cloud.clock)


class TestTheSecret:
    """Where the digests are."""

    def test_there_are_none_to_begin_with(self, keys: AdminKeySecret) -> None:
        """No secret is no key."""
        assert (keys.all(), keys.read()) == ([], [])

    def test_what_is_written_is_read(self, cloud: Cloud, keys: AdminKeySecret) -> None:
        """Several, with notes and times, and no key that opens anything."""
        made = [make("read", note="猫"), make("manage", expires_at=2_000_000_000)]
        keys.change(lambda _: [kept for _, kept in made])
        other = AdminKeySecret(cloud.secrets(), STACK, cloud.clock)

        assert other.all() == [kept for _, kept in made]
        text = str(cloud.secrets().text(NAME))
        assert [key for key, _ in made if key[12:] in text] == []

    def test_a_change_is_seen_within_half_a_minute(
        self, cloud: Cloud, keys: AdminKeySecret
    ) -> None:
        """A revoked key is good no longer than that; meanwhile no call is made."""
        key, kept = make("manage")
        keys.change(lambda _: [kept])
        assert keys.all() == [kept]
        AdminKeySecret(cloud.secrets(), STACK, cloud.clock).change(lambda _: [])
        cloud.clock.advance(CACHE_SECONDS - 1)
        cloud.calls.take()
        assert recognise(key, keys.all(), cloud.clock.now()) == kept
        assert cloud.calls.take() == []
        cloud.clock.advance(1)

        assert keys.all() == []
        assert cloud.calls.take() == ["GetSecretValue"]

    @pytest.mark.parametrize("before", [0, 1])
    def test_two_changes_at_once_lose_nothing(
        self, cloud: Cloud, keys: AdminKeySecret, before: int
    ) -> None:
        """Whether there was a key before or none: who is late does it once more."""
        old, first, second = (make("manage")[1] for _ in range(3))
        if before:
            keys.change(lambda _: [old])
        looks = []

        def late(found: list[AdminKey]) -> list[AdminKey]:
            looks.append(len(found))
            if len(looks) == 1:
                other = AdminKeySecret(cloud.secrets(), STACK, cloud.clock)
                other.change(lambda known: [*known, first])
            return [*found, second]

        keys.change(late)

        assert looks == [before, before + 1]
        assert keys.read() == [*[old][:before], first, second]


class TestTheCommand:
    """`python -m cococat.admin_keys`."""

    @pytest.fixture(autouse=True)
    def _stack(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        address = StackAddress(stack_name=STACK, region="us-east-1")
        monkeypatch.setattr(command, "stack_of", lambda _: Stack(address))

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
        """Run the command with *words* and return its exit code."""
        monkeypatch.setattr("sys.argv", ["admin_keys", *words])
        return command.main()

    def test_it_makes_lists_and_revokes(
        self,
        keys: AdminKeySecret,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The key is shown once, at its making."""
        assert self.run(monkeypatch, "list") == 0
        assert "answers 503" in capsys.readouterr().out
        self.run(monkeypatch, "create", "--scope", "read", "--note", "Ann", "--days", "7")
        key = capsys.readouterr().out.splitlines()[0]
        self.run(monkeypatch, "create", "--json")
        made = json.loads(capsys.readouterr().out)
        self.run(monkeypatch, "list")
        listed = capsys.readouterr().out

        kept = keys.read()
        assert [(each.id, each.scope, each.note) for each in kept] == [
            (key[3:11], "read", "Ann"),
            (made["id"], "manage", ""),
        ]
        assert kept[0].expires_at is not None
        assert kept[1].expires_at is None
        assert recognise(made["key"], kept, 0) == kept[1]
        assert [line.split()[:2] for line in listed.splitlines()] == [
            [kept[0].id, "read"],
            [kept[1].id, "manage"],
        ]
        assert "forever" in listed
        self.run(monkeypatch, "list", "--json")
        shown = capsys.readouterr().out
        for each in (key[12:], made["key"][12:], kept[0].digest, kept[1].digest):
            assert each not in listed + shown
        assert self.run(monkeypatch, "revoke", kept[0].id) == 0
        assert keys.read() == [kept[1]]

    def test_it_says_what_is_wrong(
        self,
        keys: AdminKeySecret,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Exit 2, and one sentence."""
        assert self.run(monkeypatch, "revoke", "00000000") == 2
        assert "there is no admin key '00000000'" in capsys.readouterr().err
        days = [("create", "--days", n) for n in ("0", "-1", "3651", "9" * 12, "9" * 5000, "²")]
        stray = (("create", "read"), ("list", "00000000"))
        for words in (("revoke",), ("make",), ("create", "--scope", "all"), *stray, *days):
            with pytest.raises(SystemExit) as ended:
                self.run(monkeypatch, *words)
            assert ended.value.code == 2
            if words in stray:
                assert f"{words[0]} takes no '{words[1]}'" in capsys.readouterr().err
            if "--days" in words:
                assert "must be a whole number from 1 to 3650" in capsys.readouterr().err
        assert keys.read() == []

    def test_programs_get_an_object_whatever_happens(
        self,
        keys: AdminKeySecret,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Of the list no more than there is to show."""
        _, kept = make("read", note="Ann")
        keys.change(lambda _: [kept])
        self.run(monkeypatch, "list", "--json")
        shown = {"id": kept.id, "scope": "read", "note": "Ann", "expires_at": None}
        assert json.loads(capsys.readouterr().out) == [shown]
        assert self.run(monkeypatch, "revoke", kept.id, "--json") == 0
        revoked = {"id": kept.id, "outcome": "revoked"}
        assert json.loads(capsys.readouterr().out) == revoked
        assert self.run(monkeypatch, "revoke", kept.id, "--json") == 2

        said = capsys.readouterr()
        error = f"there is no admin key '{kept.id}'"
        assert json.loads(said.out) == {"error": error}
        assert said.err == f"admin_keys: {error}\n"

    def test_a_key_that_no_calendar_can_end_is_listed(
        self,
        keys: AdminKeySecret,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """So that it can be revoked."""
        kept = [make("manage", expires_at=10**n)[1] for n in (13, 17, 30)]
        keys.change(lambda _: kept)

        assert self.run(monkeypatch, "list") == 0
        listed = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in listed] == [each.id for each in kept]


def test_failures_are_counted_in_the_table(cloud: Cloud) -> None:
    """Over all processes: each has a throttle of its own."""
    throttles = [Throttle(cloud.messages(), cloud.clock) for _ in range(3)]
    for n in range(MOST):
        assert not throttles[0].is_exhausted("192.0.2.1")
        throttles[n % 3].fail("192.0.2.1")

    assert all(throttle.is_exhausted("192.0.2.1") for throttle in throttles)
    cloud.clock.advance(60)
    assert not throttles[0].is_exhausted("192.0.2.1")
