"""The sidecar's image, built and tried as it will run."""

import subprocess

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
