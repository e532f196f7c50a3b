"""`python -m cococat.verify_channel` against the deployed bundle, whole and broken."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.bundle import STACK, Bundle

pytestmark = pytest.mark.e2e

WECHAT = ("wechat", "customer-service")
OPEN_DOOR = b"import hmac\nhmac.compare_digest = lambda given, wanted: True\n"


def _verify(bundle: Bundle, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as an operator does, where `make run` would have left its address."""
    (bundle.folder / ".cococat").mkdir(exist_ok=True)
    bundle.stack.address.keep(bundle.folder / ".cococat" / "local.json")
    return subprocess.run(
        [sys.executable, "-m", "cococat.verify_channel", *options],
        cwd=bundle.folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _verify_wechat(bundle: Bundle) -> tuple[int, list[tuple[str, bool]], str]:
    """Return exit code, the steps taken, and what the last one said."""
    done = _verify(bundle, "--channel", "wechat", "--scene", "customer-service", "--json")
    steps = json.loads(done.stdout)["steps"]
    return done.returncode, [(each["step"], each["ok"]) for each in steps], steps[-1]["detail"]


@contextmanager
def _another_token(bundle: Bundle) -> Iterator[None]:
    """Let the operator's side have another token than the door, which knows its own already."""
    assert bundle.wechat().check_url()
    items = bundle.stack.channels.channels()
    item = next(each for each in items if (each["channel"], each["target_id"]) == WECHAT)
    secrets = bundle.stack.secrets
    kept = secrets.json(item["secret"]) or {}
    config = kept["config"] | {"token": "AnotherToken0123456789"}
    secrets.write(item["secret"], kept | {"config": config})
    try:
        yield
    finally:
        secrets.write(item["secret"], kept)


def _verify_web(bundle: Bundle, timeout: int = 30) -> tuple[int, list[tuple[str, bool]], str]:
    """Return exit code, the steps taken, and what the last one said."""
    done = _verify(
        bundle,
        *("--channel", "web_api", "--scene", "customer-service"),
        *("--json", "--timeout", str(timeout)),
    )
    steps = json.loads(done.stdout)["steps"]
    return done.returncode, [(each["step"], each["ok"]) for each in steps], steps[-1]["detail"]


class TestAWholeChannel:
    def test_is_proven_in_three_steps(self, bundle: Bundle) -> None:
        """Exit 0, and each step has a line with its time."""
        done = _verify(bundle, "--channel", "web_api", "--scene", "customer-service")

        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert [line.partition("  ")[0].strip() for line in lines] == [
            "1. send",
            "2. agent received",
            "3. reply",
        ]
        assert all(" s  " in line for line in lines)

    def test_of_wechat_is_proven_in_its_own_request(self, bundle: Bundle) -> None:
        """Sealed in, sealed out, and a wrong signature is refused."""
        code, steps, said = _verify_wechat(bundle)

        assert (code, steps) == (0, [("send", True), ("agent received", True), ("reply", True)])
        assert said.endswith("in the platform's own request")

    @pytest.mark.parametrize("name", ["", "plain"])
    def test_of_feishu_is_proven_by_a_receipt(self, bundle: Bundle, name: str) -> None:
        """Sealed or plain in; nobody is sent the answer to a made-up person."""
        sent = len(bundle.feishu.chats.sent)
        named = ("--name", name) if name else ()
        done = _verify(bundle, "--channel", "feishu", "--scene", "customer-service", *named)

        assert done.returncode == 0, done.stdout + done.stderr
        assert "a receipt" in done.stdout
        assert len(bundle.feishu.chats.sent) == sent

    @pytest.mark.parametrize("name", ["", "bot"])
    def test_of_weixin_is_proven_by_a_receipt(self, bundle: Bundle, name: str) -> None:
        """An application or a bot; nobody is sent the answer to a made-up person."""
        sent = len(bundle.wecom.shown)
        named = ("--name", name) if name else ()
        done = _verify(bundle, "--channel", "weixin", "--scene", "customer-service", *named)

        assert done.returncode == 0, done.stdout + done.stderr
        assert "a receipt" in done.stdout
        assert len(bundle.wecom.shown) == sent

    def test_imports_no_handler(self) -> None:
        """Verification looks from outside: none of the functions' code runs in it."""
        code = (
            "import sys, cococat.verify_channel.__main__ as m;"
            "names = {'cococat.core.channels.web_api', 'cococat.core.channels.wechat',"
            " 'cococat.core.channels.feishu', 'cococat.core.channels.weixin',"
            " 'cococat.core.feishu_gate', 'cococat.core.weixin_gate',"
            " 'cococat.core.callback_gate', 'cococat.core.door',"
            " 'cococat.core.heartbeat', 'cococat.core.outbox', 'cococat.agents'};"
            "sys.exit(len(names & set(sys.modules)))"
        )

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestABrokenChannel:
    def test_a_door_that_lets_everybody_in_fails_the_first_step(self, bundle: Bundle) -> None:
        """A check that accepts any key is found out."""
        door = Path("functions/web_api.py").read_bytes()
        with bundle.function_code("web-api", {"web_api.py": OPEN_DOOR + door}):
            code, steps, said = _verify_web(bundle)

        assert (code, steps) == (1, [("send", False)])
        assert "wrong key" in said

    def test_a_door_that_may_not_write_the_mailbox_fails_the_first_step(
        self, bundle: Bundle
    ) -> None:
        """The door's 503 is told with where to look."""
        with bundle.role_without("web-api", "sqs:SendMessage"):
            code, steps, said = _verify_web(bundle)

        assert (code, steps) == (1, [("send", False)])
        assert "503" in said
        assert "mailbox" in said

    def test_a_mailbox_that_nobody_empties_fails_the_second_step(self, bundle: Bundle) -> None:
        """The message lies there, and that is what is told."""
        with bundle.mapping_off("mailbox-support.fifo"):
            code, steps, said = _verify_web(bundle, timeout=2)

        assert (code, steps) == (1, [("send", True), ("agent received", False)])
        assert "mailbox" in said

    def test_an_outbox_that_nobody_empties_fails_the_third_step(self, bundle: Bundle) -> None:
        """The agent has answered, and the outbox is named."""
        with bundle.mapping_off("outbox.fifo"):
            code, steps, said = _verify_web(bundle, timeout=4)

        assert (code, steps) == (1, [("send", True), ("agent received", True), ("reply", False)])
        assert "outbox" in said


class TestABrokenOfficialAccount:
    def test_whose_token_is_not_the_consoles_fails_the_first_step(self, bundle: Bundle) -> None:
        """The door refuses the platform, and token and key are named."""
        with _another_token(bundle):
            code, steps, said = _verify_wechat(bundle)

        assert (code, steps) == (1, [("send", False)])
        assert "token" in said

    @pytest.mark.slow  # as long as the platform waits
    def test_whose_door_may_not_write_the_mailbox_fails_the_first_step(
        self, bundle: Bundle
    ) -> None:
        """The door keeps the platform waiting, so that it delivers again."""
        with bundle.role_without("wechat", "sqs:SendMessage"):
            code, steps, said = _verify_wechat(bundle)

        assert (code, steps) == (1, [("send", False)])
        assert "did not answer in time" in said


class TestWhatCannotBeVerified:
    def test_an_unknown_scene_exits_2_and_names_what_there_is(self, bundle: Bundle) -> None:
        """Nothing was tried, and the way on is in the message."""
        done = _verify(bundle, "--channel", "web_api", "--scene", "nowhere")

        assert done.returncode == 2
        assert "customer-service web_api partner" in done.stderr

    def test_without_a_stack_it_exits_2_and_says_how_to_have_one(self, tmp_path: Path) -> None:
        """No local stack runs, and none was named."""
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "cococat.verify_channel",
                "--channel",
                "web_api",
                "--scene",
                "x",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2
        assert "make run" in done.stderr

    def test_a_stack_that_is_not_there_exits_2(self, bundle: Bundle) -> None:
        """AWS's own words are passed on."""
        address = json.loads((bundle.folder / ".cococat" / "local.json").read_text("utf-8"))
        folder = bundle.folder / "gone"
        (folder / ".cococat").mkdir(parents=True)
        gone = json.dumps(address | {"stack_name": f"not-{STACK}"})
        (folder / ".cococat" / "local.json").write_text(gone, "utf-8")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "cococat.verify_channel",
                "--channel",
                "web_api",
                "--scene",
                "x",
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2
        assert f"not-{STACK}" in done.stderr
