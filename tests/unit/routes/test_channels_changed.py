"""Two operators of one channel, and channels that go, by the management API."""

from typing import Any

import pytest

from tests.support.api import said, value
from tests.support.console import Console
from tests.support.manager import shop


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
