"""Files and API want the same channel: who wins, until when, and what is left of it."""

from typing import Any

import pytest

from cococat.core.agent_spec import AgentSpec
from cococat.core.errors import EndpointTaken, NotConnected
from cococat.core.file_wishes import Outcome
from cococat.core.ids import ChannelAddress
from cococat.core.publisher import Published, Publisher
from cococat.core.wishes import Source, StoredWish, Wish
from tests.support.files import ECHO, Values, folder, web_api
from tests.support.manager import MemoryContext, Office

A, B, C = "/api/channel/a", "/api/channel/b", "/api/channel/c"
FILE_KEY, API_KEY = "key-of-the-file-0123", "key-of-the-api-0123"


class Mailboxes:
    """`cococat.core.publisher.Mailboxes` with made-up URLs."""

    def ensure(self, agent: AgentSpec) -> str:
        """Return the URL of *agent*'s mailbox."""
        return f"queue://{agent.name}"


class Bench:
    """A store that files and an operator write into."""

    def __init__(self) -> None:
        self.ctx = MemoryContext()
        self.office = Office(self.ctx)
        self.publisher = Publisher(
            resolver=Values(), mailboxes=Mailboxes(), wishes=self.ctx.wishes, default_kind=""
        )

    def publish(self, **scenes: Any) -> Published:  # noqa: ANN401 - JSON
        """Publish *scenes*, each a list of entries."""
        return self.publisher.publish(folder(ECHO, **scenes))

    def connect(self, endpoint: str = A, scene: str = "shop", key: str = API_KEY) -> None:
        """Want a web_api channel by API."""
        config = {"endpoint": endpoint, "api_key": key}
        self.office.manager.connect("scene", scene, "web_api", config, self.ctx)

    def disconnect(self, scene: str = "shop") -> None:
        """Want it no more."""
        self.office.manager.disconnect("scene", scene, "web_api", self.ctx)

    def wish(self, scene: str = "shop") -> Wish | None:
        """Return what is wanted for *scene*."""
        stored = self.ctx.wishes.kept.get(address(scene))
        return None if stored is None else stored.wish

    def key(self, scene: str = "shop") -> str | None:
        """Return the key of the channel of *scene*, if it is to run."""
        wish = self.wish(scene)
        return wish.secrets["api_key"] if wish and wish.enabled else None

    def endpoints(self) -> dict[str, str]:
        """Return where each scene's channel answers, if it is to run."""
        wishes = [stored.wish for stored in self.ctx.wishes.kept.values()]
        return {wish.address.target_id: wish.endpoint for wish in wishes if wish.enabled}


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


def address(scene: str) -> ChannelAddress:
    """Return the address of the web_api channel of *scene*."""
    return ChannelAddress(target_type="scene", target_id=scene, channel="web_api", name="web_api")


