"""A tiny randomly initialised XLM-R, saved as a backbone folder with the mini backbone's tokenizer."""

from importlib import resources
from pathlib import Path

import torch
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings

MINI = Path(str(resources.files("crossprompt.assets"))) / "backbone" / "mini"


def tiny_config(**changes):
    values = {
        "vocab_size": 24086,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 66,
        "type_vocab_size": 1,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "initializer_range": 0.5,
    }
    return XLMRobertaConfig(**{**values, **changes})


def save_tiny(folder: Path, **changes) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = XLMRobertaForMaskedLM(tiny_config(**changes))
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((MINI / name).read_bytes())
    return folder


def load_tiny(folder: Path, **settings) -> Backbone:
    return load_backbone(BackboneSettings(**{"name": str(folder), "dtype": "float32", **settings}), device="cpu")
