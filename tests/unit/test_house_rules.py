"""Rules of this repository that no tool knows."""

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "cococat" / "cococat"
FUNCTIONS = sorted((ROOT / "functions").glob("*.py"))
MODULES = sorted(PACKAGE.rglob("*.py"))
EVERYWHERE = [
    *MODULES,
    *(
        path
        for folder in ("sidecar", "functions", "bench", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ),
]
LIBRARIES = packages_distributions()


def names(path: Path) -> set[str]:
    """Return every dotted name and attribute that the code in *path* uses."""
    tree = ast.parse(path.read_text("utf-8"))
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _place(path: Path) -> str:
    """Return where *path* lies, in the package or else in the repository."""
    return str(path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT))


def test_the_environment_is_read_in_one_place() -> None:
    """Only settings.py looks at the environment."""
    readers = [
        path.name
        for path in (*MODULES, *FUNCTIONS)
        if names(path) & {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    ]

    assert readers == ["settings.py"]


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.name)
def test_no_handler_hides_a_library(path: Path) -> None:
    """Lambda puts a function's folder in front of everything else."""
    assert path.stem not in sys.stdlib_module_names
    assert path.stem not in LIBRARIES


@pytest.mark.parametrize("path", EVERYWHERE, ids=_place)
def test_no_module_is_too_long(path: Path) -> None:
    """A module has 300 lines at most."""
    assert len(path.read_text("utf-8").splitlines()) <= 300


def test_every_error_is_drawn_in_the_tree() -> None:
    """The family's picture is complete."""
    tree = ast.parse((PACKAGE / "core" / "errors.py").read_text("utf-8"))
    drawn = ast.get_docstring(tree) or ""
    missing = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and f" {node.name}" not in f" {drawn}"
    ]

    assert missing == []
