"""Classifiers go to disk and come back; what is altered or incomplete is refused."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from crossprompt.backbones.records import BackboneIdentity
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.file import INDEX, ClassifierFileError, load_classifiers, save_classifiers
from crossprompt.tasks.heads import IntentHead
from crossprompt.tasks.records import Method
from tests.crossprompt.tasks.histories import history

IDENTITY = BackboneIdentity(name="toy", revision=None, fingerprint="0" * 64)


def classifier(method: Method = Method.FRESH, seed: int = 0) -> TunedClassifier:
    generator = torch.Generator().manual_seed(seed)
    head = IntentHead.fresh(4, 2, 0.0, generator).state_dict()
    return TunedClassifier(
        torch.randn(1, 2, 2, 3, 2, generator=generator), head, ("a", "b"), history(method, seed), IDENTITY
    )


def both() -> list[TunedClassifier]:
    return [classifier(method, seed) for method in Method for seed in (0, 1)]


def test_classifiers_come_back_as_they_were(tmp_path):
    save_classifiers(both(), tmp_path)
    loaded = load_classifiers(tmp_path)
    for before, after in zip(both(), loaded, strict=True):
        assert (after.key, after.labels, after.history) == (before.key, before.labels, before.history)
        assert after.backbone == before.backbone
        assert torch.equal(after.prompt, before.prompt)
        assert all(torch.equal(after.head[name], before.head[name]) for name in before.head)
    assert len(list(tmp_path.iterdir())) == 5


def test_a_head_on_every_token_comes_back_too(tmp_path):
    tagger = dataclasses.replace(classifier(), head={"output.weight": torch.ones(2, 4), "output.bias": torch.zeros(2)})
    save_classifiers([tagger], tmp_path)
    (loaded,) = load_classifiers(tmp_path)
    assert set(loaded.head) == {"output.weight", "output.bias"}


def test_an_altered_or_missing_file_is_refused(tmp_path):
    save_classifiers(both(), tmp_path)
    victim = tmp_path / "fresh-1.safetensors"
    content = bytearray(victim.read_bytes())
    content[-1] ^= 1
    victim.write_bytes(content)
    with pytest.raises(ClassifierFileError, match=r"fresh-1\.safetensors is missing or not what"):
        load_classifiers(tmp_path)
    victim.unlink()
    with pytest.raises(ClassifierFileError, match=r"fresh-1\.safetensors is missing"):
        load_classifiers(tmp_path)


def test_a_folder_without_an_index_is_refused(tmp_path):
    with pytest.raises(ClassifierFileError, match="no \\(complete\\) classifiers"):
        load_classifiers(tmp_path)
    (tmp_path / INDEX).write_text("{}")
    with pytest.raises(ClassifierFileError, match="can't be understood"):
        load_classifiers(tmp_path)


def test_collections_that_make_no_sense_are_refused(tmp_path):
    with pytest.raises(ClassifierFileError, match="no classifiers"):
        save_classifiers([], tmp_path)
    with pytest.raises(ClassifierFileError, match="same method and seed"):
        save_classifiers([classifier(), classifier()], tmp_path)
    other = dataclasses.replace(classifier(seed=1), labels=("a", "c"))
    with pytest.raises(ClassifierFileError, match="different labels"):
        save_classifiers([classifier(), other], tmp_path)
