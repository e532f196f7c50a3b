import json
from pathlib import Path
from typing import Any

import pytest

from cococat.bootstrap.operator import StackAddress
from cococat.local import deploy


class Kept:
    """The stack's secrets, as far as they are written."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def text(self, name: str) -> str | None:
        """Return what is kept."""
        return self.texts.get(name)

    def write_text(self, name: str, text: str) -> str:
        """Keep *text*."""
        self.texts[name] = text
        return ""


class FakeStack:
    """A stack called `local` that keeps secrets."""

    def __init__(self) -> None:
        self.address = StackAddress(stack_name="local")
        self.secrets = Kept()


def put(folder: Path, stack: FakeStack | None = None, **files: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """Write a scenes folder and return the secrets that are put for it."""
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop" / "entries.json").write_text(json.dumps(files["shop"]), "utf-8")
    if "agents" in files:
        (folder / "agents.json").write_text(json.dumps(files["agents"]), "utf-8")
    stack = stack or FakeStack()
    deploy.put_secrets(stack, folder)  # type: ignore[arg-type]
    return stack.secrets.texts


ENTRY = {"type": "web_api", "config": {"endpoint": "/api/channel/x", "api_key": ["${KEY}"]}}
AGENT = {"kind": "http", "url": "${AGENT_URL}", "secret": "${AGENT_SECRET}"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEY", "AGENT_URL", "AGENT_SECRET"):
        monkeypatch.delenv(name, raising=False)


def test_what_the_environment_names_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For channels and for agents alike."""
    values = {"KEY": "a-key", "AGENT_URL": "https://a.example/", "AGENT_SECRET": "a-secret"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    assert put(tmp_path, shop={"channels": [ENTRY]}, agents={"shop": AGENT}) == {
        f"cococat/local/{name}": value for name, value in values.items()
    }


def test_a_key_with_a_name_is_put_too(tmp_path: Path) -> None:
    """Its reference stands inside an object."""
    keys = [{"name": "app", "key": "${KEY}"}]
    entry = {"type": "web_api", "config": {"endpoint": "/api/channel/x", "api_key": keys}}

    assert put(tmp_path, shop={"channels": [entry]}).keys() == {"cococat/local/KEY"}


def test_what_it_does_not_name_is_made_up_where_that_is_possible(tmp_path: Path) -> None:
    """A secret can be; where an agent is, nobody can know."""
    texts = put(tmp_path, shop={"channels": [ENTRY]}, agents={"shop": AGENT})

    assert texts.keys() == {"cococat/local/KEY", "cococat/local/AGENT_SECRET"}
    assert all(len(text) >= 32 for text in texts.values())


def test_scenes_without_agents_have_theirs(tmp_path: Path) -> None:
    """The local stack lets them echo."""
    assert put(tmp_path, shop={"channels": [ENTRY]}).keys() == {"cococat/local/KEY"}


def test_what_is_there_stays_unless_the_environment_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a key that was handed out is good after the next start."""
    stack = FakeStack()
    made_up = dict(put(tmp_path, stack, shop={"channels": [ENTRY]}))
    assert put(tmp_path, stack, shop={"channels": [ENTRY]}) == made_up
    monkeypatch.setenv("KEY", "a-key")

    assert put(tmp_path, stack, shop={"channels": [ENTRY]}) == {"cococat/local/KEY": "a-key"}
