"""The keeper: each minute, and on demand, it makes true what is wanted and is not."""

from typing import Any

from cococat.bootstrap import keeping


def handler(_event: dict[str, Any], _context: object) -> dict[str, int]:
    """Do all of its tasks and return what each mended; -1 for one that failed."""
    return keeping.keep_all()
