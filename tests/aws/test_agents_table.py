"""Agents with secrets: what is kept of them, where, and who can read it."""

import json

import pytest

from cococat.aws.secrets import CACHE_SECONDS
from cococat.core.agent_spec import AgentSpec
from tests.support.cloud import STACK, Cloud
from tests.support.files import folder

pytestmark = pytest.mark.aws

URL = "https://agent.example/answer"
SECRET, OTHER = "secret-of-the-agent", "another-secret-of-it"
NAME = f"cococat/{STACK}/agents/support"
SOURCE = {"kind": "http", "url": "${URL}", "secret": "${secret:KEYS#agent}", "timeout": 7.5}


def publish(cloud: Cloud, secret: str = SECRET, **agents: object) -> None:
    """Publish *agents*, whose references stand for values of the stack."""
    cloud.secrets().write_text(f"cococat/{STACK}/URL", URL)
    cloud.secrets().write_text(f"cococat/{STACK}/KEYS", json.dumps({"agent": secret}))
    assert cloud.publisher().publish(folder(agents)).faults == ()


def kept(cloud: Cloud) -> list[str]:
    """Return the secrets that were made for agents."""
    return [name for name in cloud.secret_names() if "/agents/" in name]


def test_an_agent_is_kept_with_its_secret_apart(cloud: Cloud) -> None:
    """The table has the options, Secrets Manager what is secret, under the stack's own prefix."""
    publish(cloud, support=SOURCE)
    channels = cloud.channels()

    options = {"url": URL, "timeout": 7.5}
    assert channels.agent("support") == AgentSpec(name="support", kind="http", options=options)
    assert channels.agent_secrets("support") == {"secret": SECRET}
    assert kept(cloud) == [NAME]
    assert SECRET not in json.dumps(cloud.items())
    assert channels.channels() == []


def test_an_agent_without_secrets_has_none(cloud: Cloud) -> None:
    """Nor has one that nobody knows."""
    publish(cloud, support={"kind": "echo"})

    assert cloud.channels().agent_secrets("support") == {}
    assert cloud.channels().agent_secrets("nobody") == {}
    assert kept(cloud) == []


def test_publishing_the_same_again_writes_nothing(cloud: Cloud) -> None:
    """Neither an item nor a version of the secret."""
    publish(cloud, support=SOURCE)
    spec = AgentSpec(
        name="support",
        kind="http",
        options={"url": URL, "timeout": 7.5},
        secrets={"secret": SECRET},
    )
    cloud.calls.take()
    cloud.agents().keep(spec)

    assert cloud.calls.take() == ["GetItem", "GetSecretValue"]


def test_a_changed_secret_is_found_after_minutes(cloud: Cloud) -> None:
    """The heartbeat keeps the old one as long as any other secret."""
    publish(cloud, support=SOURCE)
    channels = cloud.channels()
    assert channels.agent_secrets("support") == {"secret": SECRET}
    publish(cloud, OTHER, support=SOURCE)

    assert channels.agent_secrets("support") == {"secret": SECRET}
    cloud.clock.advance(CACHE_SECONDS)
    assert channels.agent_secrets("support") == {"secret": OTHER}


def test_an_agent_that_becomes_another_kind_loses_its_secret(cloud: Cloud) -> None:
    """Nothing secret is left behind."""
    publish(cloud, support=SOURCE)
    publish(cloud, support={"kind": "echo"})

    assert kept(cloud) == []
    assert cloud.channels().agent("support") == AgentSpec(name="support", kind="echo")


def test_the_secret_goes_with_the_stack(cloud: Cloud) -> None:
    """As the mailbox and the item do."""
    publish(cloud, support=SOURCE)
    cloud.mailboxes().remove_all()

    assert (kept(cloud), cloud.items(), cloud.queues()) == ([], [], [])


def test_making_a_mailbox_leaves_what_is_known_of_its_agent(cloud: Cloud) -> None:
    """The keeper mends queues without the agents' secrets."""
    publish(cloud, support=SOURCE)
    before = cloud.items()
    spec = cloud.channels().agent("support")
    assert spec is not None
    cloud.mailboxes().make(spec)

    assert cloud.items() == before
    assert kept(cloud) == [NAME]
