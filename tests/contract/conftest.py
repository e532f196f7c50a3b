"""Every channel, once in memory and once on moto's imitation of AWS."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from cococat.agents import http
from tests.contract.cases import CASES, ON_MOTO, ChannelCase
from tests.contract.stage import Stage
from tests.support.backends import Backend, MemoryBackend
from tests.support.moto_backend import MotoBackend
from tests.support.web_agent import WebAgent, web_agent
from tests.support.world import World


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave most channels on moto to the full choice of tests."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        params = callspec.params if callspec else {}
        is_rare = "case" in params and params["case"].title not in ON_MOTO
        if is_rare and params.get("backend") == "moto":
            item.add_marker(pytest.mark.full)


@pytest.fixture(name="backend", params=["memory", pytest.param("moto", marks=pytest.mark.aws)])
def _backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    if request.param == "memory":
        yield MemoryBackend()
    else:
        with mock_aws():
            yield MotoBackend()


@pytest.fixture(name="world")
def _world(backend: Backend) -> World:
    return World(backend)


@pytest.fixture(name="case", params=CASES, ids=lambda case: case.title)
def _case(request: pytest.FixtureRequest) -> ChannelCase:
    case: ChannelCase = request.param
    return case


@pytest.fixture(name="stage")
def _stage(world: World, case: ChannelCase) -> Stage:
    return Stage(world, case)


@pytest.fixture(name="agent")
def _agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebAgent]:
    monkeypatch.setattr(http, "PAUSE", 0.05)
    http._session.cache_clear()
    with web_agent() as agent:
        yield agent
    http._session.cache_clear()
