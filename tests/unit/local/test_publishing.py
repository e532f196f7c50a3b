from pathlib import Path

from cococat.core.scene_files import texts
from cococat.local.publishing import LocalScenes


def scenes(**files: str) -> LocalScenes:
    """Return scenes with an `entries.json` each."""
    named = {f"{scene}/entries.json": text for scene, text in files.items()}
    return LocalScenes(files=named, made_up=[], simulated={})


def texts_of_a_lost_scene(folder: Path) -> str:
    """Return what stands for the text of a scene that has lost its file."""
    (folder / "lost" / "zoo").mkdir(parents=True)
    return texts(folder / "lost")["zoo/entries.json"]


def test_what_is_built_is_what_is_to_be_published(tmp_path: Path) -> None:
    """Scenes of an earlier run are not in the folder any more."""
    folder = tmp_path / "scenes"
    scenes(shop="1", bank="2").write(folder)
    later = scenes(shop="3", zoo=texts_of_a_lost_scene(tmp_path))

    assert later.write(folder) == folder
    assert texts(folder) == later.files
