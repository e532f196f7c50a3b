"""The published JSON Schemas."""

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator


def validator(name: str) -> Draft202012Validator:
    """Return the checker of the schema called *name*: mailbox or outbox."""
    text = (files("cococat.core") / "schemas" / f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
