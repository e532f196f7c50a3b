"""A stack in moto's imitation of AWS, in this process."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.support.cloud import Cloud
from tests.support.deployed import Deployed, deployed


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Cloud]:
    with mock_aws():
        yield Cloud()


@pytest.fixture(name="stack")
def _stack() -> Iterator[Deployed]:
    with mock_aws(), deployed(ALLOWED_HOSTS=" test.example.org, other.example.org") as stack:
        yield stack
