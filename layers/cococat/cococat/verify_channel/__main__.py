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
from cococat.core.wishes import StoredWish
from cococat.verify_channel.discord import DiscordVerification
from cococat.verify_channel.feishu import FeishuVerification
from cococat.verify_channel.outside import outside_agent
from cococat.verify_channel.report import STATUS, Report, StepFailed
from cococat.verify_channel.standing import standing
from cococat.verify_channel.telegram import TelegramVerification
from cococat.verify_channel.watch import Watch
from cococat.verify_channel.web_api import WebApiVerification
from cococat.verify_channel.wechat import WeChatVerification
from cococat.verify_channel.weixin import WeixinVerification

PROGRAM = "verify_channel"
TIMEOUT = 60.0
UNREACHABLE = "the platform can't be reached, or does not answer as it should"


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
        _verify(options, report)
    except StepFailed:
        pass
    except (ConfigError, PlatformUnreachable, ClientError, BotoCoreError) as error:
        report.error = str(error) or UNREACHABLE
    except KeyboardInterrupt:
        report.error = "stopped"
    if options.json:
        print(report.to_json())
    if report.error:
        return complain(PROGRAM, report.error)
    return OK if report.ok else FAILED


def _verify(options: argparse.Namespace, report: Report) -> None:
    stack = stack_of(options)
    binding = _binding(stack, options)
    deadline = time.monotonic() + options.timeout
    send_to = _recipient(options.channel, options.send_to)
    watch = Watch(
        stack=stack,
        agent=binding.agent,
        deadline=deadline,
        timeout=options.timeout,
        send_to=send_to,
        outside=outside_agent(stack, binding),
    )
    before = standing(stack, binding)
    report.warn(before.status, before.trouble, before.told)
    VERIFICATIONS[options.channel](stack=stack, binding=binding, watch=watch).run(report)
    _check_standing(stack, binding, report)


def _check_standing(stack: Stack, binding: ChannelBinding, report: Report) -> None:
    """
    Look at the channel's status once more, which a message may have changed.

    Raises:
        StepFailed: it is an error.

    """
    after = standing(stack, binding)
    report.status = after.status
    if not after.trouble:
        return

    def fail() -> tuple[None, str]:
        raise StepFailed(after.trouble)

    report.trouble = after.trouble
    report.take(STATUS, fail)


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
    raise ConfigError(_why_not(address, stack.wishes.all()))


def _why_not(address: ChannelAddress, wishes: list[StoredWish]) -> str:
    """Return why the channel at *address*, with *wishes*, is none that can be verified."""
    asked = f"scene '{address.target_id}' has a {address.channel} channel '{address.name}', but"
    enabled = {each.wish.address: each.wish.enabled for each in wishes}
    if enabled.get(address):
        return f"{asked} its secret is missing; publish the scene again, or connect it again"
    if address in enabled:
        return f"{asked} it is disabled; connect it again"
    there = sorted(
        f"{each.target_id} {each.channel} {each.name}" for each, is_on in enabled.items() if is_on
    )
    return (
        f"scene '{address.target_id}' has no {address.channel} channel '{address.name}'; "
        f"there are: {', '.join(there) or 'none'}"
    )


if __name__ == "__main__":
    run(main)
