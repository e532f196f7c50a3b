"""The README's table of what each channel does with an answer."""

import pytest

from tests.contract import features
from tests.contract.cases import ChannelCase


@pytest.fixture(name="rows", scope="module")
def _rows() -> dict[str, list[str]]:
    lines = features.in_readme().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_the_table_has_a_row_for_each_channel(rows: dict[str, list[str]]) -> None:
    """No more, and no fewer."""
    assert [*rows] == ["channel", "---", *(case.title for case in features.cases())]
    assert rows["channel"] == [*features.COLUMNS]


@pytest.mark.parametrize("column", features.COLUMNS)
@pytest.mark.parametrize("case", features.cases(), ids=lambda case: case.title)
def test_the_table_says_what_happens(
    rows: dict[str, list[str]], case: ChannelCase, column: str
) -> None:
    """`python -m tests.contract.features --write` makes it anew."""
    said = dict(zip(features.COLUMNS, rows[case.title], strict=True))
    assert said[column] == features.COLUMNS[column](case)
