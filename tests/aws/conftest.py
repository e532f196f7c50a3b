"""A stack in moto's imitation of AWS, in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from cococat import scenes
from tests.support.cloud import Cloud
from tests.support.deployed import Deployed, deployed
from tests.support.scenes_command import Operator


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Cloud]:
    with mock_aws():
        yield Cloud()


@pytest.fixture(name="stack")
def _stack() -> Iterator[Deployed]:
    with mock_aws(), deployed(ALLOWED_HOSTS=" test.example.org, other.example.org") as stack:
        yield stack


@pytest.fixture(name="operator")
def _operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Operator]:
    with mock_aws(), deployed() as stack:
        operator = Operator(stack, tmp_path, monkeypatch, capsys)
        monkeypatch.setattr(scenes, "stack_of", lambda _: operator)
        yield operator
