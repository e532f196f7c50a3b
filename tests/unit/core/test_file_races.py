"""An operator and a publisher of files at the same channel: in every order."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cococat.core.errors import NotConnected
from cococat.core.file_wishes import FileWishes
from cococat.core.wishes import Source, StoredWish, Wish
from tests.support.manager import APP_ID, Office, shop
from tests.support.races import Order, SteppedContext, Steps, interruptions

FILE = Wish(
    address=shop(),
    scene_id="shop",
    agent="shop",
    mailbox="queue://shop",
    config={"app_id": APP_ID},
    secrets={"token": "file"},
    file_hash="one",
)
CHANGED = replace(FILE, secrets={"token": "changed"}, file_hash="two")


class Course:
    """A channel that stands in a file, and two who work on it at once."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.ctx = SteppedContext(self.steps)
        self.publish(FILE)

    def publish(self, wish: Wish) -> None:
        """Publish a file with *wish*."""
        FileWishes(self.ctx.wishes).keep(wish, {}, frozenset())

    def withdraw(self) -> None:
        """Publish a file without it."""
        FileWishes(self.ctx.wishes).withdraw_all_but([], frozenset())

    def connect(self) -> None:
        """Want the channel otherwise, by API."""
        Office(self.ctx).connect("api")

    def disconnect(self) -> None:
        """Want it no more, by API."""
        Office(self.ctx).disconnect()

    def stored(self) -> tuple[StoredWish, str] | None:
        """Return what is wanted and its token, if anything is."""
        stored = self.ctx.wishes.read(shop())
        if stored is None:
            return None
        return stored, str(self.ctx.wishes.secrets(stored).get("token", ""))

    def check(self) -> None:
        """See that what is shown is of what is wanted, and that all goes on from here."""
        office, found = Office(self.ctx), self.stored()
        if found is None:
            with pytest.raises(NotConnected):
                office.find()
        else:
            assert office.find().stored == found[0]
        assert office.connect("later").stored.wish.source is Source.API
        office.disconnect()


def publishing(wish: Wish) -> Callable[[Course], None]:
    """Return what publishes a file with *wish*."""
    return lambda course: course.publish(wish)


def outcomes(
    one: Callable[[Course], None], other: Callable[[Course], None]
) -> set[tuple[str, bool, str] | None]:
    """Return how it may end where one is interrupted by the other: source, enabled, token."""
    seen: set[tuple[str, bool, str] | None] = set()

    def run(order: Order) -> list[int]:
        course = Course()
        taken = course.steps.run([lambda: one(course), lambda: other(course)], order)
        found = course.stored()
        wish = found[0].wish if found else None
        seen.add(wish and found and (wish.source.value, wish.enabled, found[1]))
        course.check()
        return taken

    for order in interruptions(run):
        run(order)
    return seen


API, OFF = ("api", True, "api"), ("api", False, "")


def test_the_same_file_again_never_undoes_a_wish_by_api() -> None:
    """Whenever it comes: a connect stands, and so does a disconnect."""
    assert outcomes(Course.connect, publishing(FILE)) == {API}
    assert outcomes(Course.disconnect, publishing(FILE)) == {OFF}


def test_of_a_changed_file_and_a_wish_by_api_the_later_wins() -> None:
    """As a whole: never the token of the one with the source of the other."""
    changed = ("file", True, "changed")

    assert outcomes(Course.connect, publishing(CHANGED)) == {API, changed}
    assert outcomes(Course.disconnect, publishing(CHANGED)) == {OFF, changed}


def test_what_an_operator_wants_outlives_its_file() -> None:
    """It stands for itself then; what nobody wants is gone."""
    assert outcomes(Course.connect, Course.withdraw) == {API}
    assert outcomes(Course.disconnect, Course.withdraw) == {None}


def test_two_publishers_agree() -> None:
    """A deploy and an operator's own command, at once, with the same files or others."""
    other = publishing(replace(FILE, file_hash="three"))
    first, second = ("file", True, "changed"), ("file", True, "file")

    assert outcomes(publishing(CHANGED), publishing(CHANGED)) == {first}
    assert outcomes(publishing(CHANGED), other) == {first, second}
    for wish, left in ((CHANGED, first), (FILE, second)):
        assert outcomes(publishing(wish), Course.withdraw) == {left, None}
