"""The keeper, wired."""

from cococat.aws.backstop import Backstop
from cococat.aws.mailboxes import queue_name
from cococat.aws.metrics import EmbeddedGauges
from cococat.bootstrap.common import CLOCK, directory, environment, messages, sqs
from cococat.bootstrap.mailboxes import mailboxes
from cococat.bootstrap.management import StackContext, manager
from cococat.core.keeper import Task, bury_killed, each_of, failures, keep


def keep_all() -> dict[str, int]:
    """Do all the keeper's tasks, show how the stack stands, and return what each mended."""
    context = StackContext()
    mended = keep(
        (
            Task("secrets", context.wishes.sweep),
            Task("mailboxes", _mend_mailboxes),
            Task("dead letters", _tend_dead_letters),
            # Last: it waits for platforms that may not answer.
            Task("channels", lambda: len(manager().auto_reconnect(context))),
        )
    )
    _show("KeeperFailures", failures(mended))
    return mended


def _mend_mailboxes() -> int:
    return each_of(directory().agent_specs(), mailboxes().mend)


def _tend_dead_letters() -> int:
    try:
        return _bury_all()
    finally:
        _show("OpenDeadLetters", messages().count_open())


def _bury_all() -> int:
    stack = environment().stack
    queues = [
        (url, "mailbox", spec.name)
        for spec in directory().agent_specs()
        if (url := mailboxes().url(queue_name(stack, spec.name, dead=True))) is not None
    ]
    outbox = mailboxes().url(f"{stack}-outbox-dlq.fifo")
    outboxes = [] if outbox is None else [(outbox, "outbox", "")]
    backstop = Backstop(
        sqs(), lambda kind, agent, body: bury_killed(messages(), kind, agent, body, CLOCK)
    )
    try:
        return each_of([*queues, *outboxes], lambda queue: backstop.empty(*queue))
    finally:
        # The outbox's own is shown by SQS; those of the mailboxes are made while the stack runs.
        _show("MailboxDeadLetters", sum(backstop.left(url) for url, _, _ in queues))


def _show(name: str, value: float) -> None:
    EmbeddedGauges(environment().stack, "keeper").show({name: value})
