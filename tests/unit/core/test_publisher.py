import logging

import pytest

from cococat.core.agent_spec import AgentSpec
from cococat.core.publisher import Published, Publisher
from cococat.core.wishes import Source
from tests.support import samples
from tests.support.files import ECHO, Values, folder, web_api
from tests.support.wishes import MemoryWishes


class FakeMailboxes:
    """`cococat.core.publisher.Mailboxes` that only notes the agents."""

    def __init__(self) -> None:
        self.agents: list[AgentSpec] = []

    def ensure(self, agent: AgentSpec) -> str:
        """Return a made-up URL."""
        self.agents.append(agent)
        return f"queue://{agent.name}"


class Bench:
    """A publisher with all that it touches in memory."""

    def __init__(self, default_kind: str = "") -> None:
        self.wishes = MemoryWishes()
        self.mailboxes = FakeMailboxes()
        self._default_kind = default_kind

    def publish(self, files: dict[str, str], **values: str) -> Published:
        """Publish *files*, whose references stand for *values*."""
        publisher = Publisher(
            resolver=Values(**values),
            mailboxes=self.mailboxes,
            wishes=self.wishes,
            default_kind=self._default_kind,
        )
        return publisher.publish(files)

    def endpoints(self) -> dict[str, str]:
        """Return each scene's endpoint."""
        return {
            address.target_id: stored.wish.config["endpoint"]
            for address, stored in self.wishes.kept.items()
        }


@pytest.fixture(name="bench")
def _bench() -> Bench:
    return Bench()


class TestPublishing:
    """Good files."""

    def test_a_channel_is_wished_for_with_its_secrets_apart(self, bench: Bench) -> None:
        """The wish names target, agent and mailbox, and nothing secret is in its config."""
        published = bench.publish(folder(shop=[web_api()]))

        assert published.channels == published.changed == (samples.ADDRESS,)
        assert (published.withdrawn, published.faults) == ((), ())
        wish = bench.wishes.kept[samples.ADDRESS].wish
        assert (wish.scene_id, wish.agent, wish.mailbox, wish.enabled, wish.source) == (
            "shop",
            "support",
            "queue://support",
            True,
            Source.FILE,
        )
        assert wish.config == {"endpoint": samples.ENDPOINT}
        assert wish.secrets == {"api_key": samples.API_KEY}

    def test_an_unchanged_file_changes_nothing(self, bench: Bench) -> None:
        """A second publish of the same files is without effect."""
        files = folder(shop=[web_api()])
        bench.publish(files)

        assert bench.publish(files).changed == ()

    def test_what_is_gone_from_the_files_is_withdrawn(self, bench: Bench) -> None:
        """A removed scene's channels are taken away."""
        bench.publish(folder(shop=[web_api()]))

        assert bench.publish(folder()).withdrawn == (samples.ADDRESS,)
        assert bench.wishes.kept == {}

    def test_every_agent_gets_its_mailbox(self, bench: Bench) -> None:
        """Also an agent that no scene names yet."""
        bench.publish(folder(ECHO | {"other": {"kind": "external"}}, shop=[web_api()]))

        assert [agent.name for agent in bench.mailboxes.agents] == ["support", "other"]

    def test_the_default_kind_stands_in_for_absent_agents(self) -> None:
        """The local stack answers scenes that come without agents.json."""
        bench = Bench("echo")

        bench.publish(folder(None, shop={"channels": [web_api()]}))

        assert bench.mailboxes.agents == [AgentSpec(name="shop", kind="echo")]

    def test_a_disabled_entry_is_kept_as_such(self, bench: Bench) -> None:
        """Its wish says that it is not to run."""
        bench.publish(folder(shop=[web_api(enabled=False)]))

        assert not bench.wishes.kept[samples.ADDRESS].wish.enabled

    def test_references_are_resolved(self, bench: Bench) -> None:
        """The committed files hold references only."""
        entry = {
            "type": "web_api",
            "config": {"endpoint": "${PATH}", "api_key": ["${secret:KEY}", "l" * 20]},
        }
        bench.publish(folder(shop=[entry]), PATH="/api/channel/x", KEY="k" * 20)

        wish = bench.wishes.kept[samples.ADDRESS].wish
        assert wish.config == {"endpoint": "/api/channel/x"}
        assert wish.secrets == {"api_key": ["k" * 20, "l" * 20]}


HTTP = {"kind": "http", "url": "${URL}", "secret": "${secret:KEYS#agent}", "timeout": 5}
GOOD = {"URL": "https://agent.example/answer", "KEYS": "k" * 16}


