"""The deployed bundle with its doors in Lambda's containers, behind `sam local start-api`."""

import json
import shlex
import subprocess
import time
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from cococat.core.channels.catalogue import CATALOGUE
from cococat.core.http import Request
from tests.e2e.bundle import value
from tests.local_api.served import ENVIRONMENT, PROJECT, Served, containers
from tests.support.asleep import asleep

pytestmark = pytest.mark.local_api


class TestTheBanner:
    def test_has_a_line_that_talks(self, served: Served) -> None:
        """It works as it is printed, and the echo agent answers it."""
        (line,) = served.said("talk")
        talked = subprocess.run(
            shlex.split(line), env=ENVIRONMENT, capture_output=True, text=True, check=True
        )

        assert served.base_url in line
        assert '"reply": "你好"' in talked.stdout

    def test_has_lines_that_verify(self, served: Served) -> None:
        """Each channel that has a door is proven through its container, by `--base-url`."""
        for line in served.said("verify"):
            before = served.posts()
            done = subprocess.run(
                shlex.split(line),
                cwd=PROJECT,
                env=ENVIRONMENT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert f"--base-url {served.base_url} " in line
            assert done.returncode == 0, line + done.stdout + done.stderr
            has_door = not any(CATALOGUE[name].listens and name in line for name in CATALOGUE)
            assert (served.posts() > before) is has_door
        assert len(served.said("verify")) == len(served.stack.channels.channels())


class TestTheWebApi:
    def test_answers_one_who_waits(self, served: Served) -> None:
        """The reply of the agent, which is no container's, comes in the same response."""
        answer = served.caller().ask("ann", "你好，containers", wait=25)

        assert (answer.status, value(answer)["reply"]) == (200, "你好，containers")

    def test_gives_the_answer_later(self, served: Served) -> None:
        """202 names the message, whose address has the reply."""
        accepted = served.caller().ask("ann", "later")
        fetched = served.caller().fetch(value(accepted)["id"], wait=25)

        assert accepted.status == 202
        assert (fetched.status, value(fetched)["reply"]) == (200, "later")

    def test_holds_a_request_as_long_as_it_is_asked_to(self, served: Served) -> None:
        """Nobody empties the mailbox, and the door waits in its container."""
        with asleep(served.client, "mailbox-support.fifo"):
            started = time.monotonic()
            answer = served.caller().ask("ann", "asleep", wait=4)
            seconds = time.monotonic() - started

        assert (answer.status, value(answer)["reply"]) == (202, None)
        assert 4 <= seconds < 8
        assert value(served.caller().fetch(value(answer)["id"], wait=25))["reply"] == "asleep"

    @pytest.mark.parametrize(
        ("method", "path", "key", "status"),
        [
            ("POST", "/api/channel/web", "wrong", 401),
            ("POST", "/api/channel/nowhere", "right", 404),
            ("GET", "/api/channel/web/messages/unknown", "right", 404),
            ("GET", "/api/channel/web/messages/unknown", "wrong", 401),
            ("DELETE", "/api/channel/web", "right", 405),
        ],
    )
    def test_refuses_what_is_not_for_it(
        self, served: Served, method: str, path: str, key: str, status: int
    ) -> None:
        """SAM would say 200 of a crash: the statuses are the door's own."""
        caller = served.caller()
        headers = {"authorization": f"Bearer {caller.api_key if key == 'right' else key}"}
        body = b'{"user_id": "ann", "content": "hello"}' if method == "POST" else b""
        answer = caller.transport(Request(method=method, path=path, headers=headers, body=body))

        assert status == answer.status
        assert {"code", "message"} == value(answer)["error"].keys()


class TestTheContainers:
    def test_are_those_of_the_doors_alone(self, served: Served) -> None:
        """Each function behind the API has one; heartbeat and outbox run in the local AWS."""
        functions = {each["AWS_LAMBDA_FUNCTION_NAME"] for each in _environments(served)}
        behind = served.client("apigatewayv2").get_integrations(ApiId=served.stack.outputs["ApiId"])

        assert {"WebApiFunction", "WechatFunction"} <= functions
        assert len(functions) == len({each["IntegrationUri"] for each in behind["Items"]})

    def test_have_no_more_rights_than_their_role(self, served: Served) -> None:
        """The Web API's door may read its own entry, and not what else is in the table."""
        environments = {each["AWS_LAMBDA_FUNCTION_NAME"]: each for each in _environments(served)}
        table = environments["WebApiFunction"]["CHANNELS_TABLE"]
        dynamodb = _client_of(served, environments["WebApiFunction"], "dynamodb")

        dynamodb.get_item(TableName=table, Key={"pk": {"S": "-"}, "sk": {"S": "-"}})
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.scan(TableName=table)

    def test_are_no_roots(self, served: Served) -> None:
        """None of them may do what no function may."""
        for environment in _environments(served):
            with pytest.raises(ClientError, match="AccessDenied"):
                _client_of(served, environment, "iam").list_roles()

    def test_and_all_else_listen_on_this_machine_alone(self, served: Served) -> None:
        """Every port is one of 127.0.0.1, or of the containers' own network."""
        processes = [*served.children(), *_proxies()]
        listening = {
            connection.laddr.ip
            for process in processes
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        bridge = served.stack.address.aws_endpoint.partition("://")[2].partition(":")[0]

        assert bridge != "127.0.0.1"
        assert {"127.0.0.1", bridge} == listening


def _environments(served: Served) -> list[dict[str, str]]:
    """Return what each container of ours has in its environment."""
    ours = (containers() or set()) - (served.containers_before or set())
    inspected = subprocess.run(
        ["docker", "inspect", *sorted(ours)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        dict(each.split("=", 1) for each in container["Config"]["Env"])
        for container in json.loads(inspected.stdout)
    ]


def _client_of(served: Served, environment: dict[str, str], service: str) -> Any:  # noqa: ANN401
    """Return a client with the credentials that a container has."""
    return served.client(
        service,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
    )


def _proxies() -> list[psutil.Process]:
    """Return what the engine listens with for the containers."""
    return [each for each in psutil.process_iter(["name"]) if each.name() == "docker-proxy"]
