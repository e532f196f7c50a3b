import json
from typing import Any

import pytest

from cococat.core import scenes
from cococat.core.agent_spec import AgentSpec
from cococat.core.channels.catalogue import CATALOGUE, ChannelType
from cococat.core.scenes import Fault, Scenes
from tests.support.files import folder, web_api

OWNERS_FORM = """
{
  "channels": [
    {
      "type": "wechat",
      "config": {
        "app_id": "wx_xxx",
        "token": "xxx",
        "encoding_aes_key": "xxx"
      }
    },
    {
      "type": "web_api",
      "config": {
        "endpoint": "/api/channel/web",
        "api_key": "sk-xxx"
      }
    }
  ]
}
"""


def faults(read: Scenes) -> list[tuple[str, str]]:
    """Return file and path of each fault."""
    return [(fault.file, fault.path) for fault in read.faults]


def read(agents: dict[str, Any] | None = None, **files: object) -> Scenes:
    """Read a scenes folder."""
    return scenes.read(folder({"support": {"kind": "echo"}, **(agents or {})}, **files))


class TestEntries:
    """What a scene's file says."""

    def test_the_owners_form_is_read_as_it_stands(self) -> None:
        """Type and config are enough; the scene's own id is its agent."""
        found = scenes.read({"shop/entries.json": OWNERS_FORM}, default_kind="echo")

        assert found.faults == ()
        assert [entry.channel_type for entry in found.entries] == ["wechat", "web_api"]
        entry = found.entries[1]
        assert (entry.scene_id, entry.name, entry.enabled) == ("shop", "web_api", True)
        assert entry.agent == "shop"
        assert entry.config == {"endpoint": "/api/channel/web", "api_key": "sk-xxx"}

    @pytest.mark.parametrize("source", [{}, {"agent": "support"}, {"channels": None}])
    def test_a_scene_says_which_channels_it_has(self, source: dict[str, object]) -> None:
        """None at all is an empty list, so that a forgotten key takes no channel away."""
        expected = "a list of channels; [] for none"

        assert read(shop=source).faults == (Fault("shop/entries.json", "$.channels", expected),)
        assert read(shop={"channels": []}).faults == ()

    def test_what_we_add_is_read(self) -> None:
        """Agent, name and enabled are taken from the entry, the agent also from the scene."""
        agents = {name: {"kind": "echo"} for name in ("one", "two")}
        entries = [web_api(name="a", enabled=False), web_api("/api/channel/b", agent="two")]
        found = read(agents, shop={"agent": "one", "channels": entries})

        assert [(one.name, one.enabled, one.agent) for one in found.entries] == [
            ("a", False, "one"),
            ("web_api", True, "two"),
        ]
        assert found.faults == ()

    def test_several_scenes_are_read(self) -> None:
        """Each folder is a scene of its own."""
        found = read(a=[web_api()], b=[web_api("/api/channel/b")])

        assert [entry.scene_id for entry in found.entries] == ["a", "b"]

    def test_other_files_are_left_alone(self) -> None:
        """Only the two kinds of files that we know are read."""
        files = folder(shop=[web_api()]) | {"shop/notes.txt": "{", "README.md": "#"}

        assert scenes.read(files).faults == ()

    @pytest.mark.parametrize(
        ("entry", "path", "expected"),
        [
            ("text", "$.channels[0]", "an object"),
            ({}, "$.channels[0].type", "one of: discord, feishu, telegram, web_api, wechat"),
            (web_api() | {"type": "fax"}, "$.channels[0].type", "one of:"),
            (web_api() | {"type": ["web_api"]}, "$.channels[0].type", "one of:"),
            (web_api(config=[]), "$.channels[0].config", "an object"),
            ({"type": "web_api"}, "$.channels[0].config", "an object"),
            (web_api(name=""), "$.channels[0].name", "1 to 32 letters"),
            (web_api(name="a b"), "$.channels[0].name", "1 to 32 letters"),
            (web_api(name="a" * 33), "$.channels[0].name", "1 to 32 letters"),
            (web_api(name=None), "$.channels[0].name", "1 to 32 letters"),
            (web_api(enabled="yes"), "$.channels[0].enabled", "true or false"),
            (web_api(enabled=1), "$.channels[0].enabled", "true or false"),
            (web_api(agent=1), "$.channels[0].agent", "an agent's name"),
            (web_api(agent="a-dlq"), "$.channels[0].agent", "not ending in -dlq"),
            (web_api(agent="a" * 31), "$.channels[0].agent", "1 to 30 letters"),
            (web_api(agent="nobody"), "$.channels[0]", "'nobody' is not there"),
            (web_api(nickname="x"), "$.channels[0].nickname", "no such key; there are: agent"),
        ],
    )
    def test_each_fault_names_file_path_and_what_was_expected(
        self, entry: object, path: str, expected: str
    ) -> None:
        """An operator finds the place and knows what to write there."""
        found = read(shop=[entry])

        assert found.entries == ()
        assert ("shop/entries.json", path) in faults(found)
        assert any(expected in str(fault) for fault in found.faults)

    def test_a_type_without_a_channel_yet_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A known type that this version lacks is no unknown one."""
        monkeypatch.setitem(CATALOGUE, "fax", ChannelType(title="Fax", variants=((),)))
        found = read(shop=[web_api() | {"type": "fax"}])

        assert faults(found) == [("shop/entries.json", "$.channels[0].type")]
        assert "this version has no fax channel yet" in str(found.faults[0])

    def test_a_bad_entry_stops_itself_and_no_other(self) -> None:
        """Entries before and after it are read, in their places."""
        found = read(a=[web_api(), {"type": "fax"}, web_api("/api/channel/c", name="c")], b=[1])

        assert [(one.scene_id, one.index) for one in found.entries] == [("a", 0), ("a", 2)]

    def test_a_name_is_used_once(self) -> None:
        """A second account of one type needs a name of its own; the first stays."""
        found = read(shop=[web_api(), web_api("/api/channel/b")])

        assert [entry.index for entry in found.entries] == [0]
        assert faults(found) == [("shop/entries.json", "$.channels[1]")]
        assert "2 web_api channels are 'web_api'" in str(found.faults[0])

    @pytest.mark.parametrize("agent", [1, None, "", "a" * 31, "x-dlq"])
    def test_a_scenes_own_bad_agent_is_one_fault(self, agent: object) -> None:
        """It stops the entries that would use it, and only these."""
        entries = [web_api(), web_api(name="b"), web_api(name="c", agent="support")]
        found = read(shop={"agent": agent, "channels": entries})

        assert [entry.name for entry in found.entries] == ["c"]
        assert faults(found) == [("shop/entries.json", "$.agent")]


class TestFiles:
    """Files that are no scenes."""

    @pytest.mark.parametrize(
        ("text", "path", "expected"),
        [
            ("", "$", "a JSON object (not JSON, line 1, column 1: Expecting value)"),
            ('{\n"channels": [,]}', "$", "(not JSON, line 2, column 14: Expecting value)"),
            ('{"channels": NaN}', "$", "(not JSON: NaN is not JSON)"),
            ("[" * 100_000, "$", "(not JSON: nested too deeply)"),
            ("[]", "$", "a JSON object (not a JSON object)"),
            ('{"channels": {}}', "$.channels", "a list of channels"),
            ('{"chanels": []}', "$.chanels", "no such key; there are: agent, channels"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_a_fault(
        self, text: str, path: str, expected: str
    ) -> None:
        """What can't be read is named with its place and the reason."""
        found = read(shop=text, other=[web_api()])

        assert ("shop/entries.json", path) in faults(found)
        assert any(expected in str(fault) for fault in found.faults)
        assert [entry.scene_id for entry in found.entries] == ["other"]

    @pytest.mark.parametrize("name", ["", "a b", "猫", "a" * 65, "_a", "a/b"])
    def test_a_folder_that_is_no_scene_is_a_fault(self, name: str) -> None:
        """A scene's id travels in URLs and keys, so its letters are limited."""
        files = {f"{name}/entries.json": json.dumps({"channels": [web_api()]})}
        found = scenes.read(files, default_kind="echo")

        assert found.entries == ()
        assert faults(found) == [(f"{name}/entries.json", "$")]

    def test_a_fault_is_a_sentence(self) -> None:
        """A fault reads: file, path, what was expected."""
        assert str(Fault("a.json", "$.b", "a number")) == "a.json: $.b: a number"


