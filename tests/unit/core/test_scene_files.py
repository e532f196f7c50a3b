import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cococat.core import offline_check, scene_files
from cococat.core.errors import ConfigError
from cococat.core.scene_files import texts
from tests.support.files import folder, web_api

ABSENT = "folder shop has no entries.json that can be read"


@pytest.fixture(name="scenes")
def _scenes(tmp_path: Path) -> Path:
    """Return a folder with two scenes."""
    for path, text in folder(bank=[web_api("/api/channel/bank")], shop=[web_api()]).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def told(scenes: Path) -> list[str]:
    """Return what is wrong with the files, after a journey as JSON."""
    files = json.loads(json.dumps(texts(scenes)))
    return [str(fault) for fault in offline_check.check(files)]


def test_only_the_files_of_scenes_are_read(scenes: Path) -> None:
    """Whatever else lies there."""
    for name in ("README.md", "shop/notes.txt", ".git/config", "__pycache__/x.pyc"):
        (scenes / name).parent.mkdir(exist_ok=True)
        (scenes / name).write_text("x", "utf-8")

    assert list(texts(scenes)) == ["agents.json", "bank/entries.json", "shop/entries.json"]
    assert told(scenes) == []


def test_a_file_that_is_no_text_is_a_fault_among_the_others(scenes: Path) -> None:
    """All are told at once."""
    (scenes / "bank" / "entries.json").write_bytes(b'{"agent": "\xff"}')
    (scenes / "shop" / "entries.json").write_text("[]", "utf-8")

    assert told(scenes) == [
        "bank/entries.json: $: text in UTF-8",
        "shop/entries.json: $: a JSON object (not a JSON object)",
    ]


def test_agents_that_are_no_text_are_a_fault(scenes: Path) -> None:
    """The scenes have no agents then, and keep what they have."""
    (scenes / "agents.json").write_bytes(b"\xff")

    first, *others = told(scenes)
    assert first == "agents.json: $: text in UTF-8"
    assert [other.partition("/")[0] for other in others] == ["bank", "shop"]


def _rename(entries: Path) -> None:
    entries.rename(entries.with_name("entry.json"))


def _link(entries: Path) -> None:
    entries.unlink()
    entries.symlink_to("nowhere.json")


def _folder(entries: Path) -> None:
    entries.unlink()
    entries.mkdir()


def _pipe(entries: Path) -> None:
    entries.unlink()
    os.mkfifo(entries)


def _gone(entries: Path) -> None:
    entries.unlink()
    entries.parent.rmdir()
    entries.parent.symlink_to("nowhere")


@pytest.mark.parametrize("spoil", [_rename, _link, _folder, _pipe, _gone])
def test_a_scene_without_its_file_is_a_fault(scenes: Path, spoil: Callable[[Path], None]) -> None:
    """It is not taken for one that was deleted."""
    spoil(scenes / "shop" / "entries.json")

    assert told(scenes) == [f"shop/entries.json: $: {ABSENT}"]


def test_a_file_that_can_not_be_read_is_a_fault(
    scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the system's reason; the others are read."""
    read = Path.read_text

    def refuse(path: Path, encoding: str) -> str:
        if path.parent.name == "shop":
            raise PermissionError(13, "Permission denied")
        return read(path, encoding)

    monkeypatch.setattr(Path, "read_text", refuse)

    assert told(scenes) == [
        "shop/entries.json: $: a file that can be read; this one can't (Permission denied)"
    ]


def test_a_folder_that_can_not_be_read_holds_no_scenes(tmp_path: Path) -> None:
    """There is nothing to check or to publish."""
    with pytest.raises(ConfigError, match="the scenes folder can't be read: No such file"):
        texts(tmp_path / "none")


def test_another_folder_is_not_taken_for_one_of_scenes(scenes: Path) -> None:
    """It has neither agents nor entries, and all that is connected would be withdrawn."""
    other = scenes / "shop"
    (other / "deeper").mkdir()

    assert scene_files.are_scenes(texts(scenes))
    (other / "entries.json").unlink()
    assert not scene_files.are_scenes(texts(other))
    assert not scene_files.are_scenes({})
