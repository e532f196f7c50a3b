"""The routes of the management API, as an operator with a key uses them."""

import base64
import json
from typing import Any

import pytest

from cococat.core import message_record
from cococat.core.channel_status import Observation, Status
from cococat.core.channels.catalogue import CATALOGUE, available_types
from cococat.core.http import Response
from cococat.core.ids import ChannelAddress
from cococat.routes.channels import MOST, PAGE
from tests.support import samples
from tests.support.api import error, value
from tests.support.clock import START
from tests.support.console import Console, wanted
from tests.support.manager import APP_ID, shop

AT_START = "2027-01-15T08:00:00.000+00:00"


@pytest.fixture(name="console")
def _console() -> Console:
    console = Console()
    console.ctx.platform.says = {"good": "proven", "bad": "refused", "down": "unreachable"}
    return console


def said(response: Response) -> tuple[int, str]:
    """Return status and code of a refusal, its form checked."""
    return response.status, error(response)


class TestConnect:
    """`POST /api/channels/connect`."""

    def test_the_answer_is_the_channel(self, console: Console) -> None:
        """Everything but the secrets."""
        answer = console.connect(name="second")

        assert (answer.status, answer.headers["etag"]) == (200, '"1"')
        assert value(answer) == {
            "target_type": "scene",
            "target_id": "shop",
            "channel_type": "wechat",
            "name": "second",
            "agent": "shop",
            "enabled": True,
            "source": "api",
            "config": {"app_id": APP_ID, "token": "***"},
            "callback": "/api/channel/wechat/shop/second",
            "status": "connected",
            "generation": 1,
            "last_error": None,
            "connected_since": AT_START,
            "message_count": 0,
            "last_message_at": None,
            "owner": None,
            "heard_at": None,
            "last_event": None,
        }

    @pytest.mark.parametrize(
        ("members", "callback"),
        [
            ({}, "/api/channel/wechat/shop"),
            ({"name": "wechat"}, "/api/channel/wechat/shop"),
            ({"target_type": "agent", "target_id": "bot"}, "/api/channel/wechat/agents/bot"),
            (
                {"target_type": "agent", "target_id": "bot", "name": "b"},
                "/api/channel/wechat/agents/bot/b",
            ),
            (
                {
                    "channel_type": "web_api",
                    "config": {"endpoint": "/api/channel/a/b", "api_key": samples.API_KEY},
                },
                "/api/channel/a/b",
            ),
        ],
    )
    def test_the_callback_is_the_path_to_paste(
        self, console: Console, members: dict[str, Any], callback: str
    ) -> None:
        """The doors answer there."""
        assert value(console.connect(**members))["callback"] == callback

    def test_a_wrong_secret_is_an_answer_with_a_reason(self, console: Console) -> None:
        """The channel is there, and says what is wrong with it."""
        answer = console.connect(token="bad")

        assert answer.status == 200
        assert (value(answer)["status"], value(answer)["last_error"]) == (
            "auth_error",
            {
                "code": "invalid_token",
                "message": "The platform refuses the token.",
                "at": AT_START,
            },
        )

    def test_a_good_channel_is_kept(self, console: Console) -> None:
        """422 where its platform refuses the new one, 503 where it could not be asked."""
        console.connect()
        refused, unknown = console.connect(token="bad"), console.connect(token="down")

        assert said(refused) == (422, "invalid_token")
        assert said(unknown) == (503, "platform_unreachable")
        assert unknown.headers["retry-after"] == "5"
        assert value(console.ask("GET", "/api/channels/scene/shop/wechat"))["generation"] == 1

    def test_every_fault_is_told(self, console: Console) -> None:
        """In one sentence each."""
        answer = console.connect(config={"app_id": "x", "mode": "open"})

        assert said(answer) == (400, "invalid_config")
        message = value(answer)["error"]["message"]
        assert all(f"$.config.{key}: " in message for key in ("app_id", "token", "mode"))

    @pytest.mark.parametrize(
        "members",
        [
            {"target_type": "table"},
            {"target_id": "../shop"},
            {"target_id": ""},
            {"channel_type": "fax"},
            {"channel_type": "telegram"},
            {"name": "a/b"},
            {"config": {"app_id": APP_ID, "token": "${TOKEN}"}},
            {"config": {"app_id": APP_ID, "token": "abc", "api_base": "https://evil.example"}},
            {"config": {"app_id": APP_ID, "token": "abc", "api_base": "https://["}},
            {"target_id": "nobody"},
        ],
    )
    def test_what_is_not_valid_changes_nothing(
        self, console: Console, members: dict[str, Any]
    ) -> None:
        """Nothing is stored, and no platform hears of it."""
        assert said(console.connect(**members)) == (400, "invalid_config")
        assert (console.ctx.wishes.writes, console.ctx.platform.asked) == (0, [])

    @pytest.mark.parametrize(
        "body",
        [
            None,
            b"",
            b"{",
            b"\xff",
            b"[]",
            b'"text"',
            b"[" * 50_000,
            b'{"target_type": NaN}',
            {},
            {"target_type": 1},
            wanted(config=[]),
            wanted(config=None),
            wanted(config="x"),
            wanted(name=1),
            wanted(name=None),
            wanted(target_id=["shop"]),
        ],
    )
    def test_what_is_not_a_request_is_400(self, console: Console, body: object) -> None:
        """Each value must have its type."""
        for path in ("/api/channels/connect", "/api/channels/disconnect"):
            assert said(console.ask("POST", path, body)) == (400, "invalid_request")

    @pytest.mark.parametrize(
        ("member", "named"), [("nmae", "'nmae'"), ("\ud800x" * 999, f"'{'x' * 64}'")]
    )
    def test_a_member_that_is_unknown_is_400(
        self, console: Console, member: str, named: str
    ) -> None:
        """It may be a misspelt one, and what it was for would happen to another channel."""
        console.connect(name="only")
        for answer in (console.connect(**{member: "second"}), console.disconnect(**{member: "x"})):
            assert said(answer) == (400, "invalid_request")
            assert f"there is no member {named}" in value(answer)["error"]["message"]

        assert list(console.ctx.wishes.kept) == [shop("only")]

    def test_a_config_is_no_matter_of_a_disconnect(self, console: Console) -> None:
        """It says which channel, and nothing else."""
        assert said(console.disconnect(config={})) == (400, "invalid_request")

    def test_an_endpoint_is_taken_once(self, console: Console) -> None:
        """409 for whoever comes second."""
        config = {"endpoint": "/api/channel/a", "api_key": samples.API_KEY}
        console.connect(channel_type="web_api", config=config)
        answer = console.connect(channel_type="web_api", config=config, target_id="bank")

        assert said(answer) == (409, "endpoint_taken")


