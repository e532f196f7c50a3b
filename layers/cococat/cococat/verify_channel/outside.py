"""An external agent, as an operator sees it: it has no log and no table here, only a mailbox."""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from cococat.bootstrap.operator import Stack
from cococat.core.directory import ChannelBinding


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideAgent:
    """
    A process that somebody else runs.

    Attributes:
        stack: the stack.
        name: the agent.
        mailbox: the URL of its mailbox.

    """

    stack: Stack
    name: str
    mailbox: str

    def look(self, *, hurried: bool) -> str:
        """
        Return how its mailbox stands, and what to start or to look at.

        Args:
            hurried: whether it had less time than an answer may take.

        """
        queue = self.mailbox.rpartition("/")[2]
        start = f"start its process ({self._command()})"
        try:
            answer = self.stack.sqs.get_queue_attributes(
                QueueUrl=self.mailbox,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )
        except (ClientError, BotoCoreError):
            return f"{start}; how many messages wait in its mailbox {queue}, SQS does not tell"
        waiting = int(answer["Attributes"]["ApproximateNumberOfMessages"])
        worked_on = int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"])
        stands = f"in its mailbox {queue} {waiting} wait and {worked_on} are being worked on"
        longer = "try a longer --timeout"
        if worked_on:
            return f"{stands}: {longer if hurried else 'look at its log'}"
        return f"{stands}: {start}" + (f", or {longer}" if hurried and not waiting else "")

    def _command(self) -> str:
        address = self.stack.address
        words = f"python -m cococat.heartbeat --agent {self.name} --handler MODULE:FUNCTION"
        return words if address.aws_endpoint else f"{words} --stack-name {address.stack_name}"


def outside_agent(stack: Stack, binding: ChannelBinding) -> OutsideAgent | None:
    """Return the agent of *binding*, if it is an external one."""
    spec = stack.channels.agent_now(binding.agent)
    if spec is None or not spec.is_external:
        return None
    return OutsideAgent(stack=stack, name=spec.name, mailbox=binding.mailbox)
