from pathlib import Path

import pytest

from cococat.local.kept import KeptState


@pytest.fixture(name="kept")
def _kept(tmp_path: Path) -> KeptState:
    return KeptState(tmp_path, 4566)


def run(kept: KeptState, text: str, *, keep: bool) -> str:
    """Let a run write *text*, and return what it began with."""
    kept.open()
    file = kept.working / "tables.json"
    found = file.read_text("utf-8") if file.exists() else ""
    file.write_text(text, "utf-8")
    kept.close(keep=keep)
    return found


def test_a_run_begins_with_what_the_last_one_has_left(kept: KeptState) -> None:
    """And the first one with nothing."""
    assert not kept.is_there
    assert [run(kept, text, keep=True) for text in ("a", "b", "c")] == ["", "a", "b"]
    assert kept.is_there


def test_one_that_fails_costs_nothing(kept: KeptState) -> None:
    """The next begins with what the last good one has left; so it does after a killed one."""
    run(kept, "good", keep=True)
    run(kept, "bad", keep=False)
    kept.open()
    (kept.working / "tables.json").write_text("killed", "utf-8")

    assert run(kept, "next", keep=True) == "good"
    assert not kept.working.exists()


def test_each_port_has_its_own(kept: KeptState, tmp_path: Path) -> None:
    """Addresses of queues have the port in them."""
    run(kept, "a", keep=True)

    assert run(KeptState(tmp_path, 4600), "b", keep=True) == ""


def test_nobody_else_may_look_into_it(kept: KeptState, tmp_path: Path) -> None:
    """It holds secrets, while a run works on it and afterwards."""
    run(kept, "a", keep=True)
    kept.open()

    folders = [kept.working, tmp_path / "state-4566"]
    assert [folder.stat().st_mode & 0o077 for folder in folders] == [0, 0]
    assert str(kept) == str(folders[1])
