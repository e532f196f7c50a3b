"""The bots that are measured: the sidecar's, and those of other libraries."""

import re
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench import crowds, warm
from bench.aws import StubAws
from bench.errors import MeasurementFailed
from bench.lineup import Bundle, compiled
from bench.process_facts import is_told
from bench.results import BotReport, Comparison, Progress
from bench.simulators import simulators
from bench.subject import Subject

PROJECT = Path(__file__).parent.parent
_ALLOCATOR = re.compile(r"^ENV (GLIBC_TUNABLES)=(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bots:
    """
    The subjects.

    Attributes:
        sidecar: our process.
        poll: one call of it.
        rivals: processes and calls of other libraries.
        platforms: the simulated platforms.

    """

    sidecar: Subject
    poll: Subject
    rivals: tuple[Subject, ...]
    platforms: Subject


def line_up(bundle: Bundle, aws: StubAws, own: Path) -> Bots:
    """Return the subjects; *own* holds the code that runs them; the sidecar's goes beside it."""
    trusting = {name: str(aws.certificates) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
    common = {"HOME": str(own), "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"} | trusting
    installed = Path(sysconfig.get_path("purelib"))
    package = PROJECT / "layers" / "cococat" / "cococat"
    program = compiled(own.parent / "program", PROJECT / "sidecar", package)
    # As in the container: the layer's libraries, and discord.py.
    ours = (own, program, bundle.layer, _discord())

    def subject(
        name: str, title: str, path: tuple[Path, ...], environment: Mapping[str, str] = common
    ) -> Subject:
        return Subject(
            name=name, title=title, path=path, environment=environment, expects="[]", takes=False
        )

    return Bots(
        sidecar=subject(
            "sidecar_bots", "the sidecar", ours, common | aws.environment | _allocator()
        ),
        poll=subject("telegram_poll", "the sidecar", ours),
        rivals=(
            subject("ptb_bots", "python-telegram-bot", (own, installed)),
            subject("aiogram_bots", "aiogram", (own, installed)),
            subject("telebot_bots", "pyTelegramBotAPI", (own, installed)),
        ),
        platforms=subject("simulators", "simulated", (own, program, installed)),
    )


def measure(
    them: Bots, aws: StubAws, folder: Path, progress: Progress, *, quick: bool
) -> BotReport:
    """
    Measure calls, and then processes with many bots.

    Raises:
        MeasurementFailed: one could not be measured, or gave a wrong answer.

    """
    if not is_told():
        raise MeasurementFailed("this machine has no /proc to read a process's memory from.")
    aws.make_certificate(folder / "server.pem")
    with simulators(them.platforms, folder) as platforms:
        platforms.ask("bots", channel="telegram", count=1)
        url = platforms.urls["telegram"]
        polls = warm.measure(
            [(_polling(them.poll, url), _polling(rival, url)) for rival in them.rivals],
            aws,
            warm.QUICK if quick else warm.THOROUGH,
            progress,
        )
        sizes = crowds.QUICK if quick else crowds.THOROUGH
        return _crowds(them, crowds.Crowds(aws, platforms, progress), sizes, polls)


def _crowds(
    them: Bots, crowd: crowds.Crowds, sizes: crowds.Sizes, polls: list[Comparison]
) -> BotReport:
    ours, many = crowd.grown(them.sidecar, sizes.few, sizes.beside, sizes.many, channel="telegram")
    others = [
        crowd.grown(rival, sizes.few, sizes.beside, channel="telegram")[0] for rival in them.rivals
    ]
    [discord] = crowd.grown(them.sidecar, sizes.few, sizes.discord, channel="discord")
    memory = [crowds.compare(ours, other) for other in others]
    return BotReport(
        polls=polls,
        memory=memory,
        telegram=many,
        discord=discord,
        limits=crowds.limits(many, memory),
    )


def _polling(subject: Subject, url: str) -> Subject:
    """Return *subject*, as it is when it is to poll at *url*."""
    return replace(subject, traffic=lambda count: {str(n): {"base": url} for n in range(count)})


def _allocator() -> dict[str, str]:
    """Return what the container's environment tells the C library's allocator."""
    return dict(_ALLOCATOR.findall((PROJECT / "sidecar" / "Dockerfile").read_text("utf-8")))


def _discord() -> Path:
    """
    Return the folder that has discord.py.

    Raises:
        MeasurementFailed: there is none.

    """
    found = sorted(PROJECT.glob(".venv/lib/python*/site-packages/discord"))
    if not found:
        raise MeasurementFailed("discord.py is not in .venv; run `make setup`.")
    return found[0].parent
