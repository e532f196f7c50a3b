"""The sidecar's image, built and tried as it will run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.local_api.served import ENVIRONMENT
from tests.support.template import ROOT

pytestmark = [pytest.mark.local_api, pytest.mark.enable_socket]


def test_the_image_is_built_and_runs_without_any_rights() -> None:
    """As nobody, with nothing to write to and no network; `make image` tries that itself."""
    done = subprocess.run(
        ["sh", "scripts/sidecar-image.sh"],
        cwd=ROOT,
        env=ENVIRONMENT | {"IMAGE": "cococat-sidecar-test"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "cococat-sidecar-test, from " in done.stdout
    log = (ROOT / ".tools" / "logs" / "sidecar-image.log").read_text("utf-8")
    assert "usage: python -m sidecar" in log
    assert "USER 65532:65532" in log
    assert "HEALTHCHECK" in log


def test_what_goes_into_it_is_put_together_for_another_processor(tmp_path: Path) -> None:
    """With no engine and no base image: every shared library is the other processor's."""
    done = subprocess.run(
        ["sh", "scripts/sidecar-image.sh", "contents", str(tmp_path), sys.executable],
        cwd=ROOT,
        env=ENVIRONMENT | {"ARCH": "arm64"},
        capture_output=True,
        text=True,
        check=False,
    )
    libraries = list((tmp_path / "app" / "lib").rglob("*.so"))

    assert done.returncode == 0, done.stderr
    assert libraries
    assert {each.read_bytes()[18] for each in libraries} == {183}  # EM_AARCH64 in ELF's e_machine
    assert (tmp_path / "app" / "sidecar" / "__main__.py").is_file()
