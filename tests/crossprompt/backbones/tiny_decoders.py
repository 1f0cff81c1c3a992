"""Tiny randomly initialised XGLM and BLOOM models, saved as backbone folders with the pieces of the mini backbone."""

import json
from pathlib import Path

import torch
from transformers import BloomConfig, BloomForCausalLM, XGLMConfig, XGLMForCausalLM

from crossprompt.backbones.decoder import Decoder, load_decoder
from crossprompt.backbones.settings import BackboneSettings
from tests.crossprompt.backbones.tiny import MINI

VOCABULARY = 24086
FAMILIES = ("xglm", "bloom")
SPECIAL = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}


def tiny_xglm(**changes):
    values = {
        "vocab_size": VOCABULARY,
        "d_model": 16,
        "num_layers": 2,
        "attention_heads": 2,
        "ffn_dim": 32,
        "max_position_embeddings": 64,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        **SPECIAL,
    }
    return XGLMForCausalLM(XGLMConfig(**{**values, **changes}))


def tiny_bloom(**changes):
    values = {
        "vocab_size": VOCABULARY,
        "hidden_size": 16,
        "n_layer": 2,
        "n_head": 2,
        "seq_length": 64,
        "hidden_dropout": 0.0,
        "attention_dropout": 0.0,
        **SPECIAL,
    }
    return BloomForCausalLM(BloomConfig(**{**values, **changes}))


def save_tiny_decoder(folder: Path, family: str, **changes) -> Path:
    """A model of ``family`` whose texts open as XGLM's do, with ``</s>``, or as BLOOM's, with nothing."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = {"xglm": tiny_xglm, "bloom": tiny_bloom}[family](**changes)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    save_tokenizer(folder, opening="</s>" if family == "xglm" else None)
    return folder


def save_tokenizer(folder: Path, opening: str | None) -> None:
    """The mini backbone's pieces, with ``opening`` before a text and nothing behind it."""
    tokenizer = json.loads((MINI / "tokenizer.json").read_text(encoding="utf-8"))
    special = {"id": opening, "ids": [2], "tokens": [opening]}
    text = [{"Sequence": {"id": "A", "type_id": 0}}]
    template = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": opening, "type_id": 0}}, *text],
        "pair": [*text, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {opening: special},
    }
    tokenizer["post_processor"] = template if opening else None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (folder / "tokenizer_config.json").write_bytes((MINI / "tokenizer_config.json").read_bytes())


def load_tiny_decoder(folder: Path, **settings) -> Decoder:
    return load_decoder(BackboneSettings(**{"name": str(folder), "dtype": "float32", **settings}), device="cpu")
