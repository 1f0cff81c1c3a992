from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import torch
from datasets import Dataset, Features, Value
from zenml.artifact_stores import BaseArtifactStore
from zenml.client import Client
from zenml.types import HTMLString

from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.corpora.records import CorpusSummary, SplitCount
from crossprompt.prompts.file import AlignedPrompt, PromptHeader
from crossprompt.records import Record
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.records import Method
from materializers.classifiers import ClassifiersMaterializer
from materializers.dataset import DatasetMaterializer
from materializers.folder import FolderMaterializer
from materializers.manifest import MANIFEST, ArtifactError, read_manifest
from materializers.moved_folder import MovedFolderMaterializer
from materializers.page import PageMaterializer
from materializers.prompt import PromptMaterializer
from materializers.record import RecordMaterializer
from materializers.sealed import SealedMaterializer
from tests.crossprompt.tasks.histories import history
from tests.materializers.remote_store import MemoryStore

FEATURES = Features({"text": Value("string"), "turn": Value("int32"), "tags": [{"slot": Value("string")}]})
SUMMARY = CorpusSummary(
    corpus="sample",
    location="packaged",
    fingerprint="f",
    counts=(SplitCount(split="dev", read=3, accepted=2, refused=1, turns=9),),
    reasons={"empty": 1},
)


class Timed(Record):
    """A record with a wall time."""

    value: int
    seconds: float
    parts: tuple[CorpusSummary, ...] = ()


def rows(amount: int = 5) -> Dataset:
    return Dataset.from_list(
        [{"text": f"zero {i} — ሰላም <b>", "turn": i, "tags": [{"slot": "city"}] * (i % 3)} for i in range(amount)],
        FEATURES,
    )


def prompt(seed: int = 0) -> AlignedPrompt:
    shape = PromptShape(layers=2, heads=2, length=3, head_dim=4)
    header = PromptHeader(
        backbone=BackboneIdentity(name="tiny", revision=None, fingerprint="a" * 64),
        shape=shape,
        dtype="float32",
        languages=("de-DE", "sw-KE"),
        corpus_fingerprint="c" * 64,
        steps=7,
        seed=seed,
        settings={"epochs": 1},
        created_by="crossprompt test",
    )
    return AlignedPrompt(torch.randn(shape.sizes, generator=torch.Generator().manual_seed(seed)), header)


def classifiers(seed: int = 0, seconds: float = 1.0) -> tuple[TunedClassifier, ...]:
    generator = torch.Generator().manual_seed(seed)
    shapes = {"dense.weight": (4, 4), "dense.bias": (4,), "output.weight": (2, 4), "output.bias": (2,)}
    head = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    own = prompt(seed)
    return (
        TunedClassifier(
            own.values, head, ("a", "b"), history(Method.ALIGNED, seed, seconds=seconds), own.header.backbone
        ),
    )


def same_classifiers(left: tuple[TunedClassifier, ...], right: tuple[TunedClassifier, ...]) -> bool:
    return all(
        torch.equal(a.prompt, b.prompt)
        and all(torch.equal(a.head[name], b.head[name]) for name in a.head | b.head)
        and (a.labels, a.history, a.backbone) == (b.labels, b.history, b.backbone)
        for a, b in zip(left, right, strict=True)
    )


def folder(tmp_path: Path, text: str = "<p>docs</p>") -> Path:
    (tmp_path / "docs" / "static").mkdir(parents=True, exist_ok=True)
    (tmp_path / "docs" / "index.html").write_text(text)
    (tmp_path / "docs" / "static" / "style.css").write_text("p {}")
    return tmp_path / "docs"


def same_prompt(left: AlignedPrompt, right: AlignedPrompt) -> bool:
    return left.header == right.header and torch.equal(left.values, right.values)


def same_rows(left: Dataset, right: Dataset) -> bool:
    return left.to_list() == right.to_list() and left.features == right.features


def same_files(left: Path, right: Path) -> bool:
    return {p.relative_to(left): p.read_bytes() for p in left.rglob("*.*")} == {
        p.relative_to(right): p.read_bytes() for p in right.rglob("*.*")
    }


