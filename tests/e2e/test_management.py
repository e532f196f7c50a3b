"""Operators: admin keys, connect and disconnect, status, and the keeper, in the deployed bundle."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from cococat.core.http import Response
from cococat.simulators.transport import over_http
from cococat.simulators.web_api import WebApiCaller
from cococat.simulators.wechat import CUT_AFTER, Account, WeChatPlatform, made_up_user
from tests.e2e.bundle import STACK, Bundle, until, value
from tests.e2e.desk import PATHS, TARGET, Operator

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KINDS = ("web_api", "wechat")
ENDPOINT = "/api/channel/of/an-operator"
ACCOUNT = Account(app_id="wx0123456789abcdef", token="TokenOfTheConsole")
REFUSED_WITHIN = 12
"""Seconds: the doors' cache, and a little more."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """
    Two channels that were connected, used and disconnected.

    Attributes:
        caller: asks the one.
        platform: delivers to the other.
        connected: what connecting them was answered with.
        said: what was answered to messages.
        shown: their status after that.

    """

    caller: WebApiCaller
    platform: WeChatPlatform
    connected: dict[str, dict[str, Any]]
    said: dict[str, object]
    shown: dict[str, dict[str, Any]]


@pytest.fixture(name="life", scope="module")
def _life(bundle: Bundle, operator: Operator) -> Life:
    key = secrets.token_urlsafe(24)
    connected = {
        "web_api": operator.connect("web_api", {"endpoint": ENDPOINT, "api_key": key}),
        "wechat": operator.connect("wechat", {"app_id": ACCOUNT.app_id, "token": ACCOUNT.token}),
    }
    base_url = bundle.stack.base_url
    caller = WebApiCaller(
        transport=over_http(base_url, patience=30), endpoint=ENDPOINT, api_key=key
    )
    platform = WeChatPlatform(
        account=ACCOUNT,
        transport=over_http(base_url, patience=CUT_AFTER),
        path=connected["wechat"]["callback"],
    )
    said: dict[str, object] = {
        "check": platform.check_url(),
        "web_api": value(caller.ask("ann", "one", wait=25))["reply"],
        "wechat": platform.write(made_up_user(), "你好"),
    }
    shown = {kind: operator.status(kind) for kind in KINDS}
    for kind in KINDS:
        operator.disconnect(kind)
    return Life(caller=caller, platform=platform, connected=connected, said=said, shown=shown)


def _keep(bundle: Bundle) -> dict[str, int]:
    """Let the keeper do its turn at once."""
    answer = bundle.aws.client("lambda").invoke(FunctionName=f"{STACK}-keeper")
    assert "FunctionError" not in answer
    done: dict[str, int] = json.loads(answer["Payload"].read())
    return done


def test_it_is_closed_as_long_as_there_is_no_key(bundle: Bundle, closed: list[Response]) -> None:
    """503 for everything but what is open to all; nobody is let in."""
    told = [(answer.status, value(answer)["error"]["code"]) for answer in closed]
    assert told == [(503, "no_admin_key")] * 2 * len(PATHS)
    nobody = Operator(base_url=bundle.stack.base_url)
    health, description = nobody.ask("GET", "/healthz"), nobody.ask("GET", "/api/openapi.json")

    assert (health.status, value(health)["status"]) == (200, "ok")
    assert value(description)["openapi"].startswith("3.1")


def test_a_made_up_key_is_refused(bundle: Bundle, operator: Operator) -> None:
    """401 with and without one, and nothing that helps."""
    for key in ("", "wrong", operator.key[:-1]):
        answer = Operator(base_url=bundle.stack.base_url, key=key).ask("GET", "/api/channels")

        assert (answer.status, value(answer)["error"]["code"]) == (401, "unauthorized")


def test_channels_are_connected_and_answer(life: Life) -> None:
    """web_api is there at once; a wechat account once the platform has called."""
    web, wechat = (life.connected[kind] for kind in KINDS)

    assert (web["status"], wechat["status"]) == ("connected", "connecting")
    assert life.said == {"check": True, "web_api": "one", "wechat": "你好"}
    for kind in KINDS:
        shown = life.shown[kind]
        assert (shown["status"], shown["message_count"]) == ("connected", 1)
        assert set(shown["config"].values()) & {life.caller.api_key, ACCOUNT.token} == set()


def test_a_wrong_request_changes_nothing(operator: Operator) -> None:
    """A reference, a host off the list, an id that leads elsewhere, an unknown agent."""
    good = {"endpoint": "/api/channel/not-to-be", "api_key": "a-key-of-enough-letters"}
    before = operator.ask("GET", "/api/channels?limit=200").body
    for changes in (
        {"config": good | {"api_key": "${secret:WEB_API_KEY}"}},
        {"config": good | {"api_base": "https://elsewhere.example.org"}},
        {"target_id": "../support"},
        {"target_id": "nobody-knows-them"},
        {"channel_type": "fax"},
    ):
        wanted = TARGET | {"channel_type": "web_api", "config": good} | changes
        answer = operator.ask("POST", "/api/channels/connect", wanted)
        assert (answer.status, value(answer)["error"]["code"]) == (400, "invalid_config")

    assert operator.ask("GET", "/api/channels?limit=200").body == before


def test_the_files_channels_are_listed_page_by_page(bundle: Bundle, operator: Operator) -> None:
    """All that were published, each with its status and without its secrets."""
    _keep(bundle)
    whole = value(operator.ask("GET", "/api/channels"))
    first = value(operator.ask("GET", "/api/channels?limit=2"))
    rest = value(operator.ask("GET", f"/api/channels?cursor={first['next_cursor']}"))

    assert len(whole["channels"]) == int(bundle.stack.outputs["Channels"])
    assert [*first["channels"], *rest["channels"]] == whole["channels"]
    assert {each["source"] for each in whole["channels"]} == {"file"}
    web = [each for each in whole["channels"] if each["channel_type"] == "web_api"]
    assert {each["status"] for each in web} == {"connected"}
    assert {each["config"]["api_key"] for each in web} == {"***"}


def test_the_keeper_mends_a_mapping(bundle: Bundle) -> None:
    """Somebody took it away; a turn later the mailbox is emptied again."""
    client = bundle.aws.client("lambda")

    def mappings() -> list[str]:
        found = client.list_event_source_mappings()["EventSourceMappings"]
        ours = [each for each in found if each["EventSourceArn"].endswith("mailbox-support.fifo")]
        return [each["UUID"] for each in ours]

    (before,) = mappings()
    client.delete_event_source_mapping(UUID=before)
    assert until(lambda: before not in mappings(), 5)
    _keep(bundle)

    assert len(mappings()) == 1
    assert value(bundle.caller().ask("ann", "mended", wait=25))["reply"] == "mended"


def test_the_keeper_keeps_what_was_killed(bundle: Bundle) -> None:
    """From a dead-letter queue into the table, where it is listed."""
    sqs, body = bundle.aws.client("sqs"), f"killed {secrets.token_hex(8)}"
    name = f"{STACK}-mailbox-support-dlq.fifo"
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"],
        MessageBody=body,
        MessageGroupId="killed",
        MessageDeduplicationId=secrets.token_hex(8),
    )
    done = _keep(bundle)
    letters = [each for each in bundle.stack.messages.open_letters(500) if each.body == body]

    assert [(each.reason, each.agent) for each in letters] == [("killed", "support")]
    assert -1 not in done.values()


def test_what_was_disconnected_is_refused(bundle: Bundle, operator: Operator, life: Life) -> None:
    """As soon as the doors' cache is old; and nothing of it is left."""
    until(lambda: life.caller.ask("ann", "two").status == 404, REFUSED_WITHIN)
    until(lambda: not life.platform.check_url(), REFUSED_WITHIN)
    answers = [life.caller.ask("ann", "three")]
    answers += [operator.ask("GET", f"/api/channels/agent/support/{kind}") for kind in KINDS]

    assert [value(answer)["error"]["code"] for answer in answers] == ["not_found"] * 3
    assert not life.platform.check_url()
    left = bundle.aws.client("secretsmanager").list_secrets()["SecretList"]
    assert [each["Name"] for each in left if "/channels/agent/" in each["Name"]] == []
