"""The agents that our own heartbeat runs, by their kind in `agents.json`."""

from cococat.agents.run import HandlerAgent
from cococat.core.agent import Agent, Handler
from cococat.core.errors import AgentUnavailable
from cococat.core.scenes import AgentSpec


def load(spec: AgentSpec) -> Agent:
    """
    Return the agent of *spec*.

    Raises:
        AgentUnavailable: its kind has no handler here, or its handler is not to be had.

    """
    return HandlerAgent(_handler(spec))


def _handler(spec: AgentSpec) -> Handler:
    match spec.kind:
        case "echo":
            from cococat.agents.echo import answer

            return answer
        case "python":
            from cococat.agents.python import find

            return find(spec.handler)
        case kind:
            raise AgentUnavailable(kind)
