"""The frozen multilingual encoder, and how deep prompts steer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from crossprompt.backbones.cache import PromptCache
from crossprompt.backbones.first_token import first_token_only
from crossprompt.backbones.loading import (
    BackboneError,
    load_model,
    load_tokenizer,
    locate_backbone,
    masked_lm_head,
)
from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.training.device import choose_device, choose_dtype
from crossprompt.training.memory import keep_freed_memory

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Backbone:
    """A masked language model whose parameters never change.

    Attributes:
        tokenizer: Text to ids, with this model's length cap.
        identity: Name, revision and fingerprint, for the headers of files.
        max_tokens: Longest sequence in tokens, special tokens included, the prompt not counted: a prompt shifts no
            positions, so it takes away nothing of the text.
        dropout: Whether the frozen model's own dropout is on in a forward for training.
        settings: What it was loaded by; None: it was not made by :func:`load_backbone`.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: BackboneTokenizer,
        identity: BackboneIdentity,
        dropout: bool = False,
        settings: BackboneSettings | None = None,
    ) -> None:
        """Wrap a loaded model; freezes it and turns its dropout off until a training forward asks for it."""
        self.model = model.requires_grad_(False).train(False)
        self.tokenizer = tokenizer
        self.identity = identity
        self.dropout = dropout
        self.max_tokens = tokenizer.max_tokens
        self.settings = settings
        self._encoder = model.base_model
        self._head = masked_lm_head(model)

    @property
    def device(self) -> torch.device:
        """Where the model's weights are."""
        device: torch.device = self.model.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the model's weights and hidden states."""
        dtype: torch.dtype = self.model.dtype
        return dtype

    @property
    def width(self) -> int:
        """Size of a hidden state."""
        return int(self.model.config.hidden_size)

    @property
    def vocabulary_size(self) -> int:
        """Rows of the masked-LM head."""
        return int(self.model.config.vocab_size)

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """``(width, width of the feed-forward blocks, attention heads, layers)``."""
        config = self.model.config
        return (
            self.width,
            int(config.intermediate_size),
            int(config.num_attention_heads),
            int(config.num_hidden_layers),
        )

    @property
    def precision(self) -> str:
        """The precision that was asked for (``auto`` included), or the one in use."""
        return self.settings.dtype if self.settings else str(self.dtype).removeprefix("torch.")

    @property
    def attention(self) -> str:
        """The attention kernel that was asked for (``auto`` included), or the one in use."""
        return str(self.settings.attention if self.settings else self.model.config._attn_implementation)

    def in_dtype(self, dtype: torch.dtype) -> Backbone:
        """This backbone in ``dtype``, loaded anew if it isn't: a resumed run needs the precision it began with.

        Raises:
            BackboneError: It isn't, and it was not made by :func:`load_backbone`.
        """
        if dtype == self.dtype:
            return self
        if self.settings is None:
            raise BackboneError(f"backbone {self.identity.name!r} computes in {self.dtype}; load it in {dtype}")
        name: Literal["float32", "bfloat16"] = "float32" if dtype == torch.float32 else "bfloat16"
        return load_backbone(self.settings.model_copy(update={"dtype": name}), self.device)

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
        self._switch_dropout(training and self.dropout)
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
        self._switch_dropout(False)
        inputs = self._inputs(input_ids, attention_mask, prompt, None)
        states = self._encoder(**inputs, output_hidden_states=sorted(set(layers))).hidden_states
        return [states[layer] for layer in layers]

    def masked_lm_logits(self, hidden: Tensor) -> Tensor:
        """Logits over the vocabulary, ``[positions, vocabulary]``, for hidden states ``[positions, width]``."""
        logits: Tensor = self._head(hidden)
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

    def _switch_dropout(self, on: bool) -> None:
        if self.model.training != on:
            self.model.train(on)


def load_backbone(settings: BackboneSettings, device: torch.device | str | None = None) -> Backbone:
    """Load the frozen encoder that ``settings`` name, ready to compute on ``device`` (None: CUDA if there is one).

    Raises:
        BackboneError: See :func:`crossprompt.backbones.loading.locate_backbone` and ``load_model``.
    """
    files = locate_backbone(settings)
    target = choose_device(device)
    if target.type == "cpu":
        keep_freed_memory()
    dtype = choose_dtype(settings.dtype, target)
    model = load_model(files, dtype, _attention(settings.attention, dtype, target))
    torch.nn.Module.to(model, target)
    tokenizer = load_tokenizer(files)
    cap = min(settings.max_tokens, _positions(model), tokenizer.model_max_length)
    return Backbone(model, BackboneTokenizer(tokenizer, cap), files.identity, settings.dropout, settings)


def _attention(requested: str, dtype: torch.dtype, device: torch.device) -> str:
    if requested != "auto":
        return requested
    return "eager" if device.type == "cpu" and dtype == torch.bfloat16 else "sdpa"


def _positions(model: PreTrainedModel) -> int:
    """How many tokens have a position embedding; the RoBERTa family counts from behind the padding id."""
    config = model.config
    embeddings = getattr(model.base_model, "embeddings", None)
    if embeddings is None:
        raise BackboneError(f"{type(model).__name__} has no embeddings module: use an XLM-R or BERT encoder")
    reserved = int(config.pad_token_id) + 1 if hasattr(embeddings, "padding_idx") else 0
    return int(config.max_position_embeddings) - reserved
