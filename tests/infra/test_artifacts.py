from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from zenml.client import Client

from tests.infra.stand_in import stand_in

pytestmark = pytest.mark.usefixtures("zenml_stack")


def run(word: str) -> dict[str, str]:
    """Status of each step."""
    response = stand_in(word)
    assert response is not None
    return {name: step.status.value for name, step in Client().get_pipeline_run(response.id).steps.items()}


def artifact(step: str) -> Path:
    """Folder of the step's output in the last run."""
    last = Client().list_pipeline_runs(pipeline="stand_in", sort_by="desc:created", size=1).items[0]
    return Path(next(iter(Client().get_pipeline_run(last.id).steps[step].outputs.values()))[0].uri)


EXECUTED, CACHED = "completed", "cached"


def test_a_second_run_only_reads_the_cache() -> None:
    word = uuid4().hex
    assert run(word) == {"make": EXECUTED, "use": EXECUTED}
    assert run(word) == {"make": CACHED, "use": CACHED}


def delete_file(folder: Path) -> None:
    (folder / "record.json").unlink()


def flip_bit(folder: Path) -> None:
    content = bytearray((folder / "record.json").read_bytes())
    content[20] ^= 1
    (folder / "record.json").write_bytes(content)


def delete_all(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def forge_manifest(folder: Path) -> None:
    """Alter the record and write a manifest that fits it."""
    from materializers.manifest import seal_local_file

    flip_bit(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["record.json"] = seal_local_file(folder / "record.json").model_dump()
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))


@pytest.mark.parametrize(
    ("step", "damage"),
    [("make", delete_file), ("use", delete_all), ("make", flip_bit), ("use", forge_manifest)],
)
def test_a_damaged_artifact_is_made_again_and_nothing_else(step: str, damage, caplog: pytest.LogCaptureFixture) -> None:
    word = uuid4().hex
    run(word)
    damage(artifact(step))
    caplog.clear()
    assert run(word) == {"make": CACHED, "use": CACHED} | {step: EXECUTED}
    assert f"Not taken from the cache: step {step}" in caplog.text


def test_after_a_repair_everything_is_cached_again() -> None:
    word = uuid4().hex
    run(word)
    delete_file(artifact("make"))
    run(word)
    assert run(word) == {"make": CACHED, "use": CACHED}
