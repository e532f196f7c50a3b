"""`python -m cococat.scenes`: scenes are published without a deploy."""

import json
from pathlib import Path
from typing import Any

import pytest

from cococat.bootstrap.common import aws
from tests.support.files import web_api
from tests.support.scenes_command import KEY, NEW_KEY, PATH, Operator, entry

pytestmark = pytest.mark.aws


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

    def test_a_scene_that_lost_its_file_keeps_what_it_had(self, operator: Operator) -> None:
        """By the command and by a deploy; one whose folder is deleted is withdrawn."""
        operator.write(shop=[entry()])
        operator.run("publish")
        shop = operator.folder / "shop"
        (shop / "entries.json").rename(shop / "entry.json")
        said = "shop/entries.json: $: folder shop has no entries.json that can be read"
        assert operator.run("publish") == (1, f"fault      {said}")
        operator.deploy()
        assert operator.ask(KEY) == 202
        (shop / "entry.json").unlink()
        shop.rmdir()

        assert operator.run("publish") == (0, "withdrawn  scene/shop/web_api")

    def test_a_file_that_is_no_text_stops_no_other(self, operator: Operator) -> None:
        """Its scene keeps what it had, and the others are published."""
        operator.write(bank=[web_api("/api/channel/bank")])
        operator.run("publish")
        operator.write(shop=[entry()])
        (operator.folder / "bank" / "entries.json").write_bytes(b"\xff")
        code, said = operator.run("publish", "--json")

        told = json.loads(said)
        outcomes = [(each["target_id"], each["outcome"]) for each in told["channels"]]
        assert (code, outcomes) == (1, [("shop", "added")])
        assert told["faults"] == ["bank/entries.json: $: text in UTF-8"]
        assert operator.ask(KEY) == 202

    @pytest.mark.parametrize("words", [["check"], ["publish"]])
    def test_programs_are_told_why_it_can_not_run(
        self, operator: Operator, words: list[str]
    ) -> None:
        """One object, beside the sentence for people."""
        operator.folder = operator.folder / "none"
        code, said = operator.run(*words, "--json")
        told, _, sentence = said.partition("\n")[0].partition("scenes: ")

        assert code == 2
        assert json.loads(told) == {"error": sentence}
        assert sentence.endswith("does not exist")


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
