"""Sentences as vectors: one forward of the frozen backbone, with a deep prompt or without, and one or more poolings."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from tqdm import tqdm

from crossprompt.backbones.encoder import Backbone
from crossprompt.retrieval.settings import PoolingSettings, RetrievalSettings
from crossprompt.tasks.batches import inference_batches, inference_tokens, padding_multiple


class PoolingError(ValueError):
    """The backbone has not the layer that a pooling wants."""


@torch.inference_mode()
def embed_sentences(
    texts: Sequence[str],
    backbone: Backbone,
    prompt: Tensor | None,
    settings: RetrievalSettings,
    *,
    progress: bool = True,
) -> list[Tensor]:
    """The vectors of ``texts``, one tensor ``[texts, width]`` in float32 on the CPU per pooling of the settings.

    Sentences are computed in batches of similar length, each once; give distinct ones.

    Args:
        texts: What to embed.
        backbone: The frozen encoder.
        prompt: A deep prompt ``[layers, 2, heads, P, head_dim]`` for all sentences; None: the plain backbone.
        settings: Poolings and batches.
        progress: Show a bar with rate and time left.

    Raises:
        PoolingError: A pooling wants a layer that the backbone has not.
        ValueError: The prompt doesn't fit the backbone.
    """
    layers = [_layer(pooling, backbone) for pooling in settings.poolings]
    if prompt is not None:
        prompt = prompt.to(backbone.device, backbone.dtype)
    sequences = backbone.tokenizer.encode(texts)
    tokens = settings.tokens_per_batch or inference_tokens(backbone)
    vectors = [torch.empty(len(texts), backbone.width) for _ in layers]
    with tqdm(
        total=sum(map(len, sequences)), unit="tokens", unit_scale=True, desc="embed", disable=not progress
    ) as bar:
        for batch in inference_batches(sequences, backbone.tokenizer, tokens, padding_multiple(backbone)):
            rows, padded = list(batch.positions), batch.tokens.to(backbone.device)
            hidden = backbone.encode_layers(padded.input_ids, padded.attention_mask, prompt, layers)
            for vector, states, pooling in zip(vectors, hidden, settings.poolings, strict=True):
                vector[rows] = pool(states, padded.attention_mask, pooling).cpu()
            bar.update(sum(len(sequences[row]) for row in rows))
    return vectors


def pool(hidden: Tensor, attention_mask: Tensor, pooling: PoolingSettings) -> Tensor:
    """One vector per sentence, ``[batch, width]`` in float32.

    Args:
        hidden: ``[batch, tokens, width]``.
        attention_mask: ``[batch, tokens]``, 1 for ``<s>``, text and ``</s>``, 0 for padding on the right.
        pooling: Which.
    """
    if pooling.kind == "start":
        return hidden[:, 0].float()
    text = _text_mask(attention_mask).to(torch.float32)
    return torch.einsum("bt,btw->bw", text, hidden.float()) / text.sum(dim=1, keepdim=True)


def _text_mask(attention_mask: Tensor) -> Tensor:
    """Where text is: neither ``<s>`` nor ``</s>``; a sentence without any text keeps ``<s>``."""
    lengths = attention_mask.sum(dim=1, keepdim=True)
    places = torch.arange(attention_mask.shape[1], device=attention_mask.device)
    empty = lengths <= 2
    return torch.where(empty, places == 0, (places > 0) & (places < lengths - 1))


def _layer(pooling: PoolingSettings, backbone: Backbone) -> int:
    last = backbone.prompt_shape(1).layers
    if pooling.layer is not None and pooling.layer > last:
        raise PoolingError(
            f"retrieval.poolings: {pooling.name} wants layer {pooling.layer}, but {backbone.identity.name!r} has {last}"
        )
    return last if pooling.layer is None else pooling.layer
