"""How scenes are published into a local stack, by `make run` and while it runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from cococat.bootstrap.operator import Stack
from cococat.core.scene_files import texts
from cococat.core.wishes import StoredWish
from cococat.local.deploy import put_secrets
from cococat.local.made_up import BOT


def publish(stack: Stack, scenes: Path) -> dict[str, Any]:
    """
    Publish *scenes* with all that a local stack needs for them, secrets and simulated platforms.

    Args:
        stack: the stack; its address says where platforms are simulated.
        scenes: the folder.

    Returns:
        What `Stack.publish` tells, and in `made_up` the names whose values were made up.

    Raises:
        ConfigError: it could not, or a file of the scenes is no text.

    """
    made_up = put_secrets(stack, scenes)
    told = stack.publish(texts(scenes))
    for stored in stack.wishes.all():
        _simulate(stack, stored)
    return told | {"made_up": made_up}


def _simulate(stack: Stack, stored: StoredWish) -> None:
    """Let the bot of *stored* be one of a simulated platform, if it has no real token."""
    api_base = stack.address.simulators.get(stored.wish.address.channel, "")
    if not api_base or stored.wish.config.get("api_base") == api_base:
        return
    secrets = stack.wishes.secrets(stored)
    if str(secrets.get("bot_token", "")).startswith(BOT):
        config = stored.wish.config | {"api_base": api_base}
        stack.wishes.write(replace(stored.wish, config=config, secrets=secrets), replacing=stored)
