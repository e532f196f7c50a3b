"""The scenes of a contract test."""

from cococat.core.access_tokens import AccessTokens
from cococat.core.agent import Handler
from cococat.core.http import Request, Response
from cococat.core.ids import ChannelAddress
from tests.contract.cases import CallingCase, ChannelCase, ListeningCase, Platform
from tests.support import samples
from tests.support.handlers import Script
from tests.support.items import MemoryItems
from tests.support.network import Network
from tests.support.world import World


class Stage:
    """
    Scenes with one channel each.

    Attributes:
        world: all that is behind the channels.
        case: the type of the channels.
        network: the hosts that the channels can call.

    """

    def __init__(self, world: World, case: ChannelCase) -> None:
        self.world = world
        self.case = case
        self.network = Network()
        world.libraries.http = world.libraries.public_http = self.network
        world.libraries.callers_http = self.network
        world.libraries.tokens = AccessTokens(MemoryItems(world.clock), world.clock)
        self._door = world.door(lambda request: case.find(world.backend.directory, request))

    def handle(self, request: Request) -> Response:
        """Bring one request to the door."""
        return self._door.handle(request)

    def connect(self, *steps: Handler, scene: str = "shop") -> tuple[Platform, Script]:
        """Connect *scene*, whose agent does *steps*; return the platform's side and the agent."""
        script = Script(*steps)
        agent = f"agent-of-{scene}"
        wish = samples.wish(
            self.address(scene),
            config=self.case.config(scene),
            secrets=self.case.secrets(scene),
            mailbox=self.world.hire(agent, script),
            agent=agent,
        )
        self.world.backend.connect(wish)
        return self.platform(scene), script

    def platform(self, scene: str) -> Platform:
        """Return the platform's side of *scene*'s channel."""
        case, clock, network = self.case, self.world.clock, self.network
        if isinstance(case, ListeningCase):
            binding = self.world.backend.directory.by_address(self.address(scene))
            assert binding is not None
            return case.listening(self.world.channels.bind(binding), clock, network)
        assert isinstance(case, CallingCase)
        return case.platform(scene, self._door.handle, clock, network)

    def address(self, scene: str) -> ChannelAddress:
        """Return the address of *scene*'s channel."""
        kind = self.case.channel_type
        return ChannelAddress(target_type="scene", target_id=scene, channel=kind, name=kind)

    def reasons(self) -> list[str]:
        """Return the reason of each open dead letter."""
        return [letter.reason for letter in self.world.letters()]
