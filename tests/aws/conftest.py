"""A stack in moto's imitation of AWS, in this process."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.support.cloud import Cloud


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Cloud]:
    with mock_aws():
        yield Cloud()
