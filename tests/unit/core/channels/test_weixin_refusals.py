import logging
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from cococat.core.http import Request
from tests.support.wechat import REFUSED
from tests.support.weixin import APP, BOT, Connected
from tests.support.weixin_attacks import Attacks, attacks, echo_attacks
from tests.support.weixin_forge import MESSAGE, MODES, Forge


def connected(mode: str) -> Connected:
    """Return an application, or a bot, that is connected."""
    return Connected(account=BOT if mode == "bot" else APP)


def each(found: dict[str, Attacks]) -> pytest.MarkDecorator:
    """Run a test with each of the attacks, by mode."""
    return pytest.mark.parametrize(
        ("mode", "request_", "step"),
        [
            pytest.param(mode, request, step, id=f"{mode}-{name}")
            for mode, those in found.items()
            for name, (request, step) in those.items()
        ],
    )


def told(request: Request) -> list[str]:
    """Return everything in *request* and its account that no log may hold."""
    said = [value for _, value in parse_qsl(request.query, errors="replace") if len(value) > 4]
    hidden = (
        MESSAGE["FromUserName"],
        MESSAGE["MsgId"],
        APP.secret,
        APP.token,
        APP.encoding_aes_key,
    )
    return [*said, *hidden, "canary", "response_code"]


@each({mode: attacks(mode) for mode in MODES})
def test_what_is_not_from_the_platform_is_refused_in_one_form(
    mode: str, request_: Request, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """403 with the same bytes, nothing in the mailbox, and one log line that names the step."""
    caplog.set_level(logging.DEBUG, logger="cococat")
    account = connected(mode)

    assert account.door.handle(request_) == REFUSED
    assert (account.mailbox.bodies(), account.backend.items.stored) == ([], {})
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["step"]) == ("refused", step)
    logged = repr(vars(record))
    assert [text for text in told(request_) if text in logged] == []


@each({mode: echo_attacks(mode) for mode in MODES})
def test_who_is_not_the_platform_gets_no_echo(
    mode: str, request_: Request, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The same refusal as for messages."""
    caplog.set_level(logging.DEBUG, logger="cococat")

    assert connected(mode).door.handle(request_) == REFUSED
    assert [vars(record)["step"] for record in caplog.records] == [step]


@pytest.mark.parametrize("mode", MODES)
def test_the_same_requests_without_the_fault_are_let_in(mode: str) -> None:
    """The forge's good requests are good, so that each attack fails for its own reason."""
    account, forge = connected(mode), Forge(mode=mode)

    assert account.door.handle(forge.echo("5927782489442352469")).body == "5927782489442352469"
    assert account.door.handle(forge.delivery()).status == 200
    assert [message.content for message in account.taken()] == ["canary-content"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "get"])
def test_other_methods_are_no_methods_of_ours(mode: str, method: str) -> None:
    """405, and the two that there are."""
    response = connected(mode).door.handle(replace(Forge(mode=mode).delivery(), method=method))

    assert (response.status, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "path",
    [
        "/api/channel/weixin/nowhere",
        "/api/channel/weixin/shop/second",
        "/api/channel/weixin/agents/shop",
        "/api/channel/weixin/shop/",
        "/api/channel/weixin",
    ],
)
def test_nobody_is_at_another_address(path: str) -> None:
    """404 for an unknown scene, whatever is asked."""
    account, forge = connected("xml"), Forge()
    found = [
        account.door.handle(replace(good, path=path)) for good in (forge.delivery(), forge.echo())
    ]

    assert [response.status for response in found] == [404, 404]
    assert account.taken() == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_fresh(mode: str, seconds: int) -> None:
    """The clocks of the platform and of ours may differ that much."""
    account = connected(mode)
    shifted = Forge(mode=mode, timestamp=str(int(account.clock.now()) + seconds))

    assert account.door.handle(shifted.delivery()).status == 200


class TestRotation:
    """While token and key are changed in the console."""

    def test_the_previous_key_opens_and_seals_the_answer(self) -> None:
        """What was sealed with the earlier key is answered with it."""
        earlier = APP.encoding_aes_key
        account = Connected(encoding_aes_key="N" * 43, previous_encoding_aes_key=earlier)
        platform = account.platform
        tap = platform.event("ann", "taskcard_click", EventKey="yes", TaskId="1")

        answer = platform.deliver(tap)
        assert answer is not None
        assert answer["MsgType"] == "update_taskcard"

    def test_the_previous_token_signs_still(self) -> None:
        """And the answer is signed with it."""
        account = Connected(token="NewToken", previous_token=APP.token)
        platform = account.platform

        assert platform.check_url()
        answer = platform.deliver(platform.event("ann", "taskcard_click", TaskId="1"))
        assert answer is not None

    def test_a_key_that_is_neither_is_refused(self) -> None:
        """There are two keys at most."""
        account = Connected(encoding_aes_key="N" * 43, previous_encoding_aes_key="M" * 43)

        assert not account.platform.check_url()
