"""`python -m cococat.scenes` beside `make run`: simulators, and made-up values."""

from dataclasses import replace
from typing import Any

import pytest

from cococat.bootstrap.operator import StackAddress
from tests.support.cloud import STACK
from tests.support.scenes_command import Operator

pytestmark = pytest.mark.aws

SIMULATORS = {
    "telegram": "http://127.0.0.1:1001/telegram",
    "feishu": "http://127.0.0.1:1001/feishu",
    "discord": "http://127.0.0.1:1002",
}


class TestPublishLocally:
    """The command does all that `make run` does for the scenes."""

    @pytest.fixture(autouse=True)
    def _is_local(self, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("TELEGRAM", "DISCORD", "FEISHU"):
            monkeypatch.delenv(name, raising=False)
        operator.address = StackAddress(
            stack_name=STACK, aws_endpoint="http://127.0.0.1:4566", simulators=SIMULATORS
        )

    def test_a_made_up_account_is_a_simulated_platforms(self, operator: Operator) -> None:
        """It is so from the first write on; published once more, nothing changes."""
        operator.write(shop=[bot("telegram"), bot("discord"), app("feishu")])
        operator.run("publish")
        assert api_bases(operator) == SIMULATORS
        assert {stored.generation for stored in operator.wishes.all()} == {1}
        said = operator.run("publish")[1]
        assert [line.split()[0] for line in said.splitlines()] == ["unchanged"] * 3
        changed = bot("telegram")
        changed["config"]["options"] = {"fallback_text": "x"}
        operator.write(shop=[changed, bot("discord"), app("feishu")])
        said = operator.run("publish")[1]

        assert [line.split()[0] for line in said.splitlines()] == ["changed", *["unchanged"] * 2]
        assert api_bases(operator) == SIMULATORS

    def test_a_simulator_elsewhere_is_followed(self, operator: Operator) -> None:
        """Each start has other ports; what was wanted by API stands all the same."""
        operator.write(shop=[bot("telegram"), app("feishu")])
        operator.run("publish")
        operator.stack.disconnect("feishu")
        elsewhere = {"telegram": "http://127.0.0.1:2002/t", "feishu": "http://127.0.0.1:2002/f"}
        operator.address = replace(operator.address, simulators=elsewhere)
        said = operator.run("publish")[1]

        assert [line.split()[0] for line in said.splitlines()] == ["changed", "overruled"]
        assert api_bases(operator)["telegram"] == elsewhere["telegram"]

    def test_a_real_account_is_for_the_platform(
        self, operator: Operator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As the environment names it, and so is one whose entry names its platform's address."""
        monkeypatch.setenv("TELEGRAM", "200002:" + "a" * 35)
        own = app("feishu")
        own["config"]["api_base"] = "http://127.0.0.1:9"
        operator.write(shop=[bot("telegram"), own])
        operator.run("publish")

        assert api_bases(operator) == {"telegram": None, "feishu": "http://127.0.0.1:9"}

    def test_what_is_no_scene_is_told_as_it_stands_in_its_file(self, operator: Operator) -> None:
        """Broken JSON with its line, other shapes with their paths."""
        operator.write(shop=[bot("telegram"), {"type": ["x"]}, 7])
        (operator.folder / "bank").mkdir()
        (operator.folder / "bank" / "entries.json").write_text('{"channels":\n[', "utf-8")
        said = operator.run("publish")[1]

        for sentence in (
            "(not JSON, line 2, column 2: Expecting value)",
            "$.channels[1].type",
            "$.channels[2]",
        ):
            assert sentence in said

    def test_what_was_made_up_is_told_once(self, operator: Operator) -> None:
        """What the stack has is not replaced, whoever has put it there."""
        operator.secrets.write_text(f"cococat/{STACK}/DISCORD", "100001:" + "b" * 35)
        operator.write(shop=[bot("telegram"), bot("discord")])
        said = operator.run("publish")[1]
        assert [line for line in said.splitlines() if line.startswith("made up")] == [
            "made up    a value for ${TELEGRAM}: the environment has none"
        ]
        kept = operator.secrets.text(f"cococat/{STACK}/TELEGRAM")
        assert "made up" not in operator.run("publish")[1]

        assert operator.secrets.text(f"cococat/{STACK}/TELEGRAM") == kept
        assert operator.secrets.text(f"cococat/{STACK}/DISCORD") == "100001:" + "b" * 35


def bot(kind: str) -> dict[str, Any]:
    """Return an entry whose token is to be made up."""
    return {"type": kind, "config": {"bot_token": f"${{{kind.upper()}}}"}}


def app(kind: str) -> dict[str, Any]:
    """Return an entry whose app is to be made up."""
    keys = ("app_id", "app_secret", "encrypt_key")
    return {"type": kind, "config": dict.fromkeys(keys, "${FEISHU}")}


def api_bases(operator: Operator) -> dict[str, str | None]:
    """Return where the bots find their platforms; None for the real ones."""
    wishes = [stored.wish for stored in operator.wishes.all()]
    return {wish.address.channel: wish.config.get("api_base") for wish in wishes}
