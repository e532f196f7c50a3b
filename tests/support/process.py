"""A new process, as far as the package's own caches go."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BOOTSTRAP = "cococat.bootstrap."


@contextmanager
def fresh(environment: dict[str, str]) -> Iterator[None]:
    """Forget what an earlier process has made, before and after the body."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        _forget()
        yield
    _forget()


def _forget() -> None:
    made = [module for name, module in sys.modules.items() if name.startswith(BOOTSTRAP)]
    for module in made:
        for member in vars(module).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()
    log = logging.getLogger("cococat")
    log.handlers.clear()
    log.filters.clear()
    log.setLevel(logging.NOTSET)
    log.propagate = True
    for mark in [name for name in vars(log) if name.startswith(("init", "powertools"))]:
        delattr(log, mark)  # what Powertools notes on a logger that it has set up
