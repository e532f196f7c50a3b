"""The published JSON Schemas, and those of the API's description."""

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


def described(description: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Return the checker of *schema*, which may refer to the components of *description*."""
    whole = schema | {"components": description["components"]}
    Draft202012Validator.check_schema(whole)
    return Draft202012Validator(whole)
