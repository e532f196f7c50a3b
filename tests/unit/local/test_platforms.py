import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest

from cococat.adapters.http import RequestsClient
from cococat.core.channels import Channel, ChecksCredentials
from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.clock import SystemClock
from cococat.core.errors import CredentialsRefused
from cococat.core.ids import ChannelAddress
from cococat.core.scene_router import SceneRouter
from cococat.local.made_up import made_up
from cococat.local.platforms import Simulated, platforms
from cococat.simulators.people import Person
from tests.support import samples
from tests.support.channels import RealChannels
from tests.support.items import MemoryItems
from tests.support.queues import MemoryQueues

pytestmark = [pytest.mark.enable_socket]

AGENT = {"User-Agent": "DiscordBot (https://cococat.example, 1)"}
USERS = {"feishu": "ou_ann", "wechat": "oUser-of-the_account-0123456", "weixin": "ann"}
"""Who is written to, in the form of each platform."""


@pytest.fixture(name="simulated", scope="module")
def _simulated() -> Iterator[Simulated]:
    with platforms() as simulated:
        yield simulated


def asked(url: str, headers: dict[str, str]) -> int:
    """Return the status of an answer."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def channel(simulated: Simulated, kind: str, **config: str) -> Channel:
    """Return a channel of *kind* whose account is made up."""
    fields = CATALOGUE[kind].variants[0]
    wanted = {each.key for each in fields if each.required} | {"app_secret", "encrypt_key"}
    known = {each.key for each in fields} & wanted
    given: dict[str, Any] = {key: made_up(key) for key in known} | config
    address = ChannelAddress(target_type="scene", target_id="shop", channel=kind, name=kind)
    clock = SystemClock()
    router = SceneRouter(mailbox=MemoryQueues(clock), clock=clock)
    binding = samples.binding(address, config=given | {"api_base": simulated.addresses[kind]})
    return RealChannels(router, MemoryItems(clock), clock).bind(binding)


def test_every_made_up_token_is_that_of_a_bot(simulated: Simulated) -> None:
    """Also one that is made up later, by another process; no other token is."""
    addresses = simulated.addresses
    known, stranger = made_up("bot_token"), "200002:" + "a" * 35
    told = [
        (
            asked(f"{addresses['telegram']}/bot{token}/getMe", {}),
            asked(f"{addresses['discord']}/users/@me", AGENT | {"Authorization": f"Bot {token}"}),
        )
        for token in (known, stranger)
    ]

    assert told == [(200, 200), (401, 401)]


@pytest.mark.parametrize("kind", USERS)
def test_a_made_up_account_is_good_and_what_it_sends_arrives(
    simulated: Simulated, kind: str
) -> None:
    """By the channel's own calls; two accounts of one platform do not get mixed up."""
    person = Person(RequestsClient(), simulated.addresses[kind], USERS[kind])
    person.wrote(user=USERS[kind], message="om_1")
    for text in ("您好", "again"):
        account = channel(simulated, kind)
        assert isinstance(account, ChecksCredentials)
        assert account.check_credentials()
        account.send(text, USERS[kind])

    assert person.heard() == ["您好", "again"]
    with urllib.request.urlopen(simulated.received_url) as answer:
        received = json.loads(answer.read())[kind]
    assert {"to": USERS[kind], "text": "您好"} in received


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("feishu", "app_id", "cli_0123456789abcdef"),
        ("wechat", "app_id", "wx0123456789abcdef"),
        ("weixin", "corp_id", "ww0123456789abcdef"),
    ],
)
def test_a_real_account_is_none_of_the_simulators(
    simulated: Simulated, kind: str, key: str, value: str
) -> None:
    """They refuse it, as their platform refuses who it does not know."""
    account = channel(simulated, kind, **{key: value})

    assert isinstance(account, ChecksCredentials)
    with pytest.raises(CredentialsRefused):
        account.check_credentials()


@pytest.mark.parametrize("kind", ["feishu", "wechat"])
def test_another_secret_of_a_known_account_is_refused(simulated: Simulated, kind: str) -> None:
    """The first that it came with is its own."""
    app_id = made_up("app_id")
    first = channel(simulated, kind, app_id=app_id)
    second = channel(simulated, kind, app_id=app_id, app_secret="another")

    assert isinstance(first, ChecksCredentials)
    assert isinstance(second, ChecksCredentials)
    assert first.check_credentials()
    with pytest.raises(CredentialsRefused):
        second.check_credentials()


def test_nobody_writes_without_saying_who(simulated: Simulated) -> None:
    """400; and there is nothing at other paths."""
    http = simulated.addresses["feishu"]
    request = urllib.request.Request(f"{http}/simulator/wrote", data=b"{}", method="POST")
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(request)

    with refused.value:
        assert refused.value.code == 400
    assert asked(f"{http}/simulator/heard", {}) == 404
    assert asked(f"{simulated.received_url}nowhere", {}) == 404