class TestETags:
    """Who changes what they have not seen."""

    def test_a_change_on_what_was_seen_is_made(self, console: Console) -> None:
        """Each answer's ETag is good for the next change."""
        first = console.connect()
        second = console.connect(if_match=first.headers["etag"])
        shown = console.ask("GET", "/api/channels/scene/shop/wechat")
        assert second.headers["etag"] == shown.headers["etag"] == '"2"'

        assert console.disconnect(if_match=shown.headers["etag"]).status == 200

    @pytest.mark.parametrize(
        "etag", ['"1"', "1", '"99"', '"abc"', 'W/"2"', "²", '"2", "3"', "-2", "9" * 5000]
    )
    def test_a_change_on_anything_else_is_412(self, console: Console, etag: str) -> None:
        """Also on what is no ETag of ours."""
        console.connect()
        console.connect()

        assert said(console.connect(if_match=etag)) == (412, "changed")
        assert said(console.disconnect(if_match=etag)) == (412, "changed")

    def test_an_etag_of_what_is_gone_is_412(self, console: Console) -> None:
        """A channel that was made anew is another one."""
        etag = console.connect().headers["etag"]
        console.disconnect()
        assert said(console.connect(if_match=etag)) == (412, "changed")
        assert console.connect(if_match='"0"').status == 200

        assert said(console.connect(if_match=etag)) == (412, "changed")

    def test_a_star_stands_for_whatever_is_there(self, console: Console) -> None:
        """As if nothing had been asked."""
        assert console.connect(if_match="*").status == 200


class TestDisconnect:
    """`POST /api/channels/disconnect`."""

    def test_it_is_gone(self, console: Console) -> None:
        """Again is no error."""
        console.connect()
        answers = [console.disconnect(), console.disconnect()]

        assert [value(answer) for answer in answers] == [{"status": "disconnected"}] * 2
        assert said(console.ask("GET", "/api/channels/scene/shop/wechat")) == (404, "not_found")

    def test_the_only_one_needs_no_name(self, console: Console) -> None:
        """Whatever it is called."""
        console.connect(name="second")
        console.disconnect()

        assert console.ctx.wishes.kept == {}

    def test_one_of_several_must_be_named(self, console: Console) -> None:
        """409 with the list."""
        console.connect(name="first")
        console.connect(name="second")
        answer = console.disconnect()
        assert said(answer) == (409, "ambiguous")
        assert "first, second" in value(answer)["error"]["message"]
        console.disconnect(name="first")

        assert list(console.ctx.wishes.kept) == [shop("second")]

    @pytest.mark.parametrize(
        "members",
        [
            {"target_type": "table"},
            {"target_id": "../shop"},
            {"target_id": "s" * 3000},
            {"channel_type": "fax"},
            {"name": "../wechat"},
        ],
    )
    def test_what_can_not_be_there_is_400(self, console: Console, members: dict[str, Any]) -> None:
        """Nothing made up becomes a key of the table."""
        assert said(console.disconnect(**members)) == (400, "invalid_config")


