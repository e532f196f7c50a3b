"""
Build the Lambda layer: locked dependencies, the package, and bytecode for both.

`make build-CococatLayer` runs this with the layer's folder as the working folder.
The result depends on the sources, on requirements.txt and on ARCH alone: two
builds are equal byte for byte, so that an unchanged layer is not deployed again.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT_IN_LAMBDA = "/opt"
PYTHON_VERSION = "3.13"
# Lambda's python3.13 runs on Amazon Linux 2023 (glibc 2.34); 2.28 also loads on
# the older systems on which the layer is tested.
PLATFORMS = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
AWS_SERVICES = frozenset({"dynamodb", "lambda", "s3", "secretsmanager", "sqs", "ssm", "sts"})
BOTOCORE_DATA = AWS_SERVICES | {
    "_retry.json",
    "endpoints.json",
    "partitions.json",
    "sdk-default-configuration.json",
}
# Never imported in a function. Of cffi, cryptography takes the compiled half alone.
DROPPED = (
    ".lock",
    "bin",
    "*.dist-info",
    "**/__pycache__",
    "**/*.pyi",
    "**/tests",
    "boto3/data",
    "boto3/examples",
    "cffi",
    "pycparser",
)
# What an operator or the sidecar runs, and what only that uses: no function imports it.
OPERATORS = (
    "aws/mailbox_reader.py",
    "bootstrap/command.py",
    "bootstrap/external.py",
    "bootstrap/listening.py",
    "bootstrap/operator.py",
    "core/attendant.py",
    "core/chores.py",
    "core/external_agent.py",
    "core/hold.py",
    "core/lease.py",
    "core/listener.py",
    "core/probes.py",
    "core/remote_files.py",
    "core/replay.py",
    "core/roster.py",
    "core/scene_keeper.py",
    "core/wanted_channels.py",
    "dead_letters.py",
    "heartbeat",
    "local",
    "simulators",
    "verify_channel",
)
FORBIDDEN = ("Crypto", "discord")
# 1980-01-01, the earliest time that a zip file can hold.
TIMESTAMP = 315_532_800


class BuildError(Exception):
    """The layer can't be built; the message is for a person."""


def setting(name: str, meaning: str) -> str:
    """Return an environment variable that must be set."""
    value = os.environ.get(name, "")
    if not value:
        message = f"{name} is not set: {meaning}."
        raise BuildError(message)
    return value


def platform_for(arch: str) -> str:
    """Return uv's name of the platform that the layer is built for."""
    if arch not in PLATFORMS:
        message = f"ARCH is {arch!r}, but must be one of: {', '.join(sorted(PLATFORMS))}."
        raise BuildError(message)
    # A local stack on macOS runs the functions on macOS itself.
    return os.environ.get("COCOCAT_LAYER_PLATFORM") or PLATFORMS[arch]


def install(target: Path, platform: str) -> None:
    """Install exactly what requirements.txt locks, as wheels for the platform."""
    uv = shutil.which("uv")
    if uv is None:
        message = "uv is missing: run `make setup` first, or put uv on the PATH."
        raise BuildError(message)
    command = [uv, "pip", "install", "--quiet", "--target", str(target)]
    command += ["--python", sys.executable, "--python-version", PYTHON_VERSION]
    command += ["--python-platform", platform, "--only-binary", ":all:", "--no-deps"]
    # Copies: the uv cache must not change when files here do.
    command += ["--link-mode", "copy", "--require-hashes", "--requirements", "requirements.txt"]
    subprocess.run(command, check=True)


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def prune(target: Path) -> None:
    """Drop what no function imports, and botocore's data for services not in use."""
    for pattern in DROPPED:
        for path in sorted(target.glob(pattern)):
            if path.exists():
                remove(path)
    for pattern in FORBIDDEN:
        if any(target.glob(pattern)):
            message = f"{pattern} must not be in the layer, but a dependency brought it."
            raise BuildError(message)

    data = target / "botocore" / "data"
    found = {path.name for path in data.iterdir()}
    if missing := BOTOCORE_DATA - found:
        message = f"botocore has no data for: {', '.join(sorted(missing))}."
        raise BuildError(message)
    for name in sorted(found - BOTOCORE_DATA):
        remove(data / name)
    endpoints = json.loads((data / "endpoints.json").read_bytes())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {k: v for k, v in services.items() if k in AWS_SERVICES}
    (data / "endpoints.json").write_text(json.dumps(endpoints, separators=(",", ":")))


def add_package(target: Path) -> None:
    """Copy the package itself, without what only an operator runs."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    shutil.copytree("cococat", target / "cococat", ignore=ignore)
    for name in OPERATORS:
        remove(target / "cococat" / name)


def compile_all(artifacts: Path) -> None:
    """
    Write bytecode that Lambda loads without looking at the sources.

    `/opt` is read-only there, so what is not compiled now is compiled again at
    every cold start.
    """
    command = [sys.executable, "-s", "-S", "-m", "compileall", "-q", "-j", "1"]
    command += ["--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(artifacts), "-p", ROOT_IN_LAMBDA, str(artifacts / "python")]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    # Sets are constants in bytecode, in the order of their hashes.
    subprocess.run(command, check=True, env=env | {"PYTHONHASHSEED": "0"})


def settle(artifacts: Path) -> None:
    """Give every file the same time and plain rights, so that equal trees zip equally."""
    for path in sorted(artifacts.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (TIMESTAMP, TIMESTAMP))


def check_interpreter() -> None:
    """Refuse a Python whose bytecode Lambda's could not load."""
    version = ".".join(map(str, sys.version_info[:2]))
    if version != PYTHON_VERSION:
        message = f"the layer is compiled by Python {PYTHON_VERSION}, but this is {version}."
        raise BuildError(message)


def main() -> int:
    """Build the layer into ARTIFACTS_DIR."""
    try:
        check_interpreter()
        arch = setting("ARCH", "say which processor the layer is for, ARCH=arm64 or ARCH=x86_64")
        platform = platform_for(arch)
        artifacts = Path(setting("ARTIFACTS_DIR", "the folder to build into")).resolve()
        target = artifacts / "python"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        install(target, platform)
        prune(target)
        add_package(target)
        compile_all(artifacts)
        settle(artifacts)
    except BuildError as error:
        sys.stderr.write(f"layer: {error}\n")
        return 2
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"layer: {Path(error.cmd[0]).name} failed; its own message is above.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
