"""The examples of the README, as somebody copies them."""

import re

from tests.support.template import ROOT

README = ROOT / "README.md"


def python(name: str) -> str:
    """Return the Python example that begins with a comment of the file *name*."""
    (found,) = [block for block in _blocks("python") if block.startswith(f"# {name}")]
    return found


def shell(word: str) -> str:
    """Return the only shell example in which *word* is."""
    (found,) = [block for block in _blocks("sh") if word in block]
    return found


def json(word: str) -> str:
    """Return the only JSON example in which *word* is."""
    (found,) = [block for block in _blocks("json") if word in block]
    return found


def _blocks(language: str) -> list[str]:
    text = README.read_text("utf-8")
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return found
