"""What a decoder is worth: how well it tells the next token of utterances that it has not seen."""

from __future__ import annotations

import time

import pyarrow as pa
import pyarrow.compute as compute
import torch
from datasets import Dataset
from torch.nn import functional

from crossprompt.backbones.decoder import Decoder
from crossprompt.pretraining.records import DecoderJudgement
from crossprompt.tasks.shots import select_rows

_ROWS = 32
"""Utterances at once."""


def judge_decoder(decoder: Decoder, utterances: Dataset, loss_utterances: int) -> DecoderJudgement:
    """The loss in every language.

    Args:
        decoder: Frozen.
        utterances: Rows of ``UTTERANCE_FEATURES``; test rows are not looked at.
        loss_utterances: Dev utterances of each language, the first by id.

    Raises:
        TaskDataError: A locale has no dev utterances.
    """
    begin = time.monotonic()
    table = utterances.with_format("arrow")[:]
    table = table.filter(compute.not_equal(table["partition"], "test"))
    locales = sorted(set(compute.unique(table["locale"]).to_pylist()))
    losses = {locale: _dev_loss(decoder, table, locale, loss_utterances) for locale in locales}
    return DecoderJudgement(backbone=decoder.identity.fingerprint, losses=losses, seconds=time.monotonic() - begin)


@torch.inference_mode()
def _dev_loss(decoder: Decoder, table: pa.Table, locale: str, most: int) -> float:
    """Mean cross-entropy of each token behind the first of a locale's dev utterances."""
    texts = select_rows(table, locale, "dev").slice(0, most)["utt"].to_pylist()
    total, count = 0.0, 0
    for first in range(0, len(texts), _ROWS):
        batch = decoder.tokenizer.batch(texts[first : first + _ROWS]).to(decoder.device)
        logits = decoder.next_logits(batch.input_ids, batch.attention_mask)[:, :-1].float()
        targets = batch.input_ids[:, 1:].masked_fill(batch.attention_mask[:, 1:] == 0, -100)
        total += float(functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum"))
        count += int((targets != -100).sum())
    return total / count
