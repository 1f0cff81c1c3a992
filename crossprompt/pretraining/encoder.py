"""The forward of an XLM-R encoder on packed rows: transformers' modules and weights, without padding between them.

The same numbers as ``XLMRobertaModel`` on each row alone (a test compares them), for about three quarters of the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from crossprompt.pretraining.packing import PADDED_MASKED, PackedRows
from crossprompt.pretraining.vocabulary import IGNORED, vocabulary_losses

if TYPE_CHECKING:
    from transformers import XLMRobertaForMaskedLM


def embed_packed(model: XLMRobertaForMaskedLM, parts: Sequence[PackedRows]) -> list[Tensor]:
    """Embeddings ``[tokens, width]`` of each part. One look-up for all: each costs a gradient of the whole table."""
    ids = torch.cat([part.input_ids for part in parts])
    positions = torch.cat([part.position_ids for part in parts])
    embedded = model.roberta.embeddings(input_ids=ids[None], position_ids=positions[None])[0]
    return list(embedded.split([len(part.input_ids) for part in parts]))


def encode_packed(model: XLMRobertaForMaskedLM, packed: PackedRows, embedded: Tensor) -> Tensor:
    """The last layer's hidden states of all tokens, ``[tokens, width]``."""
    hidden = embedded
    for layer in model.roberta.encoder.layer:
        hidden = _layer(layer, hidden, packed)
    return hidden


def token_losses(model: XLMRobertaForMaskedLM, hidden: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy at each masked place, ``[masked]``, in float32.

    Args:
        model: Whose head is used.
        hidden: States at the masked places, ``[masked, width]``.
        targets: Token ids that stood there, ``[masked]``.
    """
    head, missing = model.lm_head, -len(targets) % PADDED_MASKED
    features = head.layer_norm(functional.gelu(head.dense(functional.pad(hidden, (0, 0, 0, missing)))))
    return padded_losses(features, head.decoder.weight, head.decoder.bias, targets)


def padded_losses(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy over the vocabulary, ``[targets]``, in float32; products in the precision of autocast.

    Args:
        features: ``[rows, width]``, as many as there are targets and padding behind them.
        weight: ``[vocabulary, width]``.
        bias: ``[vocabulary]``.
        targets: Token ids, ``[targets]``.
    """
    padded = functional.pad(targets, (0, len(features) - len(targets)), value=IGNORED)
    if torch.is_autocast_enabled(features.device.type):
        features = features.to(torch.get_autocast_dtype(features.device.type))
    return vocabulary_losses(features, weight, bias, padded)[: len(targets)]


def _layer(layer: Any, hidden: Tensor, packed: PackedRows) -> Tensor:
    attention = layer.attention
    context = _attend(attention.self, hidden, packed)
    hidden = attention.output.LayerNorm(attention.output.dense(context) + hidden)
    inner = layer.intermediate.intermediate_act_fn(layer.intermediate.dense(hidden))
    updated: Tensor = layer.output.LayerNorm(layer.output.dense(inner) + hidden)
    return updated


def _attend(attention: Any, hidden: Tensor, packed: PackedRows) -> Tensor:
    """What the heads see, ``[tokens, width]``."""
    joined = project_together(hidden, (attention.query, attention.key, attention.value))
    return attend_packed(joined, packed, attention.num_attention_heads, attention.scaling)


def project_together(hidden: Tensor, projections: Sequence[Any]) -> Tensor:
    """Queries, keys and values in one product, ``[tokens, 3 * width]``."""
    weight = torch.cat([projection.weight for projection in projections])
    bias = torch.cat([projection.bias for projection in projections])
    return functional.linear(hidden, weight, bias)


def attend_packed(joined: Tensor, packed: PackedRows, heads: int, scaling: float, *, causal: bool = False) -> Tensor:
    """What the heads see of their own row, ``[tokens, width]``.

    Args:
        joined: Queries, keys and values, ``[tokens, 3 * width]``.
        packed: Which token is of which row.
        heads: How many there are.
        scaling: Of the products of queries and keys.
        causal: No token looks at those behind it.
    """
    padded = _rearrange(joined, packed.slots, packed.places)
    contexts = []
    first = 0
    for chunk in packed.chunks:
        size = chunk.rows * chunk.length
        own = padded[first : first + size].view(chunk.rows, chunk.length, 3, heads, -1)
        visible = chunk.visible.tile(1, 1, chunk.length, 1).tril() if causal else chunk.visible
        contexts.append(_attention(own, visible, scaling))
        first += size
    unused = joined.new_zeros(1, contexts[0].shape[1])
    return _rearrange(torch.cat([*contexts, unused]), packed.places, packed.slots)


def _attention(heads: Tensor, visible: Tensor, scaling: float) -> Tensor:
    """Plain attention of one chunk: ``[rows, length, 3, heads, size]`` to ``[rows * length, heads * size]``."""
    query, key, value = heads.permute(2, 0, 3, 1, 4)
    scores = (query @ key.transpose(2, 3)) * scaling
    weights = scores.masked_fill(~visible, torch.finfo(scores.dtype).min).softmax(-1)
    context: Tensor = (weights.to(value.dtype) @ value).transpose(1, 2).flatten(2).flatten(0, 1)
    return context


def _rearrange(values: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
    arranged: Tensor = _Rearrange.apply(values, index, inverse)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return arranged


class _Rearrange(torch.autograd.Function):
    """``values[index]`` along the first dimension, where ``inverse`` undoes it; padding's gradient is zero.

    The general gradient of indexing adds up row by row; here each row but the padding's is used once, so this is too.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
        ctx.save_for_backward(inverse)
        return values.index_select(0, index)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (inverse,) = ctx.saved_tensors
        return gradient.index_select(0, inverse), None, None
