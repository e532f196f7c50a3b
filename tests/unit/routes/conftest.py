"""An operator's console, in memory."""

import pytest

from tests.support.console import Console


@pytest.fixture(name="console")
def _console() -> Console:
    console = Console()
    console.ctx.platform.says = {"good": "proven", "bad": "refused", "down": "unreachable"}
    return console
