"""Replicas of the sidecar whose listeners hear nothing, in virtual time."""

from cococat.core.channel_status import LastError, Status
from cococat.core.directory import ChannelBinding
from cococat.core.listener import Hold
from tests.support.sidecar import Cloud, Replica, telegram


class Stage:
    """
    Replicas whose listeners only tell that they live.

    Attributes:
        live: each run of a listener: its token, its replica and its right to listen.
        runs: token -> what each run of a listener has seen: its options.
        fails: token -> what its listeners raise, in order.
        hangs: the tokens whose listeners go silent.
        is_well: what a probe says.

    """

    def __init__(self) -> None:
        self.cloud = Cloud()
        self.clock = self.cloud.clock
        self.live: list[tuple[str, str, Hold]] = []
        self.runs: dict[str, list[ChannelBinding]] = {}
        self.fails: dict[str, list[Exception]] = {}
        self.hangs: set[str] = set()
        self.probes = 0
        self.is_well = True

    def replica(self, name: str = "a", **more: float) -> Replica:
        """Return a new replica, which runs."""
        return Replica(
            self.cloud,
            name,
            lambda replica: lambda binding: FakeListener(self, replica, binding),
            **more,
        )

    def holders(self, token: str) -> list[str]:
        """Return the replicas that may listen with *token*, by their own clocks."""
        return [name for each, name, hold in self.live if each == token and hold.is_good()]

    def status(self, scene: str) -> tuple[Status, LastError | None]:
        """Return what is told of the channel of *scene*."""
        seen = self.cloud.observations.seen[telegram(scene)]
        return seen.status, seen.last_error


class FakeListener:
    """A listener that says each second that it lives, unless it is told to fail or to hang."""

    silence = 30.0

    def __init__(self, stage: Stage, replica: Replica, binding: ChannelBinding) -> None:
        self._stage = stage
        self._replica = replica
        self._binding = binding
        self._token = str(binding.config["bot_token"])
        self._is_stopped = False

    def run(self, hold: Hold) -> None:
        """Listen."""
        self._stage.runs.setdefault(self._token, []).append(self._binding)
        failures = self._stage.fails.get(self._token, [])
        if failures:
            raise failures.pop(0)
        hangs = self._token in self._stage.hangs
        self._stage.hangs.discard(self._token)
        self._stage.live.append((self._token, self._replica.name, hold))
        while hangs or hold.is_good():
            if not hangs:
                hold.heard()
            self._replica.sleep(1)

    def stop(self) -> None:
        """Take note."""
        self._is_stopped = True

    def probe(self) -> bool:
        """Tell what the stage says."""
        self._stage.probes += 1
        return self._stage.is_well
