import logging
from typing import Any

import pytest

from cococat.core.http import Request
from tests.support.feishu import APPS, PLAIN, SEALED, FeishuApp
from tests.support.feishu_attacks import (
    SIGNATURE,
    Attacks,
    a_platform,
    changed,
    delivery,
    plain_attacks,
    sealed_attacks,
)
from tests.support.wechat import REFUSED


def each(**attacks: Attacks) -> pytest.MarkDecorator:
    """Run a test with each of *attacks*, by the form of the app's events."""
    return pytest.mark.parametrize(
        ("app", "request_", "step"),
        [
            pytest.param(app, request, step, id=f"{app}-{name}")
            for app, found in attacks.items()
            for name, (request, step) in found.items()
        ],
    )


@each(sealed=sealed_attacks(), plain=plain_attacks())
def test_what_is_not_from_the_platform_is_refused_in_one_form(
    app: str, request_: Request, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """403 with the same bytes, nothing in the mailbox, and one log line that names the step."""
    caplog.set_level(logging.DEBUG)
    feishu = FeishuApp(app=APPS[app])

    assert feishu.handle(request_) == REFUSED
    assert (feishu.mailbox.bodies(), feishu.backend.items.stored) == ([], {})
    assert feishu.counters.counted == []
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["step"]) == ("refused", step)
    logged = repr(vars(record))
    told = ("canary", SEALED.verification_token, SEALED.encrypt_key, SEALED.app_secret)
    assert [
        text for text in (*told, request_.headers.get(SIGNATURE, "canary")) if text in logged
    ] == []


@pytest.mark.parametrize("app", APPS)
def test_the_same_request_without_the_fault_is_let_in(app: str) -> None:
    """The good delivery is good, so that each attack fails for its own reason."""
    feishu = FeishuApp(app=APPS[app])

    assert feishu.handle(delivery(APPS[app])).status == 200
    assert [message.content for message in feishu.taken()] == ["canary-content"]


def test_without_a_key_and_a_token_everything_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """No entry is published so; were one there, nobody would get in."""
    caplog.set_level(logging.DEBUG)
    app = FeishuApp()
    for name in ("encrypt_key", "verification_token"):
        app.config.pop(name)

    for request in (
        delivery(),
        delivery(PLAIN),
        a_platform().request({"type": "url_verification"}),
    ):
        assert app.handle(request) == REFUSED
    assert {vars(record)["step"] for record in caplog.records} == {"config"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "post"])
def test_other_methods_are_no_methods_of_ours(method: str) -> None:
    """405, which says what there is."""
    answer = FeishuApp().handle(Request(method=method, path="/api/channel/feishu/shop"))

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("name", ["previous_verification_token", "previous_token"])
def test_a_token_and_a_key_of_before_are_good_while_they_change(name: str) -> None:
    """The console's change, and ours, do not come at one moment."""
    feishu = FeishuApp(app=SEALED)
    feishu.config |= {
        "encrypt_key": "TheNextKey",
        "previous_encrypt_key": SEALED.encrypt_key,
        "verification_token": "TheNextToken",
        name: SEALED.verification_token,
    }

    assert feishu.handle(delivery()).status == 200
    assert feishu.platform.check_url()


def test_a_token_of_before_asks_for_none_where_there_is_none() -> None:
    """An entry whose wrong token was taken away lets in what the app's key has signed."""
    feishu = FeishuApp(app=APPS["sealed without token"], previous_verification_token="Wrong")

    assert feishu.handle(delivery()).status == 200


def test_a_key_of_before_seals_nothing_where_there_is_none() -> None:
    """An app whose key was taken away has plain events, and its token tells them."""
    feishu = FeishuApp(app=PLAIN, previous_encrypt_key=SEALED.encrypt_key)

    assert feishu.handle(delivery(PLAIN)).status == 200
    assert feishu.platform.check_url()


@pytest.mark.parametrize(
    "named", ["verification_token", "previous_verification_token", "previous_token"]
)
def test_each_token_is_good_whatever_the_others_are(named: str) -> None:
    """All of them are compared; that a later one is another takes nothing back."""
    others: dict[str, Any] = {
        "verification_token": "A",
        "previous_verification_token": "B",
        "previous_token": "C",
    }
    feishu = FeishuApp(app=SEALED, **(others | {named: SEALED.verification_token}))

    assert feishu.handle(delivery()).status == 200


def test_without_a_verification_token_the_key_is_enough() -> None:
    """Who seals and signs with the app's key is the platform."""
    app = APPS["sealed without token"]

    feishu = FeishuApp(app=app)

    assert feishu.handle(a_platform(app).request(changed(app, token="any"))).status == 200
    assert feishu.platform.check_url()
