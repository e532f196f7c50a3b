"""Two connects at once, a connect during a disconnect, a late watcher: in every order."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings

from tests.support.races import ACTS, Order, Race, SteppedContext, Steps, interruptions, races


def run(before: list[str], actors: list[list[str]], order: Order) -> list[int]:
    """Let *actors* do what they do after what was done *before*; return their steps."""
    steps = Steps()
    race = Race(SteppedContext(steps), steps)
    race.run([before], [(0, 1)])
    taken = race.run(actors, order)
    race.check()
    return taken


@pytest.mark.parametrize("before", ["disconnect", "connect good", "connect unproven"])
@pytest.mark.parametrize(
    "actors",
    [pair for pair in combinations_with_replacement(ACTS, 2) if "connect" in pair[0]],
    ids=lambda acts: " beside ".join(acts).replace(" ", "-"),
)
def test_one_interrupts_the_other_anywhere(
    before: str, actors: tuple[str, str], *, full: bool
) -> None:
    """The newest wish wins, and nothing else is shown: at each step, for each number of steps."""
    stride = 1 if full else 3
    for order in interruptions(
        lambda each: run([before], [[act] for act in actors], each), stride=stride
    ):
        run([before], [[act] for act in actors], order)


@given(races)
@settings(max_examples=5 * settings().max_examples)
def test_the_newest_wish_wins_and_nothing_else_is_shown(
    race: tuple[list[list[str]], Order],
) -> None:
    """Two or three actors, each with a list of things to do, in made-up orders."""
    run(["disconnect"], *race)
