"""The packaged decoder: found by its name, small, covering all scripts of the sample, and taught."""

import json
from functools import lru_cache
from importlib import resources
from pathlib import Path

import pytest
from datasets import Dataset

from crossprompt.backbones.decoder import Decoder, load_decoder
from crossprompt.backbones.loading import CAUSAL_LM, BackboneError, locate_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.cloze.label_words import find_label_words
from crossprompt.corpora.ingest import ingest_utterances
from crossprompt.corpora.settings import UtteranceSettings
from crossprompt.pretraining.judge_decoder import judge_decoder
from crossprompt.soft_prompts.settings import SIB200_WORDS

SETTINGS = BackboneSettings(name="mini-decoder", dtype="float32")
SAMPLE = Path(str(resources.files("crossprompt.assets"))) / "sample" / "massive"


@lru_cache(maxsize=1)
def mini_decoder() -> Decoder:
    return load_decoder(SETTINGS, "cpu")


def test_it_is_found_by_its_name_and_small() -> None:
    files = locate_backbone(SETTINGS, CAUSAL_LM)
    assert files.identity.name == "mini-decoder"
    assert sum(file.stat().st_size for file in files.folder.iterdir()) <= 20_000_000
    assert (files.folder / "README.md").is_file()


def test_it_is_no_encoder() -> None:
    with pytest.raises(BackboneError, match="is no masked language model"):
        locate_backbone(SETTINGS)


def test_hardly_a_character_of_the_sample_has_to_be_spelled_in_bytes() -> None:
    tokenizer = mini_decoder().tokenizer
    files = sorted(SAMPLE.rglob("*.jsonl"))
    assert len(files) == 52
    for file in files:
        texts = [json.loads(line)["utt"] for line in file.read_text(encoding="utf-8").splitlines()]
        pieces = [piece for ids in tokenizer.encode(texts) for piece in tokenizer.spelled(ids)]
        in_bytes = sum(piece.startswith("<0x") for piece in pieces)
        assert in_bytes < 0.03 * len(pieces), file.stem


def test_the_topics_words_are_one_token_each() -> None:
    words = find_label_words(SIB200_WORDS, tuple(SIB200_WORDS), mini_decoder().tokenizer)
    assert len(set(words.ids)) == 7


def test_it_tells_the_next_token_in_every_language(tmp_path: Path) -> None:
    """Knowing nothing costs 10.1 nats a token; its card has 4.7 for English and 6.8 on average of other texts."""
    sample = ingest_utterances(UtteranceSettings(), None, tmp_path, progress=False).utterances
    rows = [row | {"partition": "dev"} for row in sample if row["partition"] == "test"]
    losses = judge_decoder(mini_decoder(), Dataset.from_list(rows, features=sample.features), 20).losses
    assert len(losses) == 52
    assert max(losses.values()) < 8.0
    assert sum(losses.values()) < 7.0 * 52
    assert losses["en-US"] < 5.0
