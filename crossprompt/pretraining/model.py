"""A fresh XLM-R encoder with its masked-LM head, or a fresh XGLM decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from crossprompt.pretraining.parallel import Matrix
from crossprompt.pretraining.settings import ModelSettings
from crossprompt.training.randomness import seeded_torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel, XGLMConfig, XLMRobertaConfig

_DEVIATION = 0.02
"""Of fresh weights, as in XLM-R and XGLM."""


def start_embeddings(
    model: PreTrainedModel, vectors: Matrix, known: NDArray[np.bool_], share: float, deviation: float
) -> None:
    """Mix ``vectors`` into the random embeddings of the pieces that are ``known``, in place.

    Args:
        model: Fresh.
        vectors: Of length 1, ``[vocabulary, width]``.
        known: Which pieces have one, ``[vocabulary]``.
        share: Of the variance that comes from them.
        deviation: Of the random embeddings' numbers; the mixture has the same.
    """
    embeddings: Any = model.get_input_embeddings()
    weight: torch.Tensor = embeddings.weight
    scale = deviation * weight.shape[1] ** 0.5
    with torch.no_grad():
        mixed = (1 - share) ** 0.5 * weight + share**0.5 * scale * torch.from_numpy(vectors)
        weight.copy_(torch.where(torch.from_numpy(known)[:, None], mixed, weight))


def fresh_model(settings: ModelSettings, vocabulary_size: int, seed: int) -> PreTrainedModel:
    """A model with random weights, without dropout (text is seen a few times only), in float32 on the CPU."""
    from transformers import XGLMForCausalLM, XLMRobertaForMaskedLM

    with seeded_torch(seed, "model"):
        if settings.kind == "encoder":
            model: PreTrainedModel = XLMRobertaForMaskedLM(_encoder_shape(settings, vocabulary_size))
        else:
            model = XGLMForCausalLM(_decoder_shape(settings, vocabulary_size))
    embeddings: Any = model.get_input_embeddings()
    with torch.no_grad():
        embeddings.weight.mul_(settings.embedding_deviation / _DEVIATION)
    model.train()
    return model


def _encoder_shape(settings: ModelSettings, vocabulary_size: int) -> XLMRobertaConfig:
    from transformers import XLMRobertaConfig

    return XLMRobertaConfig(
        vocab_size=vocabulary_size,
        hidden_size=settings.width,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        intermediate_size=settings.inner,
        max_position_embeddings=settings.positions,
        type_vocab_size=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        initializer_range=_DEVIATION,
        tie_word_embeddings=True,
    )


def _decoder_shape(settings: ModelSettings, vocabulary_size: int) -> XGLMConfig:
    from transformers import XGLMConfig

    return XGLMConfig(
        vocab_size=vocabulary_size,
        d_model=settings.width,
        num_layers=settings.layers,
        attention_heads=settings.heads,
        ffn_dim=settings.inner,
        max_position_embeddings=settings.positions,
        dropout=0.0,
        attention_dropout=0.0,
        init_std=_DEVIATION,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=True,
    )
