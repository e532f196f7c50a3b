"""What makes and mends mailboxes, wired."""

from functools import cache

from cococat import settings
from cococat.aws.agents_table import AgentsTable
from cococat.aws.mailboxes import SqsMailboxes
from cococat.bootstrap.common import aws, directory, dynamodb, environment, secrets, sqs


@cache
def deployment() -> settings.Deployment:
    """Return the deployment's settings."""
    return settings.deployment_from_environment()


@cache
def mailboxes() -> SqsMailboxes:
    """Return what makes and mends mailboxes."""
    return SqsMailboxes(
        sqs=sqs(),
        lambda_=aws().client("lambda"),
        agents=AgentsTable(
            dynamodb(),
            environment().channels_table,
            channels=directory(),
            secrets=secrets(),
            stack=environment().stack,
        ),
        stack=environment().stack,
        heartbeat=deployment().heartbeat,
        heartbeat_timeout=deployment().heartbeat_timeout,
        concurrency=deployment().heartbeat_concurrency,
    )