Case = tuple[type[SealedMaterializer], Callable[[Path], Any], Callable[[Path], Any], Callable[[Any, Any], bool]]
CASES: dict[str, Case] = {
    "dataset": (DatasetMaterializer, lambda _: rows(), lambda _: rows(6), same_rows),
    "empty dataset": (DatasetMaterializer, lambda _: rows().select([]), lambda _: rows(), same_rows),
    "record": (
        RecordMaterializer,
        lambda _: SUMMARY,
        lambda _: SUMMARY.model_copy(update={"corpus": "other"}),
        lambda a, b: a == b,
    ),
    "page": (
        PageMaterializer,
        lambda _: HTMLString("<p>é</p>\r\n"),
        lambda _: HTMLString("<p>e</p>"),
        lambda a, b: a == b,
    ),
    "prompt": (PromptMaterializer, lambda _: prompt(), lambda _: prompt(1), same_prompt),
    "classifiers": (ClassifiersMaterializer, lambda _: classifiers(), lambda _: classifiers(1), same_classifiers),
    "folder": (FolderMaterializer, folder, lambda p: folder(p / "other", "<p>else</p>"), same_files),
}


@pytest.fixture(params=["local", "remote"])
def store(request: pytest.FixtureRequest, zenml_stack: str) -> Any:
    return Client().active_stack.artifact_store if request.param == "local" else MemoryStore()


def address(store: Any) -> str:
    return f"{store.path}/test/{uuid4()}"


def saved(store: BaseArtifactStore, kind: type[SealedMaterializer], value: Any) -> str:
    uri = address(store)
    kind(uri, store).save(value)
    return uri


@pytest.mark.parametrize("case", CASES)
def test_what_is_loaded_equals_what_was_saved(case: str, store: Any, tmp_path: Path) -> None:
    kind, make, _, same = CASES[case]
    value = make(tmp_path)
    uri = saved(store, kind, value)
    assert same(kind(uri, store).load(type(value)), value)


@pytest.mark.parametrize("case", CASES)
def test_the_content_hash_follows_the_content(case: str, zenml_stack: str, tmp_path: Path) -> None:
    kind, make, make_other, _ = CASES[case]
    store = Client().active_stack.artifact_store
    value, other = make(tmp_path), make_other(tmp_path)
    materializer = kind(address(store), store)
    materializer.save(value)
    loaded = materializer.load(type(value))
    assert materializer.compute_content_hash(loaded) == materializer.compute_content_hash(value)
    assert materializer.compute_content_hash(other) != materializer.compute_content_hash(value)


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_is_gone_is_noticed(case: str, zenml_stack: str, tmp_path: Path) -> None:
    kind, make, _, _ = CASES[case]
    store = Client().active_stack.artifact_store
    value = make(tmp_path)
    uri = saved(store, kind, value)
    (Path(uri) / sorted(read_manifest(store, uri).files)[0]).unlink()
    with pytest.raises(ArtifactError, match=r"is gone; run the pipeline again"):
        kind(uri, store).load(type(value))


@pytest.mark.parametrize("case", CASES)
def test_a_flipped_bit_is_noticed(case: str, zenml_stack: str, tmp_path: Path) -> None:
    kind, make, _, _ = CASES[case]
    store = Client().active_stack.artifact_store
    value = make(tmp_path)
    uri = saved(store, kind, value)
    file = Path(uri) / sorted(read_manifest(store, uri).files)[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match="was altered"):
        kind(uri, store).load(type(value))


def test_a_flipped_bit_in_a_remote_store_is_noticed() -> None:
    store: Any = MemoryStore()
    uri = saved(store, RecordMaterializer, SUMMARY)
    with store.open(f"{uri}/record.json", "wb") as stream:
        stream.write(SUMMARY.model_copy(update={"corpus": "samplf"}).model_dump_json(indent=1).encode())
    with pytest.raises(ArtifactError, match="was altered"):
        RecordMaterializer(uri, store).load(CorpusSummary)


@pytest.mark.parametrize("damage", ["missing", "torn"])
def test_an_artifact_without_a_whole_manifest_is_not_trusted(damage: str, zenml_stack: str) -> None:
    store = Client().active_stack.artifact_store
    uri = saved(store, RecordMaterializer, SUMMARY)
    manifest = Path(uri) / MANIFEST
    manifest.unlink() if damage == "missing" else manifest.write_bytes(manifest.read_bytes()[:40])
    with pytest.raises(ArtifactError, match=r"never finished|was altered"):
        RecordMaterializer(uri, store).load(CorpusSummary)


