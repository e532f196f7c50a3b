"""
Values that a door makes for every message: frozen for mypy, and cheap to make.

A frozen dataclass sets each of its fields through `object.__setattr__`, which takes three times
as long as an assignment; over the objects of one message that is a tenth of a door's time. So
these are frozen where mypy looks, which all code here goes through, and plain where they run.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, slots: bool, kw_only: bool = False) -> object:
        """Return what makes a dataclass with the hash that a frozen one has."""
        return dataclass(slots=slots, kw_only=kw_only, unsafe_hash=frozen)


__all__ = ["value"]
