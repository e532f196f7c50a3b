from dataclasses import replace
from pathlib import Path

import pytest

from cococat import agents
from cococat.core.agent_spec import AGENT_KINDS, AgentSpec
from cococat.core.errors import AgentError, AgentUnavailable
from cococat.core.messages import Attachment, Reply
from tests.support import samples
from tests.support.progress import unheard

MESSAGE = samples.mailbox_message("hello")


def spec(kind: str, handler: str = "") -> AgentSpec:
    """Return an agent of *kind*."""
    options = {"handler": handler, "url": "https://agent.example/"}
    return AgentSpec(name="support", kind=kind, options=options, secrets={"secret": "s" * 16})


def test_echo_says_what_it_is_told() -> None:
    """The agent that shows the whole way work."""
    assert agents.load(spec("echo")).answer(MESSAGE, 5, unheard) == Reply(text="hello")


def test_echo_names_what_comes_without_a_text() -> None:
    """An apology would look as if something was broken."""
    files = [("image", "cat.png"), ("voice", ""), ("video", "a.mp4"), ("file", "b.pdf"), ("x", "")]
    attachments = tuple(Attachment(kind=k, name=n, size=None, ref="r") for k, n in files)
    agent = agents.load(spec("echo"))

    said = agent.answer(replace(MESSAGE, content=" ", attachments=attachments), 5, unheard)
    nothing = agent.answer(replace(MESSAGE, content=""), 5, unheard)

    assert said == Reply(text="[图片] cat.png\n[语音]\n[视频] a.mp4\n[文件] b.pdf\n[文件]")
    assert nothing == Reply(text="[不支持的消息]")


def test_python_runs_the_users_own_function() -> None:
    """A module and a function in it are all that is needed."""
    agent = agents.load(spec("python", "tests.support.handlers:echo"))

    assert agent.answer(MESSAGE, 5, unheard) == Reply(text="hello")


@pytest.mark.parametrize(
    "handler",
    [
        "no_such_module:answer",
        "tests.support.handlers:no_such_function",
        "tests.support.no_such_module:answer",
        "cococat_broken_agent:answer",
        "cococat_failing_agent:answer",
    ],
)
def test_a_handler_that_is_not_to_be_had_is_unavailable(
    handler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing, broken or failing module is no case for another try."""
    (tmp_path / "cococat_broken_agent.py").write_text("def answer(:\n")
    (tmp_path / "cococat_failing_agent.py").write_text("raise ValueError('secret')\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(AgentUnavailable) as raised:
        agents.load(spec("python", handler))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("handler", ["tests.support.samples:MESSAGE", "math:pi"])
def test_what_cannot_be_called_fails_when_it_is(handler: str) -> None:
    """A name that is no function is an error of the agent's."""
    with pytest.raises(AgentError):
        agents.load(spec("python", handler)).answer(MESSAGE, 5, unheard)


@pytest.mark.parametrize("kind", ["external", "magic"])
def test_others_empty_their_own_mailboxes(kind: str) -> None:
    """A kind without a handler of ours never runs here."""
    with pytest.raises(AgentUnavailable, match=kind):
        agents.load(spec(kind))


def test_http_without_its_secret_is_unavailable() -> None:
    """Nothing is ever sent unsigned."""
    with pytest.raises(AgentUnavailable, match="no_secret"):
        agents.load(AgentSpec(name="support", kind="http", options={"url": "https://x.example/"}))


@pytest.mark.parametrize("kind", sorted(AGENT_KINDS.keys() - {"external"}))
def test_every_kind_of_the_files_is_known_here(kind: str) -> None:
    """No kind can be published that the heartbeat has not heard of."""
    made = AgentSpec(
        name="support",
        kind=kind,
        options={"handler": "tests.support.handlers:echo", "url": "https://x.example"},
        secrets={"secret": "k" * 16},
    )

    assert callable(agents.load(made).answer)