class TestShow:
    """`GET /api/channels/{target_type}/{target_id}/{channel_type}`."""

    def test_it_shows_one(self, console: Console) -> None:
        """By name, where there are several."""
        console.connect(name="first")
        console.connect(name="second", token="bad")
        path = "/api/channels/scene/shop/wechat"
        assert said(console.ask("GET", path)) == (409, "ambiguous")
        answer = console.ask("GET", f"{path}?name=second")

        assert (value(answer)["name"], value(answer)["status"]) == ("second", "auth_error")
        assert said(console.ask("GET", f"{path}?name=third")) == (404, "not_found")

    def test_it_shows_what_was_counted(self, console: Console) -> None:
        """How many messages, when the last one came, and since when it is connected."""
        console.connect(token="unproven")
        for seconds in (1, 2):
            console.ctx.observations.count_message(shop(), 1, START + seconds)
        shown = value(console.ask("GET", "/api/channels/scene/shop/wechat"))

        assert (shown["status"], shown["message_count"]) == ("connected", 2)
        assert shown["connected_since"] == AT_START.replace("00.000", "01.000")
        assert shown["last_message_at"] == AT_START.replace("00.000", "02.000")

    def test_it_shows_who_holds_it(self, console: Console) -> None:
        """A sidecar's name, while it lives."""
        console.connect(token="unproven")
        held = Observation(
            status=Status.RECONNECTING, generation=1, owner="sidecar-1", alive_at=START
        )
        console.ctx.observations.note(shop(), held)
        path = "/api/channels/scene/shop/wechat"
        before = value(console.ask("GET", path))
        console.ctx.clock.advance(31)
        after = value(console.ask("GET", path))

        assert (before["status"], before["owner"]) == ("reconnecting", "sidecar-1")
        assert after["status"] == "disconnected"

    @pytest.mark.parametrize("query", ["name=a&name=b", "name=%ff", "&".join(["a=1"] * 30)])
    def test_a_query_is_read_strictly(self, console: Console, query: str) -> None:
        """Nothing is said twice."""
        for path in ("/api/channels", "/api/channels/scene/shop/wechat"):
            assert said(console.ask("GET", f"{path}?{query}")) == (400, "invalid_request")


