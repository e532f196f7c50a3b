import json

import pytest
from botocore.exceptions import ClientError

from cococat.core.references import Reference
from tests.support.cloud import STACK, Cloud

pytestmark = pytest.mark.aws

SHOP = json.dumps({"api_key": "the key", "number": 1})


@pytest.fixture(name="filled")
def _filled(cloud: Cloud) -> Cloud:
    for name, text in (
        (f"cococat/{STACK}/KEY", "of ours"),
        (f"cococat/{STACK}/shop/web", SHOP),
        ("cococat/other-stack/KEY", "of others"),
        ("KEY", "of anybody"),
    ):
        cloud.secretsmanager.create_secret(Name=name, SecretString=text)
    for name, text in (
        (f"/cococat/{STACK}/shop/key", "a parameter"),
        ("/cococat/other-stack/shop/key", "of others"),
        ("/shop/key", "of anybody"),
    ):
        cloud.ssm.put_parameter(Name=name, Value=text, Type="SecureString")
    return cloud


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        (Reference("env", "KEY"), "of ours"),
        (Reference("secret", "KEY"), "of ours"),
        (Reference("secret", f"cococat/{STACK}/KEY"), "of ours"),
        (Reference("secret", "shop/web"), SHOP),
        (Reference("secret", "shop/web", "api_key"), "the key"),
        (Reference("ssm", "/shop/key"), "a parameter"),
        (Reference("ssm", "shop/key"), "a parameter"),
        (Reference("ssm", f"/cococat/{STACK}/shop/key"), "a parameter"),
    ],
    ids=str,
)
def test_what_is_the_stacks_own_is_found(filled: Cloud, reference: Reference, value: str) -> None:
    """Names are taken with their prefix or without."""
    assert filled.references().resolve(reference) == value


@pytest.mark.parametrize(
    "reference",
    [
        Reference("env", "MISSING"),
        Reference("secret", "MISSING", "key"),
        Reference("secret", "cococat/other-stack/KEY"),
        Reference("secret", "../other-stack/KEY"),
        Reference("secret", "shop/web", "missing"),
        Reference("secret", "shop/web", "number"),
        Reference("secret", "KEY", "key"),
        Reference("ssm", "/missing"),
        Reference("ssm", "/cococat/other-stack/shop/key"),
        Reference("ssm", "/shop//key"),
        Reference("ssm", "/shop/key/"),
    ],
    ids=str,
)
def test_all_else_is_missing(filled: Cloud, reference: Reference) -> None:
    """Neither another stack's values nor parts that are not there are an error, nor found."""
    assert filled.references().resolve(reference) is None


def test_a_secret_that_is_to_be_deleted_is_missing(filled: Cloud) -> None:
    """An operator's deletion is a fault of the entry that needs it, not of the deploy."""
    filled.secretsmanager.delete_secret(SecretId=f"cococat/{STACK}/KEY", RecoveryWindowInDays=7)

    assert filled.references().resolve(Reference("env", "KEY")) is None


def test_a_secret_that_is_no_text_is_missing(filled: Cloud) -> None:
    """Bytes can't stand in a config."""
    filled.secretsmanager.create_secret(Name=f"cococat/{STACK}/BYTES", SecretBinary=b"\x00")

    assert filled.references().resolve(Reference("env", "BYTES")) is None


def test_a_name_that_aws_does_not_take_is_missing(filled: Cloud) -> None:
    """A typing error is a fault of its entry, not of the deploy."""
    fail_with(filled, "ValidationException")

    assert filled.references().resolve(Reference("ssm", "/shop//key")) is None


def test_a_parameter_that_may_not_be_read_is_an_error(filled: Cloud) -> None:
    """Missing rights are not taken for a missing value."""
    fail_with(filled, "AccessDeniedException")

    with pytest.raises(ClientError):
        filled.references().resolve(Reference("ssm", "/shop/key"))


def fail_with(cloud: Cloud, code: str) -> None:
    """Let Parameter Store answer with the error *code*."""

    def fail(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetParameter")

    cloud.ssm.meta.events.register("before-send.ssm.GetParameter", fail)
