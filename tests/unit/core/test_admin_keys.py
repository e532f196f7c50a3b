import hashlib
import hmac
import re
from dataclasses import replace

import pytest

from cococat.core import admin_keys
from cococat.core.admin_keys import AdminKey, make, recognise
from tests.support.clock import START


class TestMaking:
    """A key is shown once."""

    def test_what_is_kept_does_not_open_anything(self) -> None:
        """Only its digest, and what its owner calls it."""
        key, kept = make("read", note="Ann's laptop", expires_at=int(START))

        assert re.fullmatch(r"ck_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", key)
        assert kept == AdminKey(
            id=key[3:11],
            digest=hashlib.sha256(key.encode()).hexdigest(),
            scope="read",
            note="Ann's laptop",
            expires_at=int(START),
        )
        assert key[12:] not in repr(kept)

    def test_each_is_another(self) -> None:
        """Neither ids nor keys come twice."""
        made = [make("manage") for _ in range(50)]

        assert len({key for key, _ in made}) == len({kept.id for _, kept in made}) == 50

    def test_it_survives_json(self) -> None:
        """As it is stored, so it is read."""
        _, kept = make("manage")

        assert AdminKey.from_dict(kept.to_dict()) == kept


class TestRecognising:
    """Somebody shows a key."""

    def test_each_is_told_from_the_others(self) -> None:
        """With its own scope."""
        made = [make("read"), make("manage"), make("read")]
        kept = [each for _, each in made]

        assert [recognise(key, kept, START) for key, _ in made] == kept

    @pytest.mark.parametrize(
        "given", ["", "ck_", "Bearer x", "x" * 10_000, "ключ", "\ud800", "\x00"]
    )
    def test_anything_else_is_none(self, given: str) -> None:
        """Whatever it is made of."""
        assert recognise(given, [make("manage")[1]], START) is None
        assert recognise(given, [], START) is None

    def test_nearly_a_key_is_none(self) -> None:
        """Neither cut, nor longer, nor in other letters, nor of another id."""
        key, kept = make("manage")
        wrong = [key[:-1], key + "a", key.upper(), f" {key}", f"{key}\n", key.replace("ck_", "ck-")]
        swapped = f"ck_{kept.id[::-1]}{key[11:]}"

        assert [recognise(each, [kept], START) for each in (*wrong, swapped)] == [None] * 7

    @pytest.mark.parametrize(("after", "holds"), [(-1, True), (0, False), (1, False)])
    def test_it_is_good_until_it_expires(self, after: int, *, holds: bool) -> None:
        """And not a second longer."""
        key, kept = make("manage", expires_at=int(START))

        assert (recognise(key, [kept], START + after) is not None) == holds

    def test_an_expired_one_does_not_hide_a_good_one(self) -> None:
        """The same key, kept twice."""
        key, kept = make("manage", expires_at=int(START) - 1)
        good = replace(kept, expires_at=None)

        assert recognise(key, [kept, good], START) == good

    def test_every_key_is_compared_in_constant_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Time tells neither how much of a key is right, nor which one it is, nor its form."""
        compared: list[tuple[str, str]] = []
        real = hmac.compare_digest

        def compare(one: str, other: str) -> bool:
            compared.append((one, other))
            return real(one, other)

        monkeypatch.setattr(hmac, "compare_digest", compare)
        made = [make("read") for _ in range(5)]
        kept = [each for _, each in made]
        for given in (made[0][0], made[4][0], made[0][0][:-1] + "_", "no key"):
            compared.clear()
            recognise(given, kept, START)

            assert [one for one, _ in compared] == [key.digest for key in kept]
            assert all(len(one) == len(other) == 64 for one, other in compared)


@pytest.mark.parametrize(
    ("scope", "allowed"), [("read", ["read"]), ("manage", ["read", "manage"]), ("", [])]
)
def test_manage_includes_read(scope: str, allowed: list[str]) -> None:
    """And read nothing but itself."""
    key = AdminKey(id="1", digest="", scope=scope)

    assert [each for each in admin_keys.SCOPES if key.allows(each)] == allowed