AGENT_FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"bot": {}}, "$.bot", "a kind of: echo, external, http, python"),
    ({"bot": "echo"}, "$.bot", "an object"),
    ({"bot": {"kind": "magic"}}, "$.bot", "a kind of"),
    ({"bot": {"kind": ["echo"]}}, "$.bot", "a kind of"),
    ({"bot": {"kind": "echo", "x": 1}}, "$.bot", "nothing beside kind echo"),
    ({"bot": {"kind": "python"}}, "$.bot", "handler beside kind python"),
    ({"bot": {"kind": "python", "handler": "x"}}, "$.bot.handler", "module:function"),
    ({"bot": {"kind": "python", "handler": "a-b:c"}}, "$.bot.handler", "module:function"),
    ({"bot": {"kind": "python", "handler": 1}}, "$.bot.handler", "module:function"),
    ({"bot": {"kind": "http", "url": "${URL}"}}, "$.bot", "url, secret beside kind http"),
    (
        {"bot": {"kind": "http", "url": "${URL}", "secret": "${SECRET}", "timeout": 0}},
        "$.bot.timeout",
        "seconds",
    ),
    ({"a b": {"kind": "echo"}}, "$.a b", "an agent's name"),
    ({"x-dlq": {"kind": "echo"}}, "$.x-dlq", "not ending in -dlq"),
    ({"a" * 31: {"kind": "echo"}}, f"$.{'a' * 31}", "1 to 30 letters"),
]


