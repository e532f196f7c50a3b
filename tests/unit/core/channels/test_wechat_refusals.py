import logging
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from cococat.core.http import Request
from tests.support.wechat import PLAIN, REFUSED, SAFE, OfficialAccount
from tests.support.wechat_attacks import Attacks, echo_attacks, plain_attacks, sealed_attacks
from tests.support.wechat_forge import MESSAGE, Forge

ACCOUNTS = {"safe": SAFE, "plain": PLAIN}


def each(**attacks: Attacks) -> pytest.MarkDecorator:
    """Run a test with each of *attacks*, by the mode of the account."""
    return pytest.mark.parametrize(
        ("mode", "request_", "step"),
        [
            pytest.param(mode, request, step, id=f"{mode}-{name}")
            for mode, found in attacks.items()
            for name, (request, step) in found.items()
        ],
    )


def told(request: Request) -> list[str]:
    """Return everything in *request* and its account that no log may hold."""
    said = [value for _, value in parse_qsl(request.query, errors="replace") if len(value) > 4]
    return [
        *said,
        *(value for value in MESSAGE.values() if value != "text"),
        *("canary", SAFE.token, SAFE.encoding_aes_key),
    ]


@each(safe=sealed_attacks(), plain=plain_attacks())
def test_what_is_not_from_the_platform_is_refused_in_one_form(
    mode: str, request_: Request, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """403 with the same bytes, nothing in the mailbox, and one log line that names the step."""
    caplog.set_level(logging.DEBUG)
    account = OfficialAccount(account=ACCOUNTS[mode])

    assert account.door.handle(request_) == REFUSED
    assert (account.mailbox.bodies(), account.backend.items.stored) == ([], {})
    assert account.counters.counted == []
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["step"]) == ("refused", step)
    logged = repr(vars(record))
    assert [text for text in told(request_) if text in logged] == []


@each(safe=echo_attacks(), plain=echo_attacks())
def test_who_is_not_the_platform_gets_no_echo(
    mode: str, request_: Request, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The same refusal as for messages."""
    caplog.set_level(logging.DEBUG)
    account = OfficialAccount(account=ACCOUNTS[mode])

    assert account.door.handle(request_) == REFUSED
    assert [vars(record)["step"] for record in caplog.records] == [step]


@pytest.mark.parametrize("mode", ACCOUNTS)
def test_the_same_request_without_the_fault_is_let_in(mode: str) -> None:
    """The forge's good message is good, so that each attack fails for its own reason."""
    account = OfficialAccount(account=ACCOUNTS[mode])
    account.works_after(0.5)
    connection = account.open(Forge(account=ACCOUNTS[mode]).delivery())
    account.world.settle()

    assert connection.result().status == 200
    assert account.agent.seen == [MESSAGE["Content"]]


@pytest.mark.parametrize("mode", ACCOUNTS)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "get", "TRACE"])
def test_other_methods_are_no_methods_of_ours(mode: str, method: str) -> None:
    """405, and the two that there are."""
    account = OfficialAccount(account=ACCOUNTS[mode])
    good = Forge(account=ACCOUNTS[mode]).delivery()
    response = account.door.handle(replace(good, method=method))

    assert (response.status, response.headers["allow"]) == (405, "GET, POST")
    assert account.mailbox.bodies() == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/channel/wechat/nowhere",
        "/api/channel/wechat/shop/second",
        "/api/channel/wechat/agents/shop",
        "/api/channel/wechat/shop/",
        "/api/channel/wechat/",
        "/api/channel/wechat",
        "/api/channel/wechat/shop/wechat/wechat",
        "/api/channel/wechat/SHOP",
        "/",
    ],
)
def test_nobody_is_at_another_address(path: str) -> None:
    """404 for an unknown scene, whatever is asked."""
    account, forge = OfficialAccount(), Forge()
    goods = [forge.delivery(), forge.get(forge.query(echostr="1"))]
    found = [account.door.handle(replace(good, path=path)) for good in goods]

    assert [response.status for response in found] == [404, 404]
    assert account.mailbox.bodies() == []


def test_its_own_name_is_part_of_the_address_or_left_out() -> None:
    """`…/shop` and `…/shop/wechat` are the same account."""
    account, good = OfficialAccount(), Forge().get(Forge().query(echostr="1"))
    named = replace(good, path=f"{good.path}/wechat")

    assert account.door.handle(named) == account.door.handle(good)
    assert account.door.handle(named).status == 200


@pytest.mark.parametrize("seconds", [-300, 0, 300])
@pytest.mark.parametrize("mode", ACCOUNTS)
def test_five_minutes_are_fresh(mode: str, seconds: int) -> None:
    """The clocks of the platform and of ours may differ that much."""
    account = OfficialAccount(account=ACCOUNTS[mode])
    good = Forge(account=ACCOUNTS[mode])
    account.clock.advance(300)
    shifted = Forge(account=good.account, timestamp=str(int(account.clock.now()) + seconds))
    connection = account.open(shifted.delivery())
    account.world.settle()

    assert connection.result().status == 200
    assert account.agent.seen == [MESSAGE["Content"]]
