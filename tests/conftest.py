"""What holds for all tests."""

import gc

import pytest
from hypothesis import settings

# The same examples in every run, and no time limit on slow machines. A property that needs
# more or fewer says so as a multiple of `settings().max_examples`.
for name, examples in {"quick": 20, "full": 60}.items():
    settings.register_profile(name, derandomize=True, deadline=None, max_examples=examples)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that leaves nothing out."""
    parser.addoption("--full", action="store_true", help="all tests, with all their examples")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples a property is tried with, before a test module is imported."""
    settings.load_profile("full" if config.getoption("full") else "quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `full`, unless it is asked for."""
    if config.getoption("full"):
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    items[:] = [item for item in items if not item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was imported: it would look through it again and again."""
    gc.freeze()


@pytest.fixture(name="full", scope="session")
def _full(pytestconfig: pytest.Config) -> bool:
    """Tell whether nothing is to be left out."""
    return bool(pytestconfig.getoption("full"))


@pytest.fixture(autouse=True)
def _no_real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every AWS client away from real accounts, and moto away from a container engine."""
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AWS_LAMBDA_FUNCTION_NAME",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
