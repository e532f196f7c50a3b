import os
import subprocess
from pathlib import Path

from cococat.core.scene_files import texts

ROOT = Path(__file__).parents[3]


def test_a_scene_that_has_lost_its_file_is_in_the_package(tmp_path: Path) -> None:
    """A package holds files alone, and a deploy must not take the scene for a deleted one."""
    scenes, built = tmp_path / "scenes", tmp_path / "built"
    for path in ("agents.json", "shop/entries.json", "shop/notes.txt", "bank/entry.json"):
        (scenes / path).parent.mkdir(parents=True, exist_ok=True)
        (scenes / path).write_text("{}", "utf-8")
    (scenes / "gone").symlink_to("nowhere")
    (scenes / "README.md").write_text("x", "utf-8")
    subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "build-function.sh"), "Mailboxes"],
        cwd=ROOT / "functions",
        env=os.environ
        | {"ROOT": str(ROOT), "SCENES_DIR": str(scenes), "ARTIFACTS_DIR": str(built)},
        check=True,
    )
    package = built / "published_scenes"
    packed = sorted(str(each.relative_to(package)) for each in package.rglob("*") if each.is_file())

    assert packed == ["agents.json", "bank/no-entries", "gone/no-entries", "shop/entries.json"]
    assert texts(package) == texts(scenes)
