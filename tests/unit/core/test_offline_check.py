from pathlib import Path
from typing import Any

import pytest

from cococat.core import offline_check
from cococat.core.scene_files import texts
from tests.support.files import folder, web_api

GOOD_KEY = "a-key-of-enough-letters"


def places(files: dict[str, str], **options: str) -> list[str]:
    """Return where there is a fault."""
    return [f"{fault.file} {fault.path}" for fault in offline_check.check(files, **options)]


def entry(endpoint: Any = "/api/channel/web", **config: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a web_api entry whose key is a reference."""
    return {"type": "web_api", "config": {"endpoint": endpoint, "api_key": "${KEY}"} | config}


class TestCheck:
    """What the files alone can tell."""

    def test_what_references_stand_for_is_taken_to_be_right(self) -> None:
        """Nobody has their values here."""
        agents = {"support": {"kind": "http", "url": "${URL}", "secret": "${secret:A#b}"}}
        wechat = {"app_id": "${ID}", "token": "${ssm:/token}", "encoding_aes_key": "${AES}"}
        entries = [
            entry("${PATH}", options={"fallback_text": "${TEXT}"}),
            entry("${PATH}", api_key=["${KEY}", GOOD_KEY]) | {"name": "second"},
            {"type": "wechat", "config": wechat},
        ]

        assert offline_check.check(folder(agents, shop=entries)) == []

    def test_all_faults_are_told_at_once(self) -> None:
        """Of all files: form, keys, values, references and endpoints."""
        agents = {"support": {"kind": "echo"}, "far": {"kind": "http", "url": "${A B}"}}
        files = folder(
            agents | {"near": {"kind": "http", "url": "${URL}", "secret": "${half"}},
            bank=[entry("/api/channel/one"), entry("/api/channel/wechat/x") | {"name": "two"}],
            shop=[
                entry(api_key="${half", more="x"),
                entry("/api/channel/two", api_key="short") | {"name": "other"},
                entry("/api/channel/one") | {"name": "third"},
                {"type": "fax", "config": {}},
            ],
            zoo="{",
        )

        assert sorted(places(files)) == [
            "agents.json $.far",
            "agents.json $.near.secret",
            "bank/entries.json $.channels[1].config.endpoint",
            "shop/entries.json $.channels[0].config.api_key",
            "shop/entries.json $.channels[0].config.more",
            "shop/entries.json $.channels[1].config.api_key",
            "shop/entries.json $.channels[2].config.endpoint",
            "shop/entries.json $.channels[3].type",
            "zoo/entries.json $",
        ]

    @pytest.mark.parametrize(
        ("members", "path"),
        [
            ({"agent": "nobody"}, "$.channels[1]"),
            ({"agent": "-"}, "$.channels[1].agent"),
            ({"nmae": "x"}, "$.channels[1].nmae"),
            ({"name": "web_api"}, "$.channels[1]"),
        ],
    )
    def test_no_fault_of_an_entry_hides_those_of_its_config(
        self, members: dict[str, object], path: str
    ) -> None:
        """An unknown agent, a wrong form, a name that is taken."""
        bad = entry("/nowhere", api_key="short") | {"name": "bad"} | members

        assert places(folder(shop=[entry(), bad])) == [
            f"shop/entries.json {each}"
            for each in (path, "$.channels[1].config.endpoint", "$.channels[1].config.api_key")
        ]

    def test_agents_must_be_named_where_there_is_no_default(self) -> None:
        """As on a deployed stack; `make run` lets them echo."""
        files = folder(None, shop=[web_api()])

        assert places(files) == ["shop/entries.json $.channels[0]"]
        assert places(files, default_kind="echo") == []

    def test_the_scenes_of_the_project_are_right(self) -> None:
        """As they are committed."""
        assert offline_check.check(texts(Path(__file__).parents[3] / "scenes")) == []


def bot(token: str | None, channel: str = "telegram", **members: object) -> dict[str, Any]:
    """Return the entry of a bot."""
    return {"type": channel, "config": {"bot_token": token}} | members


class TestTwins:
    """Entries that nobody could listen to together."""

    @pytest.mark.parametrize(
        ("channel", "one", "other"),
        [
            ("telegram", "${TELEGRAM_BOT_TOKEN}", "${TELEGRAM_BOT_TOKEN}"),
            ("telegram", "1:a", "1:a"),
            ("discord", "${secret:BOT#token}", "${secret:BOT#token}"),
            ("discord", "MTIz.a.b", "Bot MTIz.a.b"),
            ("discord", "MTIz.a.b", "MTIz.c.d"),
        ],
    )
    def test_both_are_named(self, channel: str, one: str, other: str) -> None:
        """Over all scenes; they are no faults."""
        bank, shop = [bot(one, channel)], [bot(other, channel, name="second")]
        files = folder(bank=bank, shop=shop)
        (told,) = offline_check.twins(files)

        assert offline_check.check(files) == []
        assert f"shop/entries.json: $.channels[0] ({channel}/second) has the token of" in told
        assert f"bank/entries.json: $.channels[0] ({channel}/{channel}); only one" in told
        assert one not in told

    def test_others_are_not_mentioned(self) -> None:
        """Other tokens, other platforms, what is disabled or has none, and who does not listen."""
        entries = [
            bot("${BOT}"),
            bot("${BOT}", name="off", enabled=False),
            bot("${BOT}", "discord"),
            bot("${OTHER}", name="other"),
            bot(None, name="none"),
            entry("/api/channel/one"),
            entry("/api/channel/two") | {"name": "two"},
        ]

        assert offline_check.twins(folder(shop=entries)) == []
