"""How often a key and a user of a web_api entry may ask: its option `rate_limit`."""

from dataclasses import astuple

from cococat.core.clock import Clock
from cococat.core.errors import RequestRefused
from cococat.core.ids import ChannelAddress
from cococat.core.rate_limit import Limiter, Tallies, parse


class CallLimits:
    """
    The limits of one entry; where it has none, nothing is counted and nothing is written.

    Args:
        rates: the option: `per_key` and `per_user`, each like `60/minute`.
        address: the channel.
        tallies: where the counts are.
        clock: the time.

    """

    def __init__(
        self, rates: dict[str, str], address: ChannelAddress, tallies: Tallies, clock: Clock
    ) -> None:
        self._limiters = {
            kind: Limiter(parse(rate), tallies, clock) for kind, rate in rates.items()
        }
        self._address = astuple(address)

    def take(self, kind: str, who: str, *, key: str) -> None:
        """
        Count one question of *who* against the limit *kind*, if there is such a limit.

        Args:
            kind: per_key or per_user.
            who: the name of the key, or the user as `web_api_keys.of_owner` has it.
            key: the name of the key; the log shows it.

        Raises:
            RequestRefused: there were as many as may be.

        """
        limiter = self._limiters.get(kind)
        seconds = limiter.take(*self._address, kind, who) if limiter else 0
        if seconds:
            raise RequestRefused(
                429,
                "rate_limited",
                "Too many requests. Try again later.",
                {"retry-after": str(seconds)},
                step=f"{kind} of {key}",
            )
