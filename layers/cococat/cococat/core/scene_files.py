"""The files of a scenes folder: `agents.json`, and `entries.json` in a folder for each scene."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable

from cococat.core.errors import ConfigError
from cococat.core.scenes import AGENTS_FILE, ENTRIES_FILE


def texts(folder: Traversable) -> dict[str, str]:
    """
    Return the files of a scenes *folder*: path below it -> text.

    Raises:
        ConfigError: one of them is no UTF-8.

    """
    return {path: _text(path, file) for path, file in _files(folder)}


def _files(folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    for child in folder.iterdir():
        if child.name == AGENTS_FILE:
            yield AGENTS_FILE, child
        elif child.is_dir() and (entries := child / ENTRIES_FILE).is_file():
            yield f"{child.name}/{ENTRIES_FILE}", entries


def _text(path: str, file: Traversable) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: $: text in UTF-8") from None
