"""What keeps `make local-api` from starting, tried before one runs (files run by their names)."""

from pathlib import Path

import pytest

from cococat.local.processes import free_port
from tests.local_api.served import complaints, make_local_api

pytestmark = pytest.mark.local_api


def test_without_a_container_engine_it_fails(tmp_path: Path) -> None:
    """It never goes on without one, and says where it has looked."""
    log, nobody = tmp_path / "run.log", f"unix://{tmp_path}/nobody.sock"
    with make_local_api(
        log, environment={"DOCKER_HOST": nobody}, PORT=str(free_port("127.0.0.1"))
    ) as process:
        code = process.wait(60)

    (said,) = complaints(log)
    assert code != 0
    assert said.startswith("cococat: no container engine answers (")
    assert nobody in said


def test_a_missing_scenes_folder_is_one_sentence(tmp_path: Path) -> None:
    """It names the folder."""
    log = tmp_path / "run.log"
    with make_local_api(
        log, SCENES=str(tmp_path / "nowhere"), PORT=str(free_port("127.0.0.1"))
    ) as process:
        code = process.wait(60)

    assert code != 0
    assert complaints(log) == [f"cococat: the scenes folder {tmp_path / 'nowhere'} does not exist."]
