"""What the local AWS keeps from one run to the next: all that is deployed, connected and stored."""

import shutil
from pathlib import Path


class KeptState:
    """
    The state of the last run that ended well.

    A run works on a copy, so that one which fails, or is killed, costs nothing that was kept.
    Queues are known by addresses with their port: the state of another port is of no use.

    Args:
        folder: where it is; nobody but its owner may look into it, for it holds secrets.
        port: where the local AWS listens.

    """

    def __init__(self, folder: Path, port: int) -> None:
        self._kept = folder / f"state-{port}"
        self.working = folder / f"state-{port}.running"

    @property
    def is_there(self) -> bool:
        """Tell whether a run has kept anything."""
        return self._kept.is_dir()

    def __str__(self) -> str:
        """Return where it is, for people."""
        return str(self._kept)

    def open(self) -> None:
        """Make the copy that a run works on."""
        shutil.rmtree(self.working, ignore_errors=True)
        self.working.mkdir(mode=0o700, parents=True)
        if self.is_there:
            shutil.copytree(self._kept, self.working, dirs_exist_ok=True)

    def close(self, *, keep: bool) -> None:
        """End a run: what it worked on takes the place of what was kept, or goes."""
        if keep:
            shutil.rmtree(self._kept, ignore_errors=True)
            self.working.rename(self._kept)
        shutil.rmtree(self.working, ignore_errors=True)
