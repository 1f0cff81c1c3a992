"""Tiny randomly initialised models of the three families, saved as folders with tokenizers made here.

Random weights hardly ever end a text, so the end is made likely; some texts still go on for ever, which is a case of
its own. What such a model writes means nothing, but it is the same whichever way it is computed.
"""

from __future__ import annotations

import json
from pathlib import Path

import sentencepiece
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    M2M100Tokenizer,
    NllbTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
)
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

POSITIONS = 64
SLOW = 2
"""The dimension whose wave of the position rises over the first 21 tokens."""
TEXTS = [
    "Is Elm Park open?",
    "Yes, until nine in the evening; the gate on the river side closes at eight.",
    "Good.",
    "Could you find me a table for four people at a quiet place near the station, please?",
    "I found three: one has a garden.",
    "The second one, thanks!",
]
NLLB_CODES = ["eng_Latn", "swh_Latn", "arb_Arab", "zho_Hant", "nob_Latn", "pbt_Arab"]
MADLAD_CODES = ["<2en>", "<2sw>", "<2ar>", "<2zh_Hant>", "<2no>"]


def save_nllb(folder: Path) -> Path:
    """NLLB-200: architecture m2m_100, languages told by ISO 639-3 and script."""
    trained = _train_bpe()
    parts = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in parts["merges"]]
    tokenizer = NllbTokenizer(vocab=parts["vocab"], merges=merges, extra_special_tokens=NLLB_CODES)
    return _save(_m2m_model(len(tokenizer), tokenizer.eos_token_id), tokenizer, folder)


def save_m2m(folder: Path) -> Path:
    """M2M-100: the same architecture, a SentencePiece model, languages told by two letters."""
    folder.mkdir(parents=True, exist_ok=True)
    trained = folder.with_name("sentencepiece")
    _train_sentencepiece(trained)
    pieces = sentencepiece.SentencePieceProcessor(model_file=f"{trained}.model")
    names = ["<s>", "<pad>", "</s>", "<unk>"]
    names += [piece for piece in map(pieces.id_to_piece, range(pieces.get_piece_size())) if piece not in names]
    (folder / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    codes = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]  # as in the hub's folders
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), f"{trained}.model", extra_special_tokens=codes)
    words = len(names) + len(tokenizer.lang_token_to_id) + tokenizer.num_madeup_words
    return _save(_m2m_model(words, tokenizer.eos_token_id), tokenizer, folder)


def save_madlad(folder: Path) -> Path:
    """MADLAD-400: T5 1.1, the target's language told in the source."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((code, 0.0) for code in MADLAD_CODES), ("▁", -2.0)]
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(
        TEXTS, trainers.UnigramTrainer(vocab_size=90, special_tokens=["<unk>"], unk_token="<unk>")
    )
    known = {name for name, _ in pieces}
    pieces += [tuple(piece) for piece in json.loads(trained.to_str())["model"]["vocab"] if piece[0] not in known]
    tokenizer = T5Tokenizer(vocab=pieces, extra_ids=0, additional_special_tokens=None)
    return _save(_t5_model(len(tokenizer), tokenizer.eos_token_id), tokenizer, folder)


def _m2m_model(words: int, end: int) -> M2M100ForConditionalGeneration:
    config = M2M100Config(
        vocab_size=words,
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=POSITIONS,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=end,
        decoder_start_token_id=end,
        scale_embedding=True,
        dropout=0.0,
        attention_dropout=0.0,
    )
    model = M2M100ForConditionalGeneration(config)
    _randomise(model, seed=16)
    _end_by_position(model, end)
    return model


def _end_by_position(model: M2M100ForConditionalGeneration, end: int) -> None:
    """Make the end likelier from token to token: one dimension holds a slow wave of the position and nothing else."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("out_proj.weight", "fc2.weight", "out_proj.bias", "fc2.bias")):
                parameter[SLOW] = 0.0
        model.model.shared.weight[:, SLOW] = 0.0
        model.model.shared.weight[end] = 0.0
        model.model.shared.weight[end, SLOW] = 22.0


def _t5_model(words: int, end: int) -> T5ForConditionalGeneration:
    config = T5Config(
        vocab_size=words,
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=2,
        n_positions=POSITIONS,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        pad_token_id=0,
        eos_token_id=end,
        decoder_start_token_id=0,
        dropout_rate=0.0,
    )
    model = T5ForConditionalGeneration(config)
    model.config.tie_word_embeddings = False  # transformers sets it to True, and goes by the weights it finds
    model.lm_head.weight = torch.nn.Parameter(torch.zeros(words, config.d_model))
    _randomise(model, seed=14)
    with torch.no_grad():
        model.lm_head.weight[end] *= 5.5
    return model


def _randomise(model: PreTrainedModel, seed: int) -> None:
    """Weights that make clear differences, so that no sum's last digit decides."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.4, generator=generator)
            elif name.endswith("bias"):
                parameter.normal_(std=0.1, generator=generator)


def _train_bpe() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def _train_sentencepiece(prefix: Path) -> None:
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 4),
        model_prefix=str(prefix),
        vocab_size=70,
        model_type="bpe",
        hard_vocab_limit=False,
        minloglevel=2,
    )


def _save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> Path:
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


SAVERS = {"nllb": save_nllb, "m2m": save_m2m, "madlad": save_madlad}
SWAHILI = {"nllb": "swh_Latn", "m2m": "__sw__", "madlad": "<2sw>"}
ARABIC = {"nllb": "arb_Arab", "m2m": "__ar__", "madlad": "<2ar>"}
