"""Publishing files into the tables: what is there afterwards, whatever was there before."""

import json
from typing import Any

import pytest

from cococat.core.publisher import Published
from tests.support import samples
from tests.support.cloud import Cloud
from tests.support.files import ECHO, folder, web_api

pytestmark = pytest.mark.aws

A, B, C = "/api/channel/a", "/api/channel/b", "/api/channel/c"
WRITES = {
    "TransactWriteItems",
    "DeleteItem",
    "CreateSecret",
    "PutSecretValue",
    "UpdateSecret",
    "DeleteSecret",
}


def publish(cloud: Cloud, **scenes: Any) -> Published:  # noqa: ANN401 - JSON
    """Publish *scenes*, each a list of entries, under one echo agent."""
    return cloud.publisher().publish(folder(ECHO, **scenes))


def answering(cloud: Cloud) -> dict[str, str]:
    """Return who answers at which endpoint: scene and name."""
    channels = cloud.channels()
    found = {endpoint: channels.by_endpoint(endpoint) for endpoint in (A, B, C)}
    return {
        endpoint: f"{binding.address.target_id}/{binding.address.name}"
        for endpoint, binding in found.items()
        if binding is not None
    }


def routes(cloud: Cloud) -> int:
    """Return how many endpoints are in the table."""
    return sum(item["sk"]["S"] == "route" for item in cloud.items())


class TestEndpoints:
    """Addresses of web_api channels, published again and again."""

    def test_each_entry_answers_at_its_endpoint(self, cloud: Cloud) -> None:
        """Two scenes, three entries."""
        publish(cloud, one=[web_api(A), web_api(B, name="second")], two=[web_api(C)])

        assert answering(cloud) == {A: "one/web_api", B: "one/second", C: "two/web_api"}

    def test_a_moved_entry_answers_at_its_new_endpoint_only(self, cloud: Cloud) -> None:
        """The old address is gone, and free for others."""
        publish(cloud, one=[web_api(A)])
        publish(cloud, one=[web_api(B)])
        assert (answering(cloud), routes(cloud)) == ({B: "one/web_api"}, 1)
        publish(cloud, one=[web_api(B)], two=[web_api(A)])

        assert answering(cloud) == {A: "two/web_api", B: "one/web_api"}

    def test_two_entries_may_swap_their_endpoints(self, cloud: Cloud) -> None:
        """Neither takes the other's address away, there and back."""
        for first, second in ((A, B), (B, A), (A, B)):
            publish(cloud, one=[web_api(first)], two=[web_api(second)])

            assert answering(cloud) == {first: "one/web_api", second: "two/web_api"}
            assert routes(cloud) == 2

    def test_endpoints_may_go_round_three_entries(self, cloud: Cloud) -> None:
        """A longer swap is no different."""
        for x, y, z in ((A, B, C), (B, C, A), (C, A, B)):
            publish(cloud, one=[web_api(x), web_api(y, name="second")], two=[web_api(z)])

            assert answering(cloud) == {x: "one/web_api", y: "one/second", z: "two/web_api"}

    def test_an_endpoint_passes_to_another_entry(self, cloud: Cloud) -> None:
        """Where one entry goes, another one may come in the same publish."""
        publish(cloud, one=[web_api(A)])
        publish(cloud, two=[web_api(A)])

        assert (answering(cloud), routes(cloud)) == ({A: "two/web_api"}, 1)

    def test_an_endpoint_that_was_taken_by_mistake_comes_back(self, cloud: Cloud) -> None:
        """Once the mistake is mended, the entry that was there all along answers again."""
        publish(cloud, two=[web_api(A)])
        publish(cloud, one=[web_api(A)], two=[web_api(A)])
        publish(cloud, one=[web_api(B)], two=[web_api(A)])

        assert answering(cloud) == {A: "two/web_api", B: "one/web_api"}

    def test_a_removed_entry_leaves_nothing_behind(self, cloud: Cloud) -> None:
        """Neither item nor route nor secret."""
        publish(cloud, one=[web_api(A)], two=[web_api(B)])
        publish(cloud, two=[web_api(B)])

        assert answering(cloud) == {B: "two/web_api"}
        assert routes(cloud) == len(cloud.channels().channels()) == len(cloud.secret_names()) == 1

    def test_a_faulty_file_takes_nothing_away(self, cloud: Cloud) -> None:
        """Its scene's channels go on as they were."""
        publish(cloud, one=[web_api(A)], two=[web_api(B)])
        publish(cloud, one="{", two=[web_api(C)])

        assert answering(cloud) == {A: "one/web_api", C: "two/web_api"}