def test_a_save_that_fails_leaves_no_manifest(zenml_stack: str, tmp_path: Path) -> None:
    store = Client().active_stack.artifact_store
    uri = address(store)
    with pytest.raises(NotADirectoryError, match="to be stored as a folder"):
        FolderMaterializer(uri, store).save(tmp_path / "nothing")
    assert not store.exists(f"{uri}/{MANIFEST}")


def test_a_moved_folder_is_described_as_a_copied_one_and_stays_nowhere_else(store: Any, tmp_path: Path) -> None:
    value, same = folder(tmp_path / "a"), folder(tmp_path / "b")
    moved, copied = MovedFolderMaterializer(address(store), store), FolderMaterializer(address(store), store)
    for materializer, data in ((moved, value), (copied, same)):
        materializer.save(data)
    assert (value.exists(), same.exists()) == (False, True)
    assert moved.describe(value) == copied.describe(same)
    assert moved.compute_content_hash(value) == copied.compute_content_hash(same)
    assert moved.compute_content_hash(moved.load(Path)) == copied.compute_content_hash(same)
    with pytest.raises(NotADirectoryError, match="to be stored as a folder"):
        MovedFolderMaterializer(address(store), store).save(value)


def test_wall_times_are_no_content(zenml_stack: str) -> None:
    materializer = RecordMaterializer("unused")
    assert materializer.content_hash(Timed(value=1, seconds=2.0)) == materializer.content_hash(
        Timed(value=1, seconds=3.0)
    )
    assert materializer.content_hash(Timed(value=1, seconds=2.0)) != materializer.content_hash(
        Timed(value=2, seconds=2.0)
    )


def test_wall_times_of_trainings_are_no_content(zenml_stack: str) -> None:
    materializer = ClassifiersMaterializer("unused")
    assert materializer.content_hash(classifiers(seconds=1)) == materializer.content_hash(classifiers(seconds=2))


def test_the_hash_of_a_table_ignores_chunks_and_row_indices(zenml_stack: str) -> None:
    from datasets import concatenate_datasets

    materializer = DatasetMaterializer("unused")
    whole = rows(10)
    pieces = concatenate_datasets([whole.select(range(3)), whole.select(range(3, 10))])
    shuffled_back = whole.select(list(reversed(range(10)))).select(list(reversed(range(10))))
    assert materializer.content_hash(pieces) == materializer.content_hash(whole)
    assert materializer.content_hash(shuffled_back) == materializer.content_hash(whole)
    assert materializer.content_hash(whole.select(list(reversed(range(10))))) != materializer.content_hash(whole)


def test_an_index_over_the_rows_makes_no_larger_file(zenml_stack: str, tmp_path: Path) -> None:
    """Left to itself, Arrow writes such rows as a batch each, of 4 kB."""
    whole, sizes = rows(3000), []
    for name, table in (("whole", whole), ("indexed", whole.select(list(reversed(range(3000)))))):
        (tmp_path / name).mkdir()
        DatasetMaterializer("unused").write_files(table, tmp_path / name)
        sizes.append((tmp_path / name / "data.arrow").stat().st_size)
    assert sizes[1] == pytest.approx(sizes[0], rel=0.01)


def test_a_loaded_table_is_mapped_from_the_store(zenml_stack: str) -> None:
    store = Client().active_stack.artifact_store
    uri = saved(store, DatasetMaterializer, rows())
    loaded = DatasetMaterializer(uri, store).load(Dataset)
    assert [Path(file["filename"]).parent for file in loaded.cache_files] == [Path(uri)]


@pytest.mark.parametrize("case", ["dataset", "record", "page"])
def test_visualisations_escape_the_text_and_do_not_disturb_the_seal(
    case: str, zenml_stack: str, tmp_path: Path
) -> None:
    kind, make, _, same = CASES[case]
    store = Client().active_stack.artifact_store
    value = make(tmp_path)
    uri = saved(store, kind, value)
    shown = kind(uri, store).save_visualizations(value)
    assert all(Path(file).is_file() for file in shown)
    if case == "dataset":
        assert "&lt;b&gt;" in Path(next(iter(shown))).read_text(encoding="utf-8")
    assert same(kind(uri, store).load(type(value)), value)
    assert "manifest_sha256" in kind(uri, store).extract_metadata(value)
    shutil.rmtree(uri)
