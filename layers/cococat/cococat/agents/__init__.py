"""The agents that our own heartbeat runs, by their kind in `agents.json`."""

from cococat.agents.run import HandlerAgent
from cococat.core.agent import Agent, Handler
from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import AgentUnavailable


def load(spec: AgentSpec) -> Agent:
    """
    Return the agent of *spec*.

    Raises:
        AgentUnavailable: its kind is not run here, or what it needs is not to be had.

    """
    if spec.kind == "http":
        from cococat.agents.http import HttpAgent

        return HttpAgent.of(spec)
    return HandlerAgent(_handler(spec))


def _handler(spec: AgentSpec) -> Handler:
    match spec.kind:
        case "echo":
            from cococat.agents.echo import answer

            return answer
        case "python":
            from cococat.agents.python import find

            return find(spec.options["handler"])
        case kind:
            raise AgentUnavailable(kind)