class TestChanges:
    """What a publish writes."""

    def test_the_same_files_again_write_nothing(self, cloud: Cloud) -> None:
        """No channel, no route and no secret is touched."""
        first = publish(cloud, one=[web_api(A)], two=[web_api(B)])
        before = sorted(map(repr, cloud.items()))
        cloud.calls.take()
        second = publish(cloud, one=[web_api(A)], two=[web_api(B)])

        assert (len(first.changed), len(second.changed)) == (2, 0)
        assert set(cloud.calls.take()) & WRITES == set()
        assert sorted(map(repr, cloud.items())) == before

    def test_only_the_changed_entry_gets_a_new_generation(self, cloud: Cloud) -> None:
        """Its neighbour stays as it is."""
        publish(cloud, one=[web_api(A)], two=[web_api(B)])
        published = publish(cloud, one=[web_api(A)], two=[web_api(B, enabled=False)])

        assert [address.target_id for address in published.changed] == ["two"]
        generations = {
            item["target_id"]: item["generation"] for item in cloud.channels().channels()
        }
        assert generations == {"one": 1, "two": 2}

    def test_a_changed_secret_keeps_the_reply_key(self, cloud: Cloud) -> None:
        """Answers that are on their way still arrive after a key was changed."""
        publish(cloud, one=[web_api(A)])
        before = cloud.channels().by_endpoint(A)
        entry = web_api(A)
        entry["config"]["api_key"] = ["another-key-0123456789", samples.API_KEY]
        publish(cloud, one=[entry])
        after = cloud.channels().by_endpoint(A)

        assert before is not None
        assert after is not None
        assert after.reply_key == before.reply_key
        assert after.config["api_key"] == ["another-key-0123456789", samples.API_KEY]

    def test_no_secret_is_in_the_table(self, cloud: Cloud) -> None:
        """Keys are in Secrets Manager alone, under the stack's own prefix."""
        publish(cloud, one=[web_api(A)])
        binding = cloud.channels().by_endpoint(A)
        assert binding is not None
        stored = json.dumps(cloud.items())

        assert samples.API_KEY not in stored
        assert binding.reply_key not in stored
        assert all(name.startswith("cococat/cococat-test/") for name in cloud.secret_names())

    def test_references_come_from_the_stacks_own_secrets(self, cloud: Cloud) -> None:
        """What the committed files refer to is looked up when they are published."""
        cloud.secretsmanager.create_secret(
            Name="cococat/cococat-test/WEB_API_KEY", SecretString="key-of-an-operator"
        )
        entry = {"type": "web_api", "config": {"endpoint": A, "api_key": "${WEB_API_KEY}"}}
        published = publish(cloud, one=[entry])
        binding = cloud.channels().by_endpoint(A)

        assert published.faults == ()
        assert binding is not None
        assert binding.config["api_key"] == "key-of-an-operator"

    def test_a_missing_reference_stops_its_entry_alone(self, cloud: Cloud) -> None:
        """The others are published."""
        entry = {"type": "web_api", "config": {"endpoint": A, "api_key": "${secret:a//b}"}}
        published = publish(cloud, one=[entry, web_api(B, name="second")])

        assert [fault.path for fault in published.faults] == ["$.channels[0].config.api_key"]
        assert answering(cloud) == {B: "one/second"}
