"""The frozen multilingual encoder, and how deep prompts steer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from crossprompt.backbones.cache import PromptCache
from crossprompt.backbones.first_token import first_token_only, one_token_only
from crossprompt.backbones.frozen import FrozenModel
from crossprompt.backbones.loading import MASKED_LM, BackboneError, load_ready, masked_lm_head
from crossprompt.backbones.readout import Readout, readout_places
from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.backbones.soft_tokens import embed_with_soft_tokens
from crossprompt.backbones.tokenizer import BackboneTokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Backbone(FrozenModel):
    """A masked language model whose parameters never change.

    A deep prompt shifts no positions, so it takes away nothing of the text's length.
    """

    tokenizer: BackboneTokenizer

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: BackboneTokenizer,
        identity: BackboneIdentity,
        dropout: bool = False,
        settings: BackboneSettings | None = None,
    ) -> None:
        """Wrap a loaded model; freezes it and turns its dropout off until a training forward asks for it."""
        super().__init__(model, tokenizer, identity, dropout, settings)
        self._encoder = model.base_model
        self._head = masked_lm_head(model)

    def load_anew(self, settings: BackboneSettings) -> Backbone:
        """As :meth:`.FrozenModel.load_anew` says."""
        return load_backbone(settings, self.device)

    def prompt_shape(self, length: int) -> PromptShape:
        """The shape of a deep prompt of ``length`` positions for this model."""
        heads = int(self.model.config.num_attention_heads)
        return PromptShape(
            layers=int(self.model.config.num_hidden_layers), heads=heads, length=length, head_dim=self.width // heads
        )

    def encode(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        prompt: Tensor | None = None,
        *,
        owners: Tensor | None = None,
        training: bool = False,
        first_only: bool = False,
    ) -> Tensor:
        """The last layer's hidden states, ``[batch, tokens, width]`` in the model's precision.

        Positions are not shifted by the prompt: the first token stands at the first position with it and without.

        Args:
            input_ids: ``[batch, tokens]``.
            attention_mask: ``[batch, tokens]``, 1 for text and 0 for padding; padding changes no text's hidden state.
            prompt: Keys and values before those of every layer, ``[layers, 2, heads, P, head_dim]`` for all examples or
                ``[batch, layers, 2, heads, P, head_dim]``, one for each; any floating precision.
            owners: ``[batch]``; then ``prompt`` is ``[prompts, layers, 2, heads, P, head_dim]`` and each example
                carries the one it names.
            training: Turn the frozen model's own dropout on, if its settings say so.
            first_only: Only the first token's, ``[batch, 1, width]``, with less work.

        Raises:
            ValueError: The prompt doesn't fit this model or this batch.
        """
        self.switch_dropout(training and self.dropout)
        inputs = self._inputs(input_ids, attention_mask, prompt, owners)
        with first_token_only(self._encoder, first_only):
            hidden: Tensor = self._encoder(**inputs).last_hidden_state
        return hidden

    def encode_layers(
        self, input_ids: Tensor, attention_mask: Tensor, prompt: Tensor | None, layers: Sequence[int]
    ) -> list[Tensor]:
        """The hidden states after each of ``layers``, ``[batch, tokens, width]``, from one forward without dropout.

        Args:
            input_ids: See :meth:`encode`.
            attention_mask: See :meth:`encode`.
            prompt: See :meth:`encode`.
            layers: 0 is what the embeddings give; the number of layers gives what :meth:`encode` gives.

        Raises:
            ValueError: The prompt doesn't fit, or there is no such layer.
        """
        last = int(self.model.config.num_hidden_layers)
        if strange := [layer for layer in layers if not 0 <= layer <= last]:
            raise ValueError(f"backbone {self.identity.name!r} has no layer {strange[0]}: give 0 to {last}")
        self.switch_dropout(False)
        inputs = self._inputs(input_ids, attention_mask, prompt, None)
        states = self._encoder(**inputs, output_hidden_states=sorted(set(layers))).hidden_states
        return [states[layer] for layer in layers]

    def masked_lm_logits(self, hidden: Tensor) -> Tensor:
        """Logits over the vocabulary, ``[positions, vocabulary]``, for hidden states ``[positions, width]``."""
        logits: Tensor = self._head(hidden)
        return logits

    def encode_soft(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        soft: Tensor,
        *,
        reads: Readout,
        owners: Tensor | None = None,
        training: bool = False,
        model: PreTrainedModel | None = None,
    ) -> Tensor:
        """As :meth:`.FrozenModel.encode_soft` says; padding is on the right, and any one token may be read.

        A soft token takes a position like any other. With soft tokens there is no deep prompt.
        """
        if model is None:
            self.switch_dropout(training and self.dropout)
        encoder: Any = (model or self.model).base_model
        embeddings = encoder.get_input_embeddings()
        places = readout_places(reads, input_ids, attention_mask, self.tokenizer.mask_id)
        inputs = embed_with_soft_tokens(embeddings, self.vocabulary_size, input_ids, soft, owners)
        mask = self._additive_mask(attention_mask, 0) if model is None else attention_mask
        with one_token_only(encoder, places):
            hidden: Tensor = encoder(inputs_embeds=inputs, attention_mask=mask).last_hidden_state
        return hidden

    def vocabulary_logits(self, hidden: Tensor, model: PreTrainedModel | None = None) -> Tensor:
        """As :meth:`.FrozenModel.vocabulary_logits` says, by the head for masked words."""
        own, head = (self.model, self._head) if model is None else (model, masked_lm_head(model))
        logits: Tensor = head(hidden.to(own.dtype))
        return logits

    def _inputs(
        self, input_ids: Tensor, attention_mask: Tensor, prompt: Tensor | None, owners: Tensor | None
    ) -> dict[str, Any]:
        """What the model is given; raises ``ValueError`` if the prompt doesn't fit."""
        length = 0 if prompt is None else self._check_prompt(prompt, input_ids.shape[0], owners)
        cache = None if prompt is None else PromptCache(prompt.to(self.dtype), owners)
        mask = self._additive_mask(attention_mask, length)
        return {"input_ids": input_ids, "attention_mask": mask, "past_key_values": cache}

    def _additive_mask(self, attention_mask: Tensor, prompt_length: int) -> Tensor:
        """0 where attention may look and the lowest number elsewhere: ``[batch, 1, 1, P + tokens]``."""
        visible = torch.nn.functional.pad(attention_mask.bool(), (prompt_length, 0), value=True)
        mask = torch.zeros(visible.shape, dtype=self.dtype, device=visible.device)
        return mask.masked_fill_(~visible, torch.finfo(self.dtype).min)[:, None, None, :]

    def _check_prompt(self, prompt: Tensor, batch: int, owners: Tensor | None) -> int:
        """The prompt's length, if its shape fits."""
        sizes = tuple(prompt.shape)
        length = sizes[-2] if len(sizes) in (5, 6) else 0
        expected = self.prompt_shape(length).sizes
        if owners is not None and tuple(owners.shape) == (batch,) and sizes == (sizes[0], *expected):
            return length
        if owners is not None or sizes not in (expected, (batch, *expected)):
            layers, _, heads, _, head_dim = expected
            raise ValueError(
                f"prompt of shape {list(sizes)} does not fit backbone {self.identity.name!r}: it takes "
                f"[{layers}, 2, {heads}, P, {head_dim}], or one such per example with {batch} in front, or some such "
                f"and an owner for each of {batch} examples"
            )
        return length


def load_backbone(settings: BackboneSettings, device: torch.device | str | None = None) -> Backbone:
    """Load the frozen encoder that ``settings`` name, ready to compute on ``device`` (None: CUDA if there is one).

    Raises:
        BackboneError: See :func:`crossprompt.backbones.loading.load_ready`.
    """
    found = load_ready(settings, MASKED_LM, device, _attention)
    cap = min(settings.max_tokens, _positions(found.model), found.tokenizer.model_max_length)
    return Backbone(found.model, BackboneTokenizer(found.tokenizer, cap), found.identity, settings.dropout, settings)


def _attention(dtype: torch.dtype, device: torch.device) -> str:
    return "eager" if device.type == "cpu" and dtype == torch.bfloat16 else "sdpa"


def _positions(model: PreTrainedModel) -> int:
    """How many tokens have a position embedding; the RoBERTa family counts from behind the padding id."""
    config = model.config
    embeddings = getattr(model.base_model, "embeddings", None)
    if embeddings is None:
        raise BackboneError(f"{type(model).__name__} has no embeddings module: use an XLM-R or BERT encoder")
    reserved = int(config.pad_token_id) + 1 if hasattr(embeddings, "padding_idx") else 0
    return int(config.max_position_embeddings) - reserved
