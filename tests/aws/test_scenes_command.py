"""`python -m cococat.scenes`: scenes are published without a deploy."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cococat import scenes as command
from cococat.aws.secrets import Secrets
from cococat.aws.wishes import WishTable
from cococat.bootstrap.common import aws
from cococat.bootstrap.operator import StackAddress
from cococat.simulators.web_api import WebApiCaller
from tests.support.cloud import STACK
from tests.support.deployed import Deployed, deployed, publish, publish_now
from tests.support.files import folder, web_api

pytestmark = pytest.mark.aws

SIMULATORS = {
    "telegram": "http://127.0.0.1:1001/telegram",
    "feishu": "http://127.0.0.1:1001/feishu",
    "discord": "http://127.0.0.1:1002",
}
PATH, KEY, NEW_KEY = "/api/channel/shop", "key-of-the-file-0123", "key-of-the-api-0123456"


@dataclass
class Operator:
    """Somebody with a scenes folder, in front of a stack."""

    stack: Deployed
    folder: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    address: StackAddress = field(default_factory=lambda: StackAddress(stack_name="shop"))

    def write(self, **scenes: object) -> None:
        """Write the folder."""
        for name, text in folder(**scenes).items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text, "utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """Run the command and return its exit code and what it said."""
        self.patch.setattr("sys.argv", ["scenes", *words, "--scenes", str(self.folder)])
        code = command.main()
        said = self.capture.readouterr()
        lines = [line for line in said.out.splitlines() if '"timestamp"' not in line]
        return code, "\n".join(lines) + said.err

    def publish(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Publish as the stack's function does; see `operator.Stack.publish`."""
        told: dict[str, Any] = json.loads(json.dumps(publish_now(self.stack, dict(files))))
        return told

    @property
    def secrets(self) -> Secrets:
        """Return the stack's secrets."""
        return self.stack.cloud.secrets()

    @property
    def wishes(self) -> WishTable:
        """Return what is wanted."""
        return self.stack.cloud.wishes()

    def deploy(self) -> None:
        """Deploy the folder."""
        publish(self.stack, self.folder)

    def ask(self, key: str) -> int:
        """Return the status that a caller with *key* gets."""
        caller = WebApiCaller(transport=self.stack.door, endpoint=PATH, api_key=key)
        return caller.ask("ann", "hello").status


@pytest.fixture(name="operator")
def _operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Operator]:
    with mock_aws(), deployed() as stack:
        operator = Operator(stack, tmp_path, monkeypatch, capsys)
        monkeypatch.setattr(command, "stack_of", lambda _: operator)
        yield operator


