from cococat.core.chores import STALE, Chores
from tests.support.clock import FakeClock


def test_what_nobody_does_any_more_is_forgotten() -> None:
    """Channels come and go for years; what is done again and again keeps its time."""
    clock, done = FakeClock(), list[str]()
    chores = Chores(clock.now)

    def do(name: str, seconds: float) -> None:
        chores.every(name, seconds, lambda: done.append(name))

    for number in range(1000):
        do(f"complaint {number}", 10)
        do("figures", 60)
        do("day", 24 * 3600)
        clock.advance(60)
    known = set(chores._due) - {"figures", "day"}

    assert len(known) <= 2 * STALE / 60
    assert (done.count("figures"), done.count("day")) == (1000, 1)
