"""Stage 2 of a pre-training: the pieces that text is cut into."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.pretraining.export import export_tokenizer
from crossprompt.pretraining.settings import VocabularySettings
from crossprompt.pretraining.text import collect_text
from crossprompt.pretraining.tokenizer import train_tokenizer as train
from infra.code_version import step_code_version
from materializers.folder import FolderMaterializer


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"tokenizer": FolderMaterializer})
def train_tokenizer(
    utterances: Dataset,
    vocabulary: VocabularySettings,
    max_tokens: int,
    seed: int,
    corpora: dict[str, str],
    closing: bool = True,
    dialogues: Dataset | None = None,
    sentences: Dataset | None = None,
) -> Annotated[Path, "tokenizer"]:
    """Learn a unigram tokenizer from the training text.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``; only train is looked at, as of the others.
        vocabulary: How many pieces.
        max_tokens: Longest sequence that the model will take.
        seed: Draws the texts.
        corpora: The corpus of each table.
        closing: Put ``</s>`` behind a text; a decoder goes on from it instead.
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        sentences: Rows of ``SENTENCE_FEATURES``.

    Raises:
        PretrainingTextError: A corpus may not be trained on, or has no training rows.
    """
    text = collect_text(utterances, dialogues, sentences, corpora)
    folder = Path(tempfile.mkdtemp(prefix="tokenizer-"))
    export_tokenizer(train(text, vocabulary, seed, closing), folder, max_tokens)
    return folder
