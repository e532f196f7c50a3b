import pytest
import requests

from cococat.verify_channel.report import StepFailed
from cococat.verify_channel.watch import reached


def why(error: requests.RequestException) -> str:
    """Return what is said of a door that fails with *error*."""

    def fail() -> None:
        raise error

    with pytest.raises(StepFailed) as failed:
        reached(fail)
    return str(failed.value)


def test_a_door_that_is_not_there_is_named() -> None:
    """Its host alone: a path and what stands behind it may be nobody else's."""
    url = "http://ann:secret@127.0.0.1:9/api/channel/web?signature=canary"
    asked = requests.Request("GET", url).prepare()

    assert why(requests.ConnectionError(request=asked)) == (
        "the door can't be reached at http://127.0.0.1:9 (ConnectionError)"
    )
    assert why(requests.TooManyRedirects()) == "the door can't be reached (TooManyRedirects)"