class TestList:
    """`GET /api/channels`."""

    def pages(self, console: Console, limit: int) -> list[list[str]]:
        """Return the targets of every page."""
        found, cursor = [], ""
        while True:
            answer = value(console.ask("GET", f"/api/channels?limit={limit}&cursor={cursor}"))
            found.append([each["target_id"] for each in answer["channels"]])
            cursor = answer["next_cursor"]
            if cursor is None:
                return found

    def test_there_may_be_none(self, console: Console) -> None:
        """An empty list is a list."""
        assert value(console.ask("GET", "/api/channels")) == {"channels": [], "next_cursor": None}

    def test_each_is_as_it_is_shown_alone(self, console: Console) -> None:
        """Disabled ones too."""
        console.connect()
        filed = samples.wish(enabled=False)
        console.ctx.wishes.write(filed, replacing=None)
        listed = value(console.ask("GET", "/api/channels"))["channels"]
        alone = [
            value(console.ask("GET", f"/api/channels/scene/shop/{kind}"))
            for kind in ("web_api", "wechat")
        ]

        assert listed == alone
        assert [each["status"] for each in listed] == ["disconnected", "connected"]

    @pytest.mark.parametrize("limit", [1, 3, 7, 20, 21])
    def test_every_one_is_on_one_page(self, console: Console, limit: int) -> None:
        """In order, none twice, none left out."""
        names = [f"s{n:02d}" for n in range(20)]
        for name in reversed(names):
            console.connect(target_id=name)
        pages = self.pages(console, limit)

        assert [name for page in pages for name in page] == names
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert 1 <= len(pages[-1]) <= limit

    def test_a_cursor_holds_while_channels_come_and_go(self, console: Console) -> None:
        """What is there all the time is listed once, also where the cursor's own one is gone."""
        for n in range(0, 20, 2):
            console.connect(target_id=f"s{n:02d}")
        first = value(console.ask("GET", "/api/channels?limit=4"))
        console.disconnect(target_id="s06")
        console.connect(target_id="s01")
        console.connect(target_id="s09")
        rest = value(console.ask("GET", f"/api/channels?cursor={first['next_cursor']}"))

        assert [each["target_id"] for each in first["channels"]] == ["s00", "s02", "s04", "s06"]
        assert [each["target_id"] for each in rest["channels"]] == [
            *("s08", "s09", "s10", "s12", "s14", "s16", "s18")
        ]

    def test_a_page_has_its_length_where_nobody_names_one(self, console: Console) -> None:
        """And no more than so many."""
        for n in range(PAGE + 1):
            console.connect(target_id=f"s{n}")
        answer = value(console.ask("GET", "/api/channels"))

        assert (len(answer["channels"]), bool(answer["next_cursor"])) == (PAGE, True)
        assert console.ask("GET", f"/api/channels?limit={MOST}").status == 200

    @pytest.mark.parametrize(
        "limit", ["0", "-1", "201", "", "1.0", "1e1", "ten", "²", "%D9%A1", "9" * 5000]
    )
    def test_a_wrong_limit_is_400(self, console: Console, limit: str) -> None:
        """Whatever it is."""
        answer = console.ask("GET", f"/api/channels?limit={limit}")

        assert said(answer) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "text",
        ["{}", "1", "null", '"a"', "[1]", '["a", 1]', "[[]]", "[" * 50_000, "\xff", "["],
    )
    def test_a_wrong_cursor_is_400(self, console: Console, text: str) -> None:
        """It was not made here."""
        cursor = base64.urlsafe_b64encode(text.encode("latin-1")).decode()
        for given in (cursor, "猫", "a", "%%%", "a b"):
            answer = console.ask("GET", f"/api/channels?cursor={given}")

            assert said(answer) == (400, "invalid_request")

    def test_a_made_up_cursor_is_only_a_place_in_the_list(self, console: Console) -> None:
        """It opens nothing that the list does not."""
        console.connect()
        cursor = base64.urlsafe_b64encode(json.dumps(["\ud800", "", "~"]).encode()).decode()
        answer = console.ask("GET", f"/api/channels?cursor={cursor}")

        assert value(answer) == {"channels": [], "next_cursor": None}


class TestTypes:
    """`GET /api/channels/types`."""

    def test_they_come_with_what_their_config_holds(self, console: Console) -> None:
        """All six, and which of them this version has."""
        types = value(console.ask("GET", "/api/channels/types"))["types"]

        assert [each["type"] for each in types] == list(CATALOGUE)
        available = sorted(each["type"] for each in types if each["available"])
        assert available == available_types()
        web = next(each for each in types if each["type"] == "web_api")
        fields = {field["key"]: field for field in web["variants"][0]}
        assert fields["api_key"] == {
            "key": "api_key",
            "expected": "16 to 256 visible ASCII characters, or a list of such keys, "
            'each with a name of its own or without: {"name", "key"}',
            "required": True,
            "secret": True,
        }
        assert {"endpoint", "api_base", "previous_token"} <= fields.keys()


class TestTrace:
    """`GET /api/messages/{id}`."""

    def test_it_tells_how_far_a_message_has_come(self, console: Console) -> None:
        """Without a word of what it says."""
        record = message_record.received(samples.identity(), samples.ADDRESS, "fp", START)
        console.items.put(record.to_item(), replacing=None)
        answer = console.ask("GET", f"/api/messages/{samples.identity()}")

        assert answer.status == 200
        assert value(answer) == {
            "id": samples.identity(),
            "channel": "web_api",
            "target_type": "scene",
            "target_id": "shop",
            "name": "web_api",
            "state": "received",
            "attempt": 0,
            "caller": "",
            "failure": None,
            "received_at": AT_START,
            "claimed_at": None,
            "replied_at": None,
            "answered_at": None,
        }

    @pytest.mark.parametrize("identity", ["0" * 64, "A" * 64, "x", "0" * 63, "_", "0" * 5000])
    def test_an_unknown_one_is_404(self, console: Console, identity: str) -> None:
        """Also what can't be an id."""
        assert said(console.ask("GET", f"/api/messages/{identity}")) == (404, "not_found")


def test_agents_have_channels_like_scenes(console: Console) -> None:
    """Connect, show, list, disconnect."""
    target = {"target_type": "agent", "target_id": "support"}
    console.connect(**target)
    shown = value(console.ask("GET", "/api/channels/agent/support/wechat"))
    assert (shown["target_type"], shown["agent"]) == ("agent", "support")
    assert list(console.ctx.wishes.kept) == [
        ChannelAddress(channel="wechat", name="wechat", **target)
    ]
    console.disconnect(**target)

    assert console.ctx.wishes.kept == {}
