"""What the management API shows."""

import base64
import json

import pytest

from cococat.core import message_record
from cococat.core.channel_status import Observation, Status
from cococat.core.channels.catalogue import CATALOGUE, available_types
from cococat.routes.channels import MOST, PAGE
from tests.support import samples
from tests.support.api import said, value
from tests.support.clock import START
from tests.support.console import AT_START, Console
from tests.support.manager import shop


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

    def test_a_callback_url_is_shown_without_its_query(self, console: Console) -> None:
        """There may be a token in it."""
        config: dict[str, object] = {
            "endpoint": "/api/channel/web",
            "callback_url": "https://a.example/b?token=canary",
        }
        console.ctx.wishes.write(samples.wish(config=config), replacing=None)
        answer = console.ask("GET", "/api/channels/scene/shop/web_api")

        assert value(answer)["config"]["callback_url"] == "https://a.example/b?…"
        assert "canary" not in str(value(answer))

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
