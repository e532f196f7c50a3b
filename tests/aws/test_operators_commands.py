"""What the operators' commands say where there is nothing to do, or no stack to do it to."""

import json

import pytest

from cococat import admin_keys, dead_letters
from cococat.bootstrap.operator import Stack, StackAddress
from cococat.core import dead_letters as letters
from cococat.core.ids import fingerprint
from cococat.heartbeat import __main__ as heartbeat
from cococat.verify_channel import __main__ as verify_channel
from tests.support.cloud import STACK, Cloud

pytestmark = pytest.mark.aws


class TestDeadLetters:
    """`python -m cococat.dead_letters`, over the tables."""

    @pytest.fixture(autouse=True)
    def _stack(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        stack = Stack(StackAddress(stack_name=STACK, region="us-east-1"))
        vars(stack)["outputs"] = {
            "ChannelsTable": cloud.channels_table,
            "MessagesTable": cloud.messages_table,
            "OutboxUrl": cloud.outbox_url,
        }
        monkeypatch.setattr(dead_letters, "stack_of", lambda _: stack)
        letter = letters.letter(fingerprint("one"), "mailbox", "killed", "body", cloud.clock.now())
        letters.bury(cloud.messages(), letter)

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
        """Run the command with *words* and return its exit code."""
        monkeypatch.setattr("sys.argv", ["dead_letters", *words])
        return dead_letters.main()

    @pytest.mark.parametrize("command", [["list"], ["replay", "--all"], ["discard", "--all"]])
    def test_nothing_to_do_is_said(
        self,
        command: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """One sentence, and it is no failure."""
        assert self.run(monkeypatch, *command, "--reason", "agent_error") == 0
        said = capsys.readouterr().out
        assert said == "There are no open dead letters with this reason.\n"
        assert self.run(monkeypatch, "discard", "--all") == 0
        capsys.readouterr()

        assert self.run(monkeypatch, *command) == 0
        assert capsys.readouterr().out == "There are no open dead letters.\n"

    def test_programs_get_what_there_is(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A line for each that is settled, and no line where there is none."""
        assert self.run(monkeypatch, "replay", "--all", "--reason", "x", "--json") == 0
        assert capsys.readouterr().out == ""
        assert self.run(monkeypatch, "discard", "--all", "--json") == 0

        assert json.loads(capsys.readouterr().out)["outcome"] == "done"
        assert self.run(monkeypatch, "show", "nope", "--json") == 2
        error = "'nope' is not among the open dead letters"
        assert json.loads(capsys.readouterr().out) == {"error": error}


def test_a_stack_without_a_region_is_a_sentence_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the option, the variable and the profile."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setattr("sys.argv", ["admin_keys", "list", "--stack-name", "shop"])

    assert admin_keys.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("admin_keys: in which region is the stack 'shop'?")
    assert "--region" in said


def test_a_person_without_credentials_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people and for programs; AWS is not asked."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    words = ["--stack-name", "shop", "--region", "us-east-1", "--json"]
    monkeypatch.setattr("sys.argv", ["admin_keys", "list", *words])

    assert admin_keys.main() == 2
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error.startswith("there are no AWS credentials here: sign in with `aws configure`")
    assert said.err == f"admin_keys: {error}\n"


@pytest.mark.parametrize("name", ["partner_agent", "partner_agent:", ":answer"])
def test_a_handler_of_another_form_is_told_the_form(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is loaded."""
    monkeypatch.setattr("sys.argv", ["heartbeat", "--agent", "partner", "--handler", name])

    assert heartbeat.main() == 2
    assert f"the handler '{name}' is not of the form MODULE:FUNCTION" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address", ["nonsense", "api.example.com", "http://", "http://[", "ftp://x"]
)
def test_an_address_that_is_none_is_named(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is asked."""
    words = ["--channel", "web_api", "--scene", "shop", "--base-url", address]
    monkeypatch.setattr("sys.argv", ["verify_channel", *words])

    with pytest.raises(SystemExit) as ended:
        verify_channel.main()
    assert ended.value.code == 2
    assert f"--base-url: '{address}' is no address like https://" in capsys.readouterr().err
