import json

import pytest

from cococat.aws.metrics import EmbeddedGauges


def test_gauges_are_one_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """By stack, so that replicas add up; the replica is told beside them."""
    EmbeddedGauges("shop", "replica-1").show({"HeldLeases": 3, "PollAge": 4.5})
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    (metrics,) = told["_aws"]["CloudWatchMetrics"]

    assert metrics["Namespace"] == "CocoCat"
    assert metrics["Dimensions"] == [["stack"]]
    assert {each["Name"]: each["Unit"] for each in metrics["Metrics"]} == {
        "HeldLeases": "Count",
        "PollAge": "Seconds",
    }
    assert (told["HeldLeases"], told["PollAge"]) == ([3.0], [4.5])
    assert (told["stack"], told["replica"]) == ("shop", "replica-1")
