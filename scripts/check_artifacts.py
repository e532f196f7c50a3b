"""
Check what `sam build` made, before anybody deploys it.

    python scripts/check_artifacts.py BUILD_FOLDER ARCH

- Every shared library is of the processor that the build is for, and there is one.
- Every Python file has its bytecode beside it.
- With --import: every handler imports, in a process that sees nothing but its own
  folder, the layer and the standard library, and whose environment is empty. The
  build must be for this machine.
"""

import argparse
import platform
import subprocess
import sys
from pathlib import Path

LAYER = "CococatLayer"
MACHINES = {"arm64": ("ARM aarch64", "arm64"), "x86_64": ("x86-64", "x86_64")}
SAME_AS = {"aarch64": "arm64", "amd64": "x86_64"}

# Run by `python -I -S -B -c`: no site-packages, no environment, no current folder.
# Lambda puts the function's folder in front of the layer's.
IMPORT = """
import importlib, os, sys
function, layer, module = sys.argv[1:]
standard = tuple(sys.path)
sys.path[:0] = [function, layer]
handler = importlib.import_module(module).handler
assert callable(handler), "its handler can't be called"
allowed = tuple(p + os.sep for p in (function, layer, *standard))
for name, loaded in list(sys.modules.items()):
    path = getattr(loaded, "__file__", None)
    if path is None or path.startswith("<frozen"):
        continue
    assert path.startswith(allowed), f"{name} comes from {path}"
print(len(sys.modules))
"""


def check_libraries(build: Path, arch: str) -> list[str]:
    """Return what is wrong with the shared libraries, one sentence each."""
    libraries = sorted(p for p in build.rglob("*") if p.is_file() and ".so" in p.suffixes)
    if not libraries:
        return [f"{build} holds no shared library; the layer must bring some."]
    command = ["file", "--brief", "--", *map(str, libraries)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    kinds = dict(zip(libraries, answer.stdout.splitlines(), strict=True))
    wrong = [
        f"{library} is for another processor than {arch}: {kind}."
        for library, kind in kinds.items()
        if not any(f" {machine}" in kind for machine in MACHINES[arch])
    ]
    print(f"{build}: {len(libraries)} shared libraries, {len(wrong)} of them not for {arch}")
    return wrong


def check_bytecode(build: Path) -> list[str]:
    """Return the Python files without bytecode, one sentence each."""
    sources = sorted(build.rglob("*.py"))
    tag = sys.implementation.cache_tag
    missing = [
        source
        for source in sources
        if not (source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc").is_file()
    ]
    print(f"{build}: {len(sources)} Python files, {len(missing)} of them without bytecode")
    return [f"{path} has no bytecode." for path in missing]


def check_imports(build: Path, arch: str) -> list[str]:
    """Return the handlers that don't import, one sentence each."""
    machine = platform.machine()
    if SAME_AS.get(machine, machine) != arch:
        return [f"{build} is for {arch}, so its handlers can't be imported on {machine}."]
    python = getattr(sys, "_base_executable", sys.executable)
    layer = build.resolve() / LAYER / "python"
    folders = sorted(p for p in build.resolve().iterdir() if p.is_dir() and p.name != LAYER)
    if not folders:
        return [f"{build} holds no function."]
    wrong = []
    for folder in folders:
        for handler in sorted(folder.glob("*.py")):
            words = [python, "-I", "-S", "-B", "-c", IMPORT, str(folder), str(layer), handler.stem]
            run = subprocess.run(words, check=False, capture_output=True, text=True, env={})
            if run.returncode == 0:
                print(f"{folder.name}: {handler.stem} imports, {run.stdout.strip()} modules")
            else:
                wrong.append(f"{folder.name}: {handler.stem} doesn't import:\n{run.stderr}")
    return wrong


def main() -> int:
    """Check one build folder; say what is wrong and return 1, or return 0."""
    parser = argparse.ArgumentParser(description="Check what `sam build` made.")
    parser.add_argument("build", type=Path, help="for example .aws-sam/build")
    parser.add_argument("arch", choices=sorted(MACHINES))
    parser.add_argument("--import", action="store_true", dest="imports", help="import all handlers")
    options = parser.parse_args()
    wrong = check_libraries(options.build, options.arch) + check_bytecode(options.build)
    if options.imports:
        wrong += check_imports(options.build, options.arch)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
