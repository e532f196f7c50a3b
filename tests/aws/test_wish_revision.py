"""A sidecar sees by one read whether any wish has changed."""

from typing import Any

import pytest

from tests.support import samples
from tests.support.cloud import Cloud

pytestmark = pytest.mark.aws


def test_each_change_makes_it_another(cloud: Cloud) -> None:
    """A new wish, a changed one and a removed one; and no read does."""
    table, wish = cloud.wishes(), samples.wish()
    seen = [table.revision()]
    stored = table.write(wish, replacing=None)
    seen.append(table.revision())
    stored = table.write(wish, replacing=stored)
    seen.append(table.revision())
    assert (len(table.all()), table.revision()) == (1, seen[-1])
    table.remove(stored)
    seen.append(table.revision())

    assert len(set(seen)) == 4


def test_a_change_stands_although_it_could_not_be_told(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    """The sidecars read all wishes each minute anyway."""
    table, wish = cloud.wishes(), samples.wish()

    def fail(params: dict[str, Any], **_: object) -> None:
        if '"sidecar"' not in str(params["body"]):
            return
        raise cloud.dynamodb.exceptions.ProvisionedThroughputExceededException({}, "PutItem")

    cloud.dynamodb.meta.events.register("before-call.dynamodb.PutItem", fail)
    table.write(wish, replacing=None)

    assert len(table.all()) == 1
    assert "a changed wish was not told of" in caplog.text
