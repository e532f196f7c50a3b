"""Building the bundle and deploying it into the local AWS, by SAM, as it is deployed into AWS."""

import platform
import re
from pathlib import Path

from cococat import settings
from cococat.aws.secrets import prefix
from cococat.bootstrap.operator import Stack, StackAddress
from cococat.core.scene_files import texts
from cococat.core.scenes import read
from cococat.local.made_up import made_up
from cococat.local.processes import run, sentence
from cococat.local.stack import REGION, LocalAws
from cococat.local.steps import StepFailed

_NAME = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")
BUILT = Path(".aws-sam") / "run"
"""Not where `make build` builds: the scenes of a local stack are not quite those of the files."""


def build(project: Path, scenes: Path, built: Path = BUILT) -> Path:
    """
    Build the bundle for this machine, where anything changed, and return its folder.

    Args:
        project: the project's folder.
        scenes: the scenes to publish.
        built: where to build, below the project's folder.

    Raises:
        StepFailed: it can't be built; the sentence says where to read why.

    """
    answer = run(
        ["/bin/sh", str(project / "scripts" / "build.sh"), "--quiet"],
        folder=project,
        environment=settings.of_process() | {"SCENES": str(scenes), "BUILT": str(built)},
    )
    if answer.returncode:
        raise StepFailed(sentence("the bundle was not built", answer))
    return project / built


def put_secrets(stack: Stack, scenes: Path) -> list[str]:
    """
    Put a value for each `${NAME}` of the scenes into the local Secrets Manager.

    It is the environment's, or else the one that is there, or a random one of the right form.

    Returns:
        The names whose values were made up.

    Raises:
        ConfigError: the folder can't be read.

    """
    environment, invented = settings.of_process(), []
    for name, key in sorted(_wanted(scenes)):
        secret = prefix(stack.address.stack_name) + name
        known = stack.secrets.text(secret)
        given = environment.get(name) or known
        value = made_up(key) if given is None else given
        if value and value != known:
            stack.secrets.write_text(secret, value)
            if given is None:
                invented.append(name)
    return invented


def named_secret(stack_name: str, value: str) -> str:
    """Return the secret that *value*, a `${NAME}`, stands for; empty for anything else."""
    match = _NAME.fullmatch(value)
    return prefix(stack_name) + match[1] if match else ""


def _wanted(scenes: Path) -> set[tuple[str, str]]:
    """Return the names that the scenes and their agents refer to, with the keys that want them."""
    found = read(texts(scenes), default_kind="echo")
    configs = [entry.config for entry in (*found.entries, *found.rejected)]
    configs += [agent.options for agent in found.agents.values()]
    values = [
        (key, each["key"] if isinstance(each, dict) and "key" in each else each)
        for config in configs
        for key, value in config.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    matches = [(_NAME.fullmatch(each), key) for key, each in values if isinstance(each, str)]
    return {(match[1], key) for match, key in matches if match}


def deploy(
    project: Path, built: Path, aws: LocalAws, stack_name: str, parameters: dict[str, str]
) -> Stack:
    """
    Deploy the template in *built* and return the stack, ready for use.

    Args:
        project: the project's folder.
        built: the folder that was built.
        aws: where to deploy.
        stack_name: its name.
        parameters: of the template, beside the architecture.

    Raises:
        StepFailed: it was not deployed; the sentence says where to read why.

    """
    overrides = {"Architecture": architecture()} | parameters
    command = [
        *("/bin/sh", str(project / "scripts" / "sam.sh"), "deploy"),
        *("--template-file", str(built / "template.yaml")),
        *("--stack-name", stack_name),
        *("--region", REGION),
        *("--resolve-s3", "--no-progressbar", "--no-confirm-changeset"),
        "--no-fail-on-empty-changeset",
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        *("--parameter-overrides", *(f"{key}={value}" for key, value in overrides.items())),
    ]
    answer = run(command, folder=built, environment=sam_environment(aws))
    log = aws.folder / "logs" / "deploy.log"
    log.write_text(answer.stdout + answer.stderr, "utf-8")
    if answer.returncode:
        raise StepFailed(sentence(f"the deploy failed, see {log}", answer))
    return _ready(aws, stack_name)


def local_stack(aws: LocalAws, stack_name: str, simulators: dict[str, str] | None = None) -> Stack:
    """Return the stack called *stack_name* in the local AWS, deployed yet or not."""
    address = StackAddress(
        stack_name=stack_name,
        region=REGION,
        aws_endpoint=aws.endpoint,
        simulators=simulators or {},
    )
    return Stack(address)


def _ready(aws: LocalAws, stack_name: str) -> Stack:
    """Return the deployed stack, once what the local AWS leaves out is done."""
    outputs = local_stack(aws, stack_name).outputs
    for table in (outputs["ChannelsTable"], outputs["MessagesTable"]):
        aws.client("dynamodb").update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
        )
    return Stack(
        StackAddress(
            stack_name=stack_name,
            base_url=f"{aws.endpoint}/_aws/execute-api/{outputs['ApiId']}",
            region=REGION,
            aws_endpoint=aws.endpoint,
        )
    )


def sam_environment(aws: LocalAws) -> dict[str, str]:
    """Return SAM's environment: none of the user's own AWS settings may leak into it."""
    own = {key: value for key, value in settings.of_process().items() if not key.startswith("AWS_")}
    return own | aws.environment | {"SAM_CLI_POLL_DELAY": "0.5"}


def architecture() -> str:
    """Return Lambda's name of this machine's processor."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
