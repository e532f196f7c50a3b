"""Counts against limits, in the messages table."""

import pytest

from cococat.aws.attributes import marshal, unmarshal
from cococat.aws.tallies import TallyTable
from tests.support.cloud import Cloud

pytestmark = pytest.mark.aws

UNTIL = 1_800_000_060


@pytest.fixture(name="tallies")
def _tallies(cloud: Cloud) -> TallyTable:
    return TallyTable(cloud.dynamodb, cloud.messages_table)


def test_it_counts_up_to_the_limit(tallies: TallyTable) -> None:
    """And no further, whoever counts."""
    assert [tallies.take("a", 2, UNTIL) for _ in range(4)] == [True, True, False, False]
    assert tallies.take("b", 2, UNTIL)


def test_a_count_is_one_write(cloud: Cloud, tallies: TallyTable) -> None:
    """Whether it is counted or refused."""
    cloud.calls.take()
    for _ in range(2):
        tallies.take("a", 1, UNTIL)
        assert cloud.calls.take() == ["UpdateItem"]


def test_the_table_forgets_it_when_its_window_is_over(cloud: Cloud, tallies: TallyTable) -> None:
    """The item has a time to live, and holds a number and nothing else."""
    for _ in range(3):
        tallies.take("a", 2, UNTIL)
    key = marshal({"pk": "a", "sk": "tally"})
    found = cloud.dynamodb.get_item(TableName=cloud.messages_table, Key=key)

    assert unmarshal(found["Item"]) == {"pk": "a", "sk": "tally", "count": 2, "expires_at": UNTIL}
