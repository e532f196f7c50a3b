"""The management API, wired."""

from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from cococat.aws.admin_keys import AdminKeySecret
from cococat.aws.observations import ObservationTable
from cococat.aws.wishes import WishTable
from cococat.bootstrap.common import (
    CLOCK,
    channels,
    directory,
    dynamodb,
    environment,
    messages,
    secrets,
)
from cococat.bootstrap.mailboxes import deployment, mailboxes
from cococat.core.agent_spec import AgentSpec
from cococat.core.channel_manager import ChannelManager
from cococat.core.channels import Channel
from cococat.core.directory import ChannelBinding
from cococat.core.errors import ConfigError
from cococat.core.ids import ChannelAddress
from cococat.core.scenes import is_agent
from cococat.core.throttle import Throttle
from cococat.core.wishes import Wish
from cococat.routes.channels import ChannelRoutes
from cococat.routes.management import Management

PLATFORM_HOSTS = frozenset(
    {
        "api.weixin.qq.com",
        "qyapi.weixin.qq.com",
        "open.feishu.cn",
        "open.larksuite.com",
        "api.telegram.org",
        "discord.com",
    }
)
"""Hosts that a config by API may always name; the deployment adds its own."""


class StackContext:
    """What the ChannelManager works with; see `cococat.core.manager_context.ManagerContext`."""

    def __init__(self) -> None:
        self.clock = CLOCK
        self.observations = ObservationTable(dynamodb(), environment().channels_table)
        self.wishes = WishTable(
            dynamodb(),
            environment().channels_table,
            channels=directory(),
            secrets=secrets(),
            stack=environment().stack,
            clock=CLOCK,
        )

    def agent_of(self, address: ChannelAddress) -> str:
        """Return its own agent, else that of the target's others, else the one named like it."""
        own = self.wishes.read(address)
        if own is not None:
            return own.wish.agent
        target = (address.target_type, address.target_id)
        others = [
            stored.wish.agent
            for stored in self.wishes.all()
            if (stored.wish.address.target_type, stored.wish.address.target_id) == target
        ]
        return min(others) if others else address.target_id

    def mailbox_of(self, agent: str) -> str:
        """Return the URL of the mailbox of *agent*, made where there was none."""
        spec = directory().agent_now(agent)
        if spec is not None:
            return mailboxes().make(spec)
        if not (deployment().default_agent_kind and is_agent(agent)):
            there = ", ".join(sorted(each.name for each in directory().agent_specs())) or "none"
            expected = f"an agent that agents.json names; '{agent}' is not published"
            raise ConfigError(f"request: $.target_id: {expected} (there are: {there})")
        return mailboxes().ensure(AgentSpec(name=agent, kind=deployment().default_agent_kind))

    def instance(self, wish: Wish, generation: int) -> Channel:
        """Return the channel of *wish*, started."""
        binding = ChannelBinding(
            address=wish.address,
            scene_id=wish.scene_id,
            config=wish.config | wish.secrets,
            agent=wish.agent,
            mailbox=wish.mailbox,
            reply_key="",
            generation=generation,
        )
        return channels().bind(binding)

    def is_allowed_host(self, url: str) -> bool:
        """Tell whether a config that comes by API may name the host of *url*."""
        parts = urlsplit(url)
        is_platform = parts.scheme == "https" and parts.hostname in PLATFORM_HOSTS
        return is_platform or parts.hostname in environment().allowed_hosts


@cache
def manager() -> ChannelManager:
    """Return the process's manager."""
    return ChannelManager()


@cache
def management() -> Management:
    """Return the management API."""
    return Management(
        routes=ChannelRoutes(manager=manager(), ctx=StackContext(), messages=messages()),
        keys=AdminKeySecret(secrets(), environment().stack, CLOCK),
        throttle=Throttle(messages(), CLOCK),
        clock=CLOCK,
        by_iam=deployment().management_auth == "AWS_IAM",
        openapi=(files("cococat.routes") / "openapi.json").read_text("utf-8"),
        commit=deployment().commit,
    )
