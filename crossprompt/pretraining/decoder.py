"""The forward of an XGLM decoder on packed rows: transformers' modules and weights, without padding between them.

The same numbers as ``XGLMForCausalLM`` on each row alone (a test compares them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.nn import functional

from crossprompt.pretraining.batches import PretrainingBatch
from crossprompt.pretraining.encoder import attend_packed, padded_losses, project_together
from crossprompt.pretraining.packing import PADDED_MASKED, PackedRows

if TYPE_CHECKING:
    from transformers import XGLMForCausalLM


def causal_losses(model: XGLMForCausalLM, batch: PretrainingBatch) -> Tensor:
    """Cross-entropy of each next token of a batch, ``[targets]``, in float32."""
    packed, decoder = batch.first, model.model
    hidden = decoder.embed_tokens(packed.input_ids) + decoder.embed_positions.weights[packed.position_ids]
    for layer in decoder.layers:
        hidden = _layer(layer, hidden, packed)
    asked = hidden.index_select(0, packed.masked)
    features = decoder.layer_norm(functional.pad(asked, (0, 0, 0, -len(asked) % PADDED_MASKED)))
    weight = model.lm_head.weight
    return padded_losses(features, weight, weight.new_zeros(len(weight)), batch.targets)


def _layer(layer: Any, hidden: Tensor, packed: PackedRows) -> Tensor:
    attention = layer.self_attn
    projections = (attention.q_proj, attention.k_proj, attention.v_proj)
    joined = project_together(layer.self_attn_layer_norm(hidden), projections)
    context = attend_packed(joined, packed, attention.num_heads, attention.scaling, causal=True)
    hidden = hidden + attention.out_proj(context)
    updated: Tensor = hidden + layer.fc2(layer.activation_fn(layer.fc1(layer.final_layer_norm(hidden))))
    return updated
