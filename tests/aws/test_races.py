"""The races of tests/unit/core/test_races.py over the real tables, call by call."""

import pytest
from hypothesis import HealthCheck, given, settings

from cococat.aws.observations import ObservationTable
from cococat.aws.wish_secrets import NOTE
from cococat.aws.wishes import WishTable
from tests.support.cloud import Cloud
from tests.support.manager import MemoryContext
from tests.support.races import Order, Race, Steps, interruptions, races

pytestmark = pytest.mark.aws


class TableContext(MemoryContext):
    """A context whose wishes and observations are in DynamoDB."""

    wishes: WishTable  # type: ignore[assignment]
    observations: ObservationTable  # type: ignore[assignment]

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self.clock = cloud.clock
        self.wishes = cloud.wishes()
        self.observations = ObservationTable(cloud.dynamodb, cloud.channels_table)


class Course:
    """One race after the other in the same tables, which each leaves empty."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._steps = Steps()
        for client in (cloud.dynamodb, cloud.secretsmanager):
            client.meta.events.register("before-call", lambda **_: self._steps.pause())

    def run(self, before: str, actors: list[list[str]], order: Order) -> list[int]:
        """Let *actors* race after what was done *before*; return their steps."""
        self._steps = Steps()
        race = Race(TableContext(self._cloud), self._steps)
        race.run([[before]], [(0, 1)])
        taken = race.run(actors, order)
        race.check()
        assert self._cloud.secret_names() == []
        assert NOTE not in {item["pk"]["S"] for item in self._cloud.items()}
        return taken


@pytest.fixture(name="course")
def _course(cloud: Cloud) -> Course:
    return Course(cloud)


@pytest.mark.parametrize(
    ("before", "one", "other"),
    [
        ("disconnect", "connect good", "connect unproven"),
        ("connect good", "connect unproven", "disconnect"),
    ],
)
def test_one_interrupts_the_other_at_any_call(
    course: Course, before: str, one: str, other: str, *, full: bool
) -> None:
    """The newest wish wins, nothing else is shown, and no secret is left behind."""
    actors = [[one], [other]]
    stride = 6 if full else 24
    for order in interruptions(lambda each: course.run(before, actors, each), stride=stride):
        course.run(before, actors, order)


@given(races)
@settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whoever_goes_on_nothing_leaks(course: Course, race: tuple[list[list[str]], Order]) -> None:
    """Two or three actors in made-up orders."""
    course.run("disconnect", *race)