def entry(endpoint: str = A, key: str = FILE_KEY, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an entry of a file."""
    made = web_api(endpoint, **members)
    made["config"]["api_key"] = key
    return made


class TestTheApiWins:
    """An operator's wish stands until the file's entry changes."""

    def test_until_the_entry_changes(self, bench: Bench) -> None:
        """The same file again is no new wish; a changed one is."""
        bench.publish(shop=[entry()])
        bench.connect()
        unchanged = bench.publish(shop=[entry()])
        assert (bench.key(), unchanged.changed) == (API_KEY, ())
        assert unchanged.outcomes == {address("shop"): Outcome.OVERRULED}
        changed = bench.publish(shop=[entry(key="a-new-key-0123456789")])

        assert changed.changed == (address("shop"),)
        assert changed.outcomes == {address("shop"): Outcome.CHANGED}
        assert bench.key() == "a-new-key-0123456789"

    def test_an_entry_may_move_within_its_file(self, bench: Bench) -> None:
        """Others come before it, and it still is the same entry."""
        bench.publish(shop=[entry()])
        bench.connect()
        other = entry("/api/channel/other") | {"name": "other"}
        moved = bench.publish(shop=[other, entry()])

        assert (moved.outcomes[address("shop")], bench.key()) == (Outcome.OVERRULED, API_KEY)

    def test_a_disconnect_stands_too(self, bench: Bench) -> None:
        """The wish stays, disabled and without secrets, until its entry changes."""
        bench.publish(shop=[entry()])
        bench.disconnect()
        assert bench.publish(shop=[entry()]).changed == ()
        wish = bench.wish()
        assert wish is not None
        assert (wish.enabled, wish.secrets, wish.source) == (False, {}, Source.API)
        bench.publish(shop=[entry(B)])

        assert bench.endpoints() == {"shop": B}

    def test_a_disconnected_entry_comes_back_by_api(self, bench: Bench) -> None:
        """And still belongs to its file."""
        bench.publish(shop=[entry()])
        bench.disconnect()
        bench.connect()
        assert bench.publish(shop=[entry()]).changed == ()
        assert bench.key() == API_KEY
        bench.publish(shop=[entry(B)])

        assert bench.key() == FILE_KEY

    def test_a_file_that_comes_later_wins(self, bench: Bench) -> None:
        """What an operator connected before there was an entry is taken over by it."""
        bench.connect()
        bench.publish(shop=[entry()])

        assert bench.key() == FILE_KEY

    def test_other_channels_are_left_alone(self, bench: Bench) -> None:
        """Nothing that came by API is withdrawn because no file holds it."""
        bench.connect(C, scene="bank")
        published = bench.publish(shop=[entry()])

        assert published.withdrawn == ()
        assert bench.endpoints() == {"bank": C, "shop": A}


class TestWithdrawing:
    """An entry that is gone from the files."""

    def test_it_goes_with_its_channel(self, bench: Bench) -> None:
        """Nothing else wanted it."""
        bench.publish(shop=[entry()])

        assert bench.publish().withdrawn == (address("shop"),)
        assert bench.wish() is None

    def test_an_operators_own_wish_stands_for_itself(self, bench: Bench) -> None:
        """It overruled the entry, and needs none; removing it later leaves nothing."""
        bench.publish(shop=[entry()])
        bench.connect()
        assert bench.publish().withdrawn == ()
        wish = bench.wish()
        assert wish is not None
        assert (wish.file_hash, bench.key()) == ("", API_KEY)
        bench.disconnect()

        assert bench.wish() is None

    def test_a_disconnected_one_is_gone_for_good(self, bench: Bench) -> None:
        """There is nothing that could come back, and no file that could bring it."""
        bench.publish(shop=[entry()])
        bench.disconnect()

        assert bench.publish().withdrawn == (address("shop"),)
        assert bench.wish() is None
        with pytest.raises(NotConnected):
            bench.office.manager.find("scene", "shop", "web_api", bench.ctx)

    def test_a_faulty_file_takes_nothing_away(self, bench: Bench) -> None:
        """Neither the file's own channel nor the operator's."""
        bench.publish(shop=[entry()], bank=[entry(B)])
        bench.connect(C, scene="bank")

        assert bench.publish(shop="{", bank="{").withdrawn == ()
        assert bench.endpoints() == {"shop": A, "bank": C}


class TestEndpoints:
    """Two channels want one address."""

    def test_an_operators_channel_keeps_its_endpoint(self, bench: Bench) -> None:
        """The entry has a fault that says so; the others are published."""
        bench.connect(A, scene="bank")
        published = bench.publish(shop=[entry(A)], zoo=[entry(B)])

        (fault,) = published.faults
        assert (fault.file, fault.path) == ("shop/entries.json", "$.channels[0].config.endpoint")
        assert bench.endpoints() == {"bank": A, "zoo": B}

    def test_a_file_keeps_its_endpoint(self, bench: Bench) -> None:
        """A connect by API is refused."""
        bench.publish(shop=[entry(A)])
        with pytest.raises(EndpointTaken):
            bench.connect(A, scene="bank")

        assert bench.endpoints() == {"shop": A}

    def test_entries_may_swap(self, bench: Bench) -> None:
        """Whatever the order."""
        for first, second in ((A, B), (B, A), (A, B)):
            bench.publish(shop=[entry(first)], zoo=[entry(second)])

            assert bench.endpoints() == {"shop": first, "zoo": second}

    def test_a_channel_that_is_off_gives_way(self, bench: Bench) -> None:
        """An entry that was disconnected, and is gone from its file, answers nowhere."""
        bench.publish(zoo=[entry(A)])
        bench.disconnect("zoo")
        published = bench.publish(shop=[entry(A)])

        assert (published.faults, published.withdrawn) == ((), (address("zoo"),))
        assert bench.endpoints() == {"shop": A}

    def test_a_faulty_file_keeps_its_endpoint(self, bench: Bench) -> None:
        """Nobody takes away what its scene still has."""
        bench.publish(zoo=[entry(A)])
        published = bench.publish(shop=[entry(A)], zoo="{")

        assert len(published.faults) == 2
        assert bench.endpoints() == {"zoo": A}


def test_a_publish_beside_a_connect_is_repeated(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes second sees what the first one wrote."""
    real = bench.ctx.wishes.read

    def read(at: ChannelAddress) -> StoredWish | None:
        stored = real(at)
        monkeypatch.undo()
        bench.connect()
        return stored

    monkeypatch.setattr(bench.ctx.wishes, "read", read)
    bench.publish(shop=[entry()])

    assert bench.key() == FILE_KEY
    assert bench.ctx.wishes.kept[address("shop")].generation == 2
