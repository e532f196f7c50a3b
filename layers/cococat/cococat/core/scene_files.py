"""
The files of a scenes folder: `agents.json`, and `entries.json` in a folder for each scene.

A file that is not to be read is a fault of this one. So what is wrong with it stands for its text,
behind a sign that no JSON begins with: as a text it travels wherever the files do, into a bundle
and into the stack's function, and no scene is taken for one that was deleted.
"""

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable

from cococat.core.errors import ConfigError

AGENTS_FILE = "agents.json"
ENTRIES_FILE = "entries.json"

_UNREAD = "\0"


def texts(folder: Traversable) -> dict[str, str]:
    """
    Return the files of a scenes *folder*: path below it -> text.

    Raises:
        ConfigError: the folder itself can't be read.

    """
    try:
        children = sorted(folder.iterdir(), key=lambda child: child.name)
    except OSError as error:
        raise ConfigError(f"the scenes folder can't be read: {error.strerror}") from error
    return {path: _text(path, file) for path, file in _files(children)}


def why_unread(text: str) -> str:
    """Return why a file was not read, where *text* only stands for its own; empty for others."""
    return text.removeprefix(_UNREAD) if text.startswith(_UNREAD) else ""


def are_scenes(files: Mapping[str, str]) -> bool:
    """Tell whether *files* are those of a scenes folder, and not of any other."""
    return any(text != _UNREAD + _absent(path) for path, text in files.items())


def _files(children: list[Traversable]) -> Iterator[tuple[str, Traversable]]:
    for child in children:
        if child.name == AGENTS_FILE:
            yield AGENTS_FILE, child
        elif not child.is_file():  # a link to a folder that is gone is a scene as well
            entries = child / ENTRIES_FILE
            if entries.is_file() or not child.name.startswith((".", "_")):
                yield f"{child.name}/{ENTRIES_FILE}", entries


def _text(path: str, file: Traversable) -> str:
    try:
        # Whoever opens a pipe waits for its other end.
        return file.read_text("utf-8") if file.is_file() else _UNREAD + _absent(path)
    except UnicodeDecodeError:
        return f"{_UNREAD}text in UTF-8"
    except OSError as error:
        return f"{_UNREAD}a file that can be read; this one can't ({error.strerror})"


def _absent(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{f'folder {folder}' if folder else 'the folder'} has no {name} that can be read"
