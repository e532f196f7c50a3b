"""`python -m cococat.verify_channel`: the command; exit 0 ok, 1 failed, 2 cannot run."""

import argparse
import re
import time
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from cococat.bootstrap.command import FAILED, OK, complain, parser, run, stack_of
from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding
from cococat.core.errors import ConfigError, PlatformUnreachable
from cococat.core.ids import ChannelAddress
from cococat.verify_channel.discord import DiscordVerification
from cococat.verify_channel.feishu import FeishuVerification
from cococat.verify_channel.report import Report, StepFailed
from cococat.verify_channel.telegram import TelegramVerification
from cococat.verify_channel.watch import Watch
from cococat.verify_channel.web_api import WebApiVerification
from cococat.verify_channel.wechat import WeChatVerification
from cococat.verify_channel.weixin import WeixinVerification

PROGRAM = "verify_channel"
TIMEOUT = 60.0


class Verification(Protocol):
    """The three steps for one channel."""

    def run(self, report: Report) -> None:
        """
        Take them.

        Raises:
            StepFailed: one of them failed.

        """
        ...


class MakeVerification(Protocol):
    """What verifies one type of channel."""

    def __call__(self, *, stack: Stack, binding: ChannelBinding, watch: Watch) -> Verification:
        """Return the verification of *binding*."""
        ...


VERIFICATIONS: dict[str, MakeVerification] = {
    "discord": DiscordVerification,
    "feishu": FeishuVerification,
    "telegram": TelegramVerification,
    "web_api": WebApiVerification,
    "wechat": WeChatVerification,
    "weixin": WeixinVerification,
}


RECIPIENTS = {"discord": r"[0-9]{1,20}", "telegram": r"-?[0-9]{1,18}"}
"""Channel type -> what an id is to which an answer may be sent: of a channel, or of a chat."""


def main() -> int:
    """Verify one channel and return the exit code."""
    options = _options()
    report = Report(channel=options.channel, scene=options.scene, as_json=options.json)
    try:
        stack = stack_of(options)
        binding = _binding(stack, options)
        deadline = time.monotonic() + options.timeout
        send_to = _recipient(options.channel, options.send_to)
        watch = Watch(stack=stack, agent=binding.agent, deadline=deadline, send_to=send_to)
        VERIFICATIONS[options.channel](stack=stack, binding=binding, watch=watch).run(report)
    except StepFailed:
        pass
    except (ConfigError, PlatformUnreachable, ClientError, BotoCoreError) as error:
        return complain(PROGRAM, str(error))
    except KeyboardInterrupt:
        return complain(PROGRAM, "stopped")
    if options.json:
        print(report.to_json())
    return OK if report.ok else FAILED


def _options() -> argparse.Namespace:
    made = parser(PROGRAM, "Prove a channel end to end: send, agent received, reply.")
    made.add_argument("--channel", required=True, choices=sorted(VERIFICATIONS), help="its type")
    made.add_argument("--scene", required=True, metavar="ID", help="the scene that it belongs to")
    made.add_argument("--name", default="", help="its name (default: the type)")
    made.add_argument(
        "--timeout", type=_seconds, default=TIMEOUT, metavar="S", help=f"default: {TIMEOUT:g}"
    )
    made.add_argument(
        "--send-to", default="", metavar="ID",
        help="send the answer for real: to this channel (discord) or chat (telegram)",
    )  # fmt: skip
    return made.parse_args()


def _recipient(channel: str, identity: str) -> str:
    """
    Return the id of whoever is sent the answer; empty for nobody.

    Raises:
        ConfigError: a channel of this type sends to nobody, or it is no id of its platform.

    """
    if identity and channel not in RECIPIENTS:
        message = f"--send-to is for {' and '.join(RECIPIENTS)}; '{channel}' is verified without"
        raise ConfigError(message)
    if identity and not re.fullmatch(RECIPIENTS[channel], identity, re.ASCII):
        message = f"--send-to takes an id of {channel}: digits alone"
        raise ConfigError(message)
    return identity


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:  # noqa: PLR2004 - an hour
        raise ValueError
    return seconds


def _binding(stack: Stack, options: argparse.Namespace) -> ChannelBinding:
    address = ChannelAddress(
        target_type="scene",
        target_id=options.scene,
        channel=options.channel,
        name=options.name or options.channel,
    )
    binding = stack.channels.by_address(address)
    if binding is not None:
        return binding
    there = sorted(
        f"{item['target_id']} {item['channel']} {item['name']}"
        for item in stack.channels.channels()
    )
    message = (
        f"scene '{options.scene}' has no enabled {options.channel} channel "
        f"'{address.name}'; there are: {', '.join(there) or 'none'}"
    )
    raise ConfigError(message)


if __name__ == "__main__":
    run(main)
