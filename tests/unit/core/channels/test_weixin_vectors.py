import json
from pathlib import Path
from typing import Any

import pytest
from wechatpy.enterprise import parse_message

from cococat.adapters.aes import AesCbc
from cococat.core.http import Request
from cococat.core.sealing import Envelope, sign
from cococat.simulators.sealing import Keys, OwnSeal
from cococat.simulators.weixin import App
from tests.support.wechatpy_seal import WechatpySeal
from tests.support.weixin import PATH, Connected

Vector = dict[str, Any]
TEXT = (Path(__file__).parents[3] / "data" / "weixin.json").read_text("utf-8")
VECTORS: list[Vector] = json.loads(TEXT)["vectors"]


def of_kind(kind: str) -> pytest.MarkDecorator:
    """Run a test with each published example of *kind*."""
    found = [vector for vector in VECTORS if vector["kind"] == kind]
    assert found
    return pytest.mark.parametrize("vector", found, ids=lambda vector: vector["id"])


def connected(vector: Vector, agent_id: str = "1") -> Connected:
    """Return the application of the example, at the time of its request."""
    config = vector["config"]
    app = App(
        corp_id=config["receive_id"],
        agent_id=agent_id,
        secret="SecretOfTheApp",
        token=config["token"],
        encoding_aes_key=config["encoding_aes_key"],
    )
    made = Connected(account=app)
    made.clock.go_to(float(vector["request"]["query"]["timestamp"]))
    return made


def request(vector: Vector) -> Request:
    """Return the example's request, as it was on the wire."""
    asked = vector["request"]
    body = (asked["body"] or "").encode("utf-8")
    return Request(method=asked["method"], path=PATH, query=asked["query_string"], body=body)


@of_kind("url_verify")
def test_our_url_is_checked(vector: Vector) -> None:
    """The sealed question is answered with what was in it, and nothing else."""
    answer = connected(vector).door.handle(request(vector))

    assert (answer.status, answer.body) == (200, vector["expect"]["response_body"])


@of_kind("inbound_encrypted")
def test_a_message_comes_in(vector: Vector) -> None:
    """In XML and in JSON, as the platform sent it; the agent gets what a member wrote."""
    plain = vector["expect"]["plaintext"]
    inner = json.loads(plain) if plain.startswith("{") else parse_message(plain)._data
    account = connected(vector, str(inner["AgentID"]))

    assert account.door.handle(request(vector)).status == 200
    (message,) = account.taken()
    assert (message.content, message.msg_id) == (inner["Content"], str(inner["MsgId"]))
    assert message.external_user == inner["FromUserName"]


@of_kind("inbound_encrypted")
def test_a_message_for_another_application_does_not(vector: Vector) -> None:
    """The number inside the seal counts."""
    account = connected(vector, "7")

    assert account.door.handle(request(vector)).status == 403
    assert account.taken() == []


@of_kind("reply_encrypt")
def test_an_answer_is_sealed_byte_for_byte(vector: Vector) -> None:
    """Our seal and our signature are theirs, where the random is."""
    config, given, expected = vector["config"], vector["input"], vector["expect"]
    envelope = Envelope([config["encoding_aes_key"]], config["receive_id"], AesCbc())
    message = given["plaintext"].encode("utf-8")
    random = bytes.fromhex(given["random16_hex"])

    sealed = envelope.seal(message, config["encoding_aes_key"], random)
    assert sealed == expected["encrypt"]
    parts = (config["token"], str(given["timestamp"]), given["nonce"], sealed)
    assert sign(*parts) == expected["msg_signature"]


@of_kind("inbound_encrypted")
@pytest.mark.parametrize("kind", [OwnSeal, WechatpySeal])
def test_the_simulators_open_it_too(vector: Vector, kind: type[OwnSeal]) -> None:
    """By hand and by wechatpy: neither is ours to please."""
    query = vector["request"]["query"]
    sealed = vector["request"]["encrypt"]
    seal = kind(Keys(**vector["config"]))

    opened = seal.open(query["msg_signature"], query["timestamp"], query["nonce"], sealed)
    assert opened == vector["expect"]["plaintext"]
