"""python: the user's own `module:function`, whose code comes as a layer (`AgentLayerArn`)."""

import importlib

from cococat.core.agent import Handler
from cococat.core.errors import AgentUnavailable


def find(handler: str) -> Handler:
    """
    Return the function that *handler* (`module:function`) names.

    Raises:
        AgentUnavailable: there is no such module or function, or the module fails.

    """
    module, _, name = handler.partition(":")
    try:
        found: Handler = getattr(importlib.import_module(module), name)
    except Exception as error:  # whatever the module of a stranger raises
        raise AgentUnavailable(type(error).__name__) from error
    return found
