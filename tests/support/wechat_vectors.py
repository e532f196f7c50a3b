"""The worked examples of WeChat's cryptography in `tests/data/wechat.json`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cococat.adapters.aes import AesCbc
from cococat.core.sealing import Envelope

Vector = dict[str, Any]


@cache
def vectors() -> dict[str, Vector]:
    """Return every example by its id."""
    text = (Path(__file__).parents[1] / "data" / "wechat.json").read_text("utf-8")
    return {vector["id"]: vector for vector in json.loads(text)["vectors"]}


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    """Run a test with each example of *kinds* as its `vector`."""
    found = [vector for vector in vectors().values() if vector["kind"] in kinds]
    assert found
    return pytest.mark.parametrize("vector", found, ids=lambda vector: vector["id"])


def envelope(vector: Vector) -> Envelope:
    """Return the envelope of the example's account."""
    config = vector["config"]
    return Envelope([config["encoding_aes_key"]], config["receive_id"], AesCbc())
