"""How long everything may take in the process of an external agent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """
    Times, in seconds.

    Attributes:
        timeout: for a handler's run; after twice as long the process ends, to be rid of it.
        visibility: for which a message is hidden at a time.
        tick: between two looks at the runs.
        wait: for which one request waits for a message.
        later: after which a message comes again that can't be worked on now.
        drain: that the runs have to end when the loop is to stop.

    """

    timeout: float
    visibility: int = 60
    tick: float = 0.2
    wait: int = 5
    later: int = 5
    drain: float = 20
