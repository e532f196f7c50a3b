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


Act = Callable[[Course], None]
Outcome = tuple[str, bool, str, str]
"""How it ends: source, enabled, token, and the file's entry that it stands for or overrules."""


def nothing(_course: Course) -> None:
    """Do nothing."""


def ending(stored: StoredWish, token: str) -> Outcome:
    """Return how it ends where *stored* is what is wanted."""
    wish = stored.wish
    return wish.source.value, wish.enabled, token, wish.file_hash


def outcomes(one: Act, other: Act, before: Act = nothing) -> set[Outcome | None]:
    """Return how it may end where, after *before*, one is interrupted by the other."""
    seen: set[Outcome | None] = set()

    def run(order: Order) -> list[int]:
        course = Course()
        before(course)
        taken = course.steps.run([lambda: one(course), lambda: other(course)], order)
        found = course.stored()
        seen.add(found and ending(*found))
        course.check()
        return taken

    for order in interruptions(run):
        run(order)
    return seen


API, OFF = ("api", True, "api", "one"), ("api", False, "", "one")
FIRST, SECOND = ("file", True, "changed", "two"), ("file", True, "file", "one")


def test_the_same_file_again_never_undoes_a_wish_by_api() -> None:
    """Whenever it comes: a connect stands, and so does a disconnect."""
    assert outcomes(Course.connect, publishing(FILE)) == {API}
    assert outcomes(Course.disconnect, publishing(FILE)) == {OFF}


def test_of_a_changed_file_and_a_wish_by_api_the_later_wins() -> None:
    """As a whole: never the token of the one with the source of the other."""
    for act, wish in ((Course.connect, API), (Course.disconnect, OFF)):
        assert outcomes(act, publishing(CHANGED)) == {FIRST, (*wish[:3], "two")}


def test_what_an_operator_wants_outlives_its_file() -> None:
    """It stands for itself then; what nobody wants is gone."""
    alone = {(*API[:3], "")}

    assert outcomes(Course.connect, Course.withdraw) == alone
    assert outcomes(Course.connect, Course.withdraw, before=Course.disconnect) == alone
    for before in (nothing, Course.connect, Course.disconnect):
        assert outcomes(Course.disconnect, Course.withdraw, before=before) == {None}


def test_two_publishers_agree() -> None:
    """A deploy and an operator's own command, at once, with the same files or others."""
    assert outcomes(publishing(CHANGED), publishing(CHANGED)) == {FIRST}
    assert outcomes(publishing(CHANGED), publishing(FILE)) == {FIRST, SECOND}
    for wish, left in ((CHANGED, FIRST), (FILE, SECOND)):
        assert outcomes(publishing(wish), Course.withdraw) == {left, None}
