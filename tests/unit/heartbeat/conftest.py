"""An external agent whose messages come again at once."""

import pytest

from tests.support.external_loop import Bench


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what failed come again at once."""

    class Now:
        delay = 0

    for module in ("loop", "receiver"):
        monkeypatch.setattr(f"cococat.heartbeat.{module}.backoff", lambda _tries: Now)
