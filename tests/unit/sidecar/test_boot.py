from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from botocore.exceptions import ClientError

from cococat.core.channel_status import Status
from cococat.core.directory import ChannelBinding
from cococat.core.errors import CredentialsRefused, PlatformUnreachable
from cococat.core.ids import ChannelAddress
from cococat.core.wishes import Source, StoredWish
from sidecar.boot import TRIES, Boot
from sidecar.health import STALE, Health
from sidecar.telegram import PRIVACY
from tests.support.sidecar import Cloud, telegram


class Platform:
    """Says of each token what it is told to: an error, or warnings."""

    def __init__(self) -> None:
        self.says: dict[str, list[Exception | tuple[str, ...]]] = {}

    def __call__(self, binding: ChannelBinding) -> tuple[str, ...]:
        """Check a token."""
        listed = self.says.get(str(binding.config["bot_token"]), [()])
        said = listed.pop(0) if len(listed) > 1 else listed[0]
        if isinstance(said, Exception):
            raise said
        return said


class Desk:
    """A boot step, and what it prints."""

    def __init__(self) -> None:
        self.cloud = Cloud()
        self.platform = Platform()
        self.lines: list[str] = []
        self.waits: list[float] = []
        self.pool = ThreadPoolExecutor(1)
        self.boot = Boot(
            find=self.cloud.find,
            check=self.platform,
            observations=self.cloud.observations,
            clock=self.cloud.clock,
            wait=self.waits.append,
            all_done=lambda jobs: list(self.pool.map(lambda job: job(), jobs)),
            say=self.lines.append,
        )

    def want(self, scene: str, token: str, *, source: Source = Source.FILE) -> StoredWish:
        """Want a channel."""
        stored = self.cloud.want(scene, token)
        object.__setattr__(self.cloud.wishes.kept[telegram(scene)].wish, "source", source)
        return stored

    def run(self) -> int:
        """Boot; return how many faults there are."""
        self.boot.run(self.cloud.wishes.all(), lambda: True)
        return len(self.boot.faults)


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk()


REFUSED = CredentialsRefused("telegram_401", "Copy the token again.")


class TestBoot:
    """Tokens are checked before anybody listens."""

    def test_good_ones_say_nothing(self, desk: Desk) -> None:
        """Nobody has to do anything."""
        desk.want("shop", "good")

        assert (desk.run(), desk.lines) == (0, [])

    def test_each_refused_one_is_a_line(self, desk: Desk) -> None:
        """With scene, channel and what to do, and without the token."""
        desk.want("bank", "secret-1")
        desk.want("shop", "secret-2")
        desk.platform.says = {"secret-1": [REFUSED], "secret-2": [REFUSED]}

        assert desk.run() == 2
        assert desk.lines == [
            "scene bank, channel telegram/telegram: Copy the token again.",
            "scene shop, channel telegram/telegram: Copy the token again.",
        ]

    def test_several_are_checked_at_once(self, desk: Desk) -> None:
        """One that its platform keeps waiting holds no other up."""
        meet = Barrier(4, timeout=5)
        for number in range(4):
            desk.want(f"shop-{number}", f"token-{number}")
        object.__setattr__(desk.boot, "check", lambda _binding: (f"met by {meet.wait() < 4}",))
        desk.pool = ThreadPoolExecutor(4)

        assert desk.run() == 0
        assert len(desk.lines) == 4

    def test_one_that_came_by_connect_is_no_fault(self, desk: Desk) -> None:
        """Its status says it."""
        desk.want("shop", "secret", source=Source.API)
        desk.platform.says = {"secret": [REFUSED]}

        assert desk.run() == 0
        assert desk.cloud.observations.seen[telegram("shop")].status is Status.AUTH_ERROR

    def test_a_platform_that_is_down_is_asked_again(self, desk: Desk) -> None:
        """Visibly, and more and more slowly; it says nothing of the token."""
        desk.want("shop", "secret")
        down = PlatformUnreachable("no")
        desk.platform.says = {"secret": [down, down, REFUSED]}

        assert desk.run() == 1
        assert len(desk.waits) == 2
        assert desk.waits[0] < desk.waits[1]
        assert "can't be reached; asked again" in desk.lines[0]

    def test_one_that_stays_down_ends_nothing(self, desk: Desk) -> None:
        """The listener goes on trying."""
        desk.want("shop", "secret")
        desk.platform.says = {"secret": [PlatformUnreachable("no")]}

        assert desk.run() == 0
        assert len(desk.waits) == TRIES - 1
        assert desk.lines[-1].endswith("its listener goes on trying")

    def test_one_that_is_down_holds_up_no_other(self, desk: Desk) -> None:
        """All are asked before any is asked again."""
        for scene in ("bank", "shop", "zoo"):
            desk.want(scene, scene)
        desk.platform.says = {"bank": [PlatformUnreachable("no")], "zoo": [REFUSED]}
        asked: list[bool] = []
        desk.boot.wait = lambda _: asked.append(desk.boot.has_asked_all.is_set())

        assert desk.run() == 1
        assert asked == [True] * (TRIES - 1)
        assert [line.partition(",")[0] for line in desk.lines[:2]] == ["scene bank", "scene zoo"]

    def test_a_secret_that_can_not_be_read_ends_nothing(self, desk: Desk) -> None:
        """It is tried again, visibly and without what AWS says of it."""
        desk.want("bank", "secret")
        desk.want("shop", "good")
        found = desk.boot.find
        denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "arn"}}, "Get")

        def find(address: ChannelAddress) -> ChannelBinding | None:
            if address == telegram("bank"):
                raise denied
            return found(address)

        desk.boot.find = find

        assert desk.run() == 0
        assert len(desk.lines) == TRIES
        assert "can't be read or checked (AccessDeniedException); asked again" in desk.lines[0]
        assert "arn" not in "".join(desk.lines)

    def test_a_secret_that_is_missing_is_a_fault(self, desk: Desk) -> None:
        """The line says what to do."""
        desk.want("shop", "secret")
        desk.boot.find = lambda _: None

        assert desk.run() == 1
        assert desk.lines[0].endswith("publish the scene again, or connect it again.")

    def test_a_token_of_two_channels_is_told(self, desk: Desk) -> None:
        """With the name of the other one."""
        desk.want("bar", "secret")
        desk.want("shop", "secret")

        assert desk.run() == 0
        assert len(desk.lines) == 1
        assert desk.lines[0].startswith(
            "scene shop, channel telegram/telegram: warning: scene bar, channel telegram/telegram "
            "has the same token"
        )

    def test_a_warning_is_told(self, desk: Desk) -> None:
        """As of Telegram's privacy mode."""
        desk.want("shop", "secret")
        desk.platform.says = {"secret": [(PRIVACY.format(name="bot"),)]}

        assert desk.run() == 0
        assert "warning: @bot has its privacy mode on" in desk.lines[0]


class TestHealth:
    """What the container's engine is told."""

    def test_alive_and_ready(self) -> None:
        """Alive while it goes round, ready once it listens."""
        now = 0.0
        health = Health(lambda: now)
        assert health.answer("/healthz")[0] == 200
        assert health.answer("/readyz")[0] == 503
        health.is_ready = True
        assert health.answer("/readyz")[0] == 200
        now = STALE

        assert [health.answer(path)[0] for path in ("/healthz", "/readyz", "/")] == [503, 503, 404]
        health.went_round()
        assert health.answer("/healthz")[0] == 200
