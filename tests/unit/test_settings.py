import pytest

from cococat import settings
from cococat.core.errors import ConfigError
from cococat.settings import Deployment, Settings

GOOD = {
    "STACK_NAME": "stack",
    "CHANNELS_TABLE": "channels",
    "MESSAGES_TABLE": "messages",
    "OUTBOX_URL": "https://sqs.example/outbox",
}
SETTINGS = Settings(
    stack="stack",
    channels_table="channels",
    messages_table="messages",
    outbox_url="https://sqs.example/outbox",
)


def test_the_templates_environment_is_read() -> None:
    """Four names are all that a function is told."""
    assert settings.from_environment(GOOD | {"OTHER": "x"}) == SETTINGS


def test_the_process_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read before it is asked for."""
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)

    assert settings.from_environment() == SETTINGS
    assert settings.of_process().items() >= GOOD.items()


@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_is_named(value: str | None) -> None:
    """All missing names come in one sentence."""
    environment = {"STACK_NAME": "stack", "OUTBOX_URL": "x"}
    if value is not None:
        environment["CHANNELS_TABLE"] = value

    with pytest.raises(ConfigError, match="lacks CHANNELS_TABLE, MESSAGES_TABLE"):
        settings.from_environment(environment)


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1"),
        ({"AWS_REGION": ""}, None),
        ({}, None),
    ],
)
def test_a_region_has_two_names(environment: dict[str, str], region: str | None) -> None:
    """ECS says AWS_REGION alone, and boto3 by itself reads only the other one."""
    assert settings.region(environment) == region


def test_a_function_knows_that_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda sets a name that nobody else does."""
    assert not settings.on_lambda()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "stack-web-api")

    assert settings.on_lambda()


DEPLOYMENT = {
    "HEARTBEAT_ARN": "arn:aws:lambda:us-east-1:123456789012:function:stack-heartbeat",
    "HEARTBEAT_TIMEOUT": "120",
    "HEARTBEAT_CONCURRENCY": "10",
}


def test_a_deployment_is_closed_unless_it_says_otherwise() -> None:
    """No default agent, keys for operators."""
    found = settings.deployment_from_environment(DEPLOYMENT)

    assert found == Deployment(
        heartbeat=DEPLOYMENT["HEARTBEAT_ARN"],
        heartbeat_timeout=120,
        heartbeat_concurrency=10,
        default_agent_kind="",
        management_auth="key",
        commit="",
    )


@pytest.mark.parametrize(
    ("listed", "hosts"),
    [
        ("", set()),
        (" , ,", set()),
        ("a.example.org", {"a.example.org"}),
        (" A.example.org , 127.0.0.1,", {"a.example.org", "127.0.0.1"}),
    ],
)
def test_hosts_are_listed_by_commas(listed: str, hosts: set[str]) -> None:
    """However people write a list; hosts have no upper case."""
    found = settings.from_environment(GOOD | {"ALLOWED_HOSTS": listed})

    assert found.allowed_hosts == hosts


@pytest.mark.parametrize("name", DEPLOYMENT)
def test_a_deployment_that_lacks_something_says_so(name: str) -> None:
    """By its name in the template."""
    lacking = {key: value for key, value in DEPLOYMENT.items() if key != name}

    with pytest.raises(ConfigError, match=f"lacks {name}"):
        settings.deployment_from_environment(lacking)