class TestAgents:
    """Who answers."""

    def test_every_kind_is_read(self) -> None:
        """Echo, python, http and external agents are known."""
        agents = {
            "e": {"kind": "echo"},
            "p": {"kind": "python", "handler": "my.module:answer"},
            "h": {"kind": "http", "url": "${URL}", "secret": "${SECRET}"},
            "x": {"kind": "external"},
        }

        assert scenes.read(folder(agents)).agents == {
            "e": AgentSpec(name="e", kind="echo"),
            "p": AgentSpec(name="p", kind="python", options={"handler": "my.module:answer"}),
            "h": AgentSpec(name="h", kind="http", options={"url": "${URL}", "secret": "${SECRET}"}),
            "x": AgentSpec(name="x", kind="external"),
        }

    @pytest.mark.parametrize(("agents", "path", "expected"), AGENT_FAULTS)
    def test_each_fault_names_its_path(
        self, agents: dict[str, Any], path: str, expected: str
    ) -> None:
        """A bad agent stops itself and the entries that name it, and no other."""
        found = scenes.read(folder({"support": {"kind": "echo"}, **agents}, shop=[web_api()]))

        assert faults(found) == [("agents.json", path)]
        assert expected in str(found.faults[0])
        assert list(found.agents) == ["support"]
        assert len(found.entries) == 1

    def test_without_a_file_there_is_the_default_or_none(self) -> None:
        """The local stack lets unknown agents echo; a deployed one asks for them."""
        files = folder(None, shop=[web_api()])

        assert scenes.read(files, default_kind="echo").agents == {
            "support": AgentSpec(name="support", kind="echo")
        }
        assert faults(scenes.read(files)) == [("shop/entries.json", "$.channels[0]")]

    @pytest.mark.parametrize("agents", [{"support": {"kind": "magic"}}, []])
    def test_the_default_never_stands_in_for_a_faulty_agent(self, agents: object) -> None:
        """Whoever is named wrongly, or in a file that can't be read, does not become an echo."""
        found = scenes.read(folder(agents, shop=[web_api()]), default_kind="echo")

        assert found.agents == {}
        assert found.entries == ()
        assert ("shop/entries.json", "$.channels[0]") in faults(found)

    def test_a_file_that_cannot_be_read_stops_only_what_needs_it(self) -> None:
        """The fault names the file; every entry says whom it misses."""
        files = folder(None, shop=[web_api()]) | {"agents.json": "{"}

        assert faults(scenes.read(files)) == [
            ("agents.json", "$"),
            ("shop/entries.json", "$.channels[0]"),
        ]
