import json

import pytest
from safetensors.torch import load_file, save_file
from transformers import XLMRobertaModel

from crossprompt.backbones.loading import BackboneError, fingerprint_backbone, locate_backbone
from crossprompt.backbones.settings import BackboneSettings
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny, tiny_config


def refusal(**settings):
    with pytest.raises(BackboneError) as caught:
        load_tiny(settings.pop("name"), **settings)
    return str(caught.value)


def test_the_packaged_backbone_is_found_by_its_name():
    files = locate_backbone(BackboneSettings())
    assert files.identity.name == "mini"
    assert files.identity.fingerprint == fingerprint_backbone(files.folder)


def test_the_fingerprint_follows_weights_and_tokenizer(tmp_path):
    folder = save_tiny(tmp_path)
    first = fingerprint_backbone(folder)
    (folder / "notes.txt").write_text("of no importance")
    assert fingerprint_backbone(folder) == first
    (folder / "tokenizer_config.json").write_text("{}")
    assert fingerprint_backbone(folder) != first


@pytest.mark.parametrize(
    ("name", "what"),
    [("config.json", "no configuration"), ("model.safetensors", "no weights"), ("tokenizer.json", "no tokenizer")],
)
def test_a_missing_file_is_named(tmp_path, name, what):
    folder = save_tiny(tmp_path)
    (folder / name).unlink()
    assert what in refusal(name=folder)


def test_a_missing_shard_is_named(tmp_path):
    folder = save_tiny(tmp_path)
    index = {"metadata": {}, "weight_map": {"x": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "model-00001-of-00002.safetensors" in refusal(name=folder)


def test_an_encoder_without_a_masked_lm_head_is_refused(tmp_path):
    folder = save_tiny(tmp_path)
    XLMRobertaModel(tiny_config()).save_pretrained(folder)
    assert "is no masked language model" in refusal(name=folder)


def test_weights_that_lack_the_head_are_refused(tmp_path):
    folder = save_tiny(tmp_path)
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "lm_head.dense" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    assert "lack lm_head.dense" in refusal(name=folder)


@pytest.mark.parametrize("revision", [None, "main", "abc123"])
def test_a_hub_model_needs_a_full_commit(revision):
    assert "40 hex digits" in refusal(name="someone/some-model", revision=revision)


def test_a_missing_folder_is_no_hub_model():
    assert "no such folder" in refusal(name="./nowhere/at/all")


def test_a_hub_model_that_is_not_cached_is_an_error_offline(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    message = refusal(name="someone/some-model", revision="0" * 40)
    assert "not in the local cache" in message