def entry(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the entry of the tests."""
    made = web_api(PATH, **members)
    made["config"]["api_key"] = KEY
    return made


class TestPublish:
    """The stack's function publishes what the operator has."""

    def test_what_came_of_each_channel_is_told(self, operator: Operator) -> None:
        """Added, unchanged, changed, withdrawn; in words, and for programs."""
        other = web_api("/api/channel/other", name="other")
        operator.write(shop=[entry(), other])
        assert operator.run("publish") == (
            0,
            "added      scene/shop/web_api\nadded      scene/shop/web_api other",
        )
        assert operator.ask(KEY) == 202
        operator.write(shop=[entry(enabled=False)])
        assert operator.run("publish") == (
            0,
            "changed    scene/shop/web_api\nwithdrawn  scene/shop/web_api other",
        )
        code, said = operator.run("publish", "--json")

        address = {"target_type": "scene", "target_id": "shop", "channel": "web_api"}
        channel = address | {"name": "web_api", "outcome": "unchanged"}
        assert (code, json.loads(said)) == (0, {"channels": [channel], "faults": []})

    def test_a_fault_stops_its_entry_and_is_told(self, operator: Operator) -> None:
        """Exit 1; the others are published."""
        operator.write(shop=[entry()], bank=[web_api("/api/channel/bank", agent="nobody-knows")])
        bad = web_api("/api/channel/zoo")
        bad["config"]["api_key"] = "${NOT_THERE}"
        operator.write(zoo=[bad])
        code, said = operator.run("publish")

        assert code == 1
        assert "added      scene/shop/web_api\n" in said
        assert "fault      zoo/entries.json: $.channels[0].config.api_key: a value for" in said

    def test_a_wish_by_api_stands_over_publish_and_deploy(self, operator: Operator) -> None:
        """Until its own entry changes, whoever publishes the files."""
        operator.write(shop=[entry()])
        operator.run("publish")
        operator.stack.connect("web_api", {"endpoint": PATH, "api_key": NEW_KEY})
        assert operator.run("publish") == (0, "overruled  scene/shop/web_api")
        operator.deploy()
        assert [operator.ask(key) for key in (KEY, NEW_KEY)] == [401, 202]
        operator.write(shop=[entry(enabled=True, agent="support")])
        operator.deploy()
        assert [operator.ask(key) for key in (KEY, NEW_KEY)] == [401, 202]
        changed = entry()
        changed["config"]["options"] = {"fallback_text": "x"}
        operator.write(shop=[changed])
        assert operator.run("publish") == (0, "changed    scene/shop/web_api")
        operator.stack.clock.advance(10)

        assert [operator.ask(key) for key in (KEY, NEW_KEY)] == [202, 401]

    def test_a_deploy_of_what_was_published_changes_nothing(self, operator: Operator) -> None:
        """Not even a generation."""
        operator.write(shop=[entry()])
        operator.run("publish")
        before = operator.stack.status("web_api")["generation"]
        operator.deploy()

        assert operator.stack.status("web_api")["generation"] == before

    def test_the_keeper_is_woken(self, operator: Operator) -> None:
        """By a deploy and by the command; where it can't be, it looks within the minute."""
        asked: list[Any] = []
        events = aws().events
        events.register(
            "provide-client-params.lambda.Invoke", lambda params, **_: asked.append(params)
        )
        operator.write(shop=[entry()])
        operator.deploy()
        operator.run("publish")

        keeper = {"FunctionName": f"{operator.stack.environment['STACK_NAME']}-keeper"}
        assert asked == [keeper | {"InvocationType": "Event"}] * 2

    def test_a_folder_without_scenes_takes_nothing_away(
        self, operator: Operator, tmp_path: Path
    ) -> None:
        """Exit 2: it is the wrong folder, or a mistyped one."""
        operator.write(shop=[entry()])
        operator.run("publish")
        (tmp_path / "empty").mkdir()
        for name, sentence in (("empty", "holds no agents.json"), ("none", "does not exist")):
            operator.folder = tmp_path / name
            code, said = operator.run("publish")
            assert code == 2
            assert sentence in said

        assert operator.ask(KEY) == 202


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

        for sentence in ("(not JSON, line 2)", "$.channels[1].type", "$.channels[2]"):
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


class TestCheck:
    """Nothing but the files is needed."""

    def test_what_is_right_is_told(self, operator: Operator) -> None:
        """Exit 0."""
        operator.write(shop=[entry()])

        assert operator.run("check")[0] == 0
        assert operator.run("check", "--json") == (0, '{"faults": [], "warnings": []}')

    def test_all_faults_are_told(self, operator: Operator) -> None:
        """Exit 1, a line each."""
        operator.write(shop=[entry(more=1), web_api("/nowhere", name="b")])
        code, said = operator.run("check")

        assert code == 1
        assert [line.split()[1] for line in said.splitlines()] == ["shop/entries.json:"] * 2

    def test_a_token_that_is_used_twice_is_mentioned(self, operator: Operator) -> None:
        """A line that names both; exit 0 all the same."""
        bot = {"type": "telegram", "config": {"bot_token": "${TELEGRAM_BOT_TOKEN}"}}
        operator.write(bank=[bot], shop=[entry(), bot])
        code, said = operator.run("check")

        assert code == 0
        assert said.splitlines()[0].startswith(
            "warning    shop/entries.json: $.channels[1] (telegram/telegram) has the token of "
            "bank/entries.json: $.channels[0] (telegram/telegram); only one of the two can listen"
        )

    def test_the_default_kind_of_a_stack_may_be_named(self, operator: Operator) -> None:
        """A deployed one has none, the one of `make run` echoes."""
        operator.write(agents=None, shop={"channels": [entry()]})

        assert operator.run("check")[0] == 1
        assert operator.run("check", "--default-agent-kind", "echo")[0] == 0