class TestAgents:
    """Agents whose options hold references."""

    def test_the_references_are_resolved_and_the_secrets_parted(self, bench: Bench) -> None:
        """The mailbox is made for the agent as it is, with its secret apart."""
        published = bench.publish(folder({"support": HTTP}, shop=[web_api()]), **GOOD)

        assert published.faults == ()
        assert bench.mailboxes.agents == [
            AgentSpec(
                name="support",
                kind="http",
                options={"url": GOOD["URL"], "timeout": 5},
                secrets={"secret": GOOD["KEYS"]},
            )
        ]

    @pytest.mark.parametrize(
        ("values", "path", "expected"),
        [
            ({"KEYS": GOOD["KEYS"]}, "$.support.url", "a value for ${URL}; there is none"),
            ({"URL": GOOD["URL"]}, "$.support.secret", "a value for ${secret:KEYS#agent}"),
            (GOOD | {"KEYS": "canary"}, "$.support.secret", "16 to 512 visible ASCII"),
            (GOOD | {"URL": "http://canary/"}, "$.support.url", "https://"),
        ],
    )
    def test_a_bad_value_stops_the_agent_and_its_entries(
        self, bench: Bench, values: dict[str, str], path: str, expected: str
    ) -> None:
        """What was published before stays; the other agents' entries are published."""
        files = folder({"support": HTTP, "other": {"kind": "echo"}}, shop=[web_api()])
        bench.publish(files, **GOOD)
        bench.mailboxes.agents.clear()
        more = folder({}, two={"agent": "other", "channels": [web_api("/api/channel/two")]})
        published = bench.publish(more | files, **values)

        fault, without = published.faults
        assert (fault.file, fault.path) == ("agents.json", path)
        assert expected in fault.expected
        assert "canary" not in str(published.faults)
        assert (without.file, without.path) == ("shop/entries.json", "$.channels[0]")
        assert "'support' has some" in without.expected
        assert [agent.name for agent in bench.mailboxes.agents] == ["other"]
        assert (published.withdrawn, list(bench.endpoints())) == ((), ["shop", "two"])


class TestFaults:
    """Files with something wrong in them."""

    def test_a_missing_reference_stops_its_entry(self, bench: Bench) -> None:
        """The fault names file, path and reference; the other entry is published."""
        broken = web_api("/api/channel/b", name="b")
        broken["config"]["api_key"] = "${MISSING}"
        published = bench.publish(folder(shop=[broken, web_api()]))

        (fault,) = published.faults
        assert (fault.file, fault.path) == (
            "shop/entries.json",
            "$.channels[0].config.api_key",
        )
        assert fault.expected == "a value for ${MISSING}; there is none"
        assert published.channels == (samples.ADDRESS,)

    def test_a_referenced_value_is_checked_like_a_written_one(self, bench: Bench) -> None:
        """A secret of the wrong form is a fault that does not quote it."""
        entry = web_api()
        entry["config"]["api_key"] = "${KEY}"
        published = bench.publish(folder(shop=[entry]), KEY="canary")

        (fault,) = published.faults
        assert fault.path == "$.channels[0].config.api_key"
        assert "canary" not in str(fault)
        assert published.channels == ()

    def test_an_endpoint_used_twice_stops_the_second_entry(self, bench: Bench) -> None:
        """The first scene keeps its address."""
        published = bench.publish(folder(a=[web_api()], b=[web_api()]))

        assert [str(fault).partition(":")[0] for fault in published.faults] == ["b/entries.json"]
        assert bench.endpoints() == {"a": samples.ENDPOINT}

    def test_a_scene_with_a_faulty_file_loses_nothing_that_it_had(self, bench: Bench) -> None:
        """A typing error in a file never takes a channel away."""
        bench.publish(folder(a=[web_api()], b=[web_api("/api/channel/b")]))

        published = bench.publish(folder(a="{", b=[]))

        assert bench.endpoints() == {"a": samples.ENDPOINT}
        assert [address.target_id for address in published.withdrawn] == ["b"]

    def test_faults_of_an_agent_hide_none_of_its_entries(self, bench: Bench) -> None:
        """Nor does one of a reference hide those of other keys."""
        far = {"kind": "http", "url": "${URL}", "secret": "s" * 16}
        entries = [
            web_api("/nowhere", agent="nobody"),
            web_api("/elsewhere", name="b", agent="far"),
            web_api("/anywhere", name="c"),
        ]
        entries[2]["config"]["api_key"] = "${KEY}"
        published = bench.publish(folder({"support": {"kind": "echo"}, "far": far}, shop=entries))

        assert sorted(fault.path for fault in published.faults if fault.file != "agents.json") == [
            "$.channels[0]",
            "$.channels[0].config.endpoint",
            "$.channels[1]",
            "$.channels[1].config.endpoint",
            "$.channels[2].config.api_key",
            "$.channels[2].config.endpoint",
        ]
        assert published.channels == ()

    def test_a_faulty_agents_file_takes_nothing_away(self, bench: Bench) -> None:
        """Every scene that can't be read in full keeps what it had."""
        files = folder(shop=[web_api()])
        bench.publish(files)

        published = bench.publish(files | {"agents.json": "{"})

        assert published.withdrawn == ()
        assert bench.endpoints() == {"shop": samples.ENDPOINT}

    def test_every_fault_is_reported_and_logged(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Faults of form, of values and of endpoints come together, each one line of the log."""
        caplog.set_level(logging.ERROR)
        entries = [{"type": "fax"}, web_api("/nowhere", name="b"), web_api(name="c")]
        published = bench.publish(folder(a=[web_api()], b=entries))

        paths = [fault.path for fault in published.faults]
        assert paths == [
            "$.channels[0].type",
            "$.channels[0].config",
            "$.channels[1].config.endpoint",
            "$.channels[2].config.endpoint",
        ]
        logged = [vars(record)["fault"] for record in caplog.records]
        assert logged == [str(fault) for fault in published.faults]
