"""What every frozen backbone has, encoder or decoder: sizes, precision, and soft tokens at the input."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal, Self

import torch
from torch import Tensor, nn

from crossprompt.backbones.loading import BackboneError
from crossprompt.backbones.readout import Readout
from crossprompt.backbones.records import BackboneIdentity
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.backbones.tokenizer import PaddingTokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class FrozenModel(ABC):
    """A language model whose parameters never change.

    Attributes:
        tokenizer: Text to ids, with this model's length cap.
        identity: Name, revision and fingerprint, for the headers of files.
        max_tokens: Longest text in tokens, special tokens included, prompts not counted.
        dropout: Whether the frozen model's own dropout is on in a forward for training.
        settings: What it was loaded by; None: it was made otherwise.
    """

    tokenizer: PaddingTokenizer

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PaddingTokenizer,
        identity: BackboneIdentity,
        dropout: bool,
        settings: BackboneSettings | None,
    ) -> None:
        """Wrap a loaded model; freezes it and turns its dropout off until a training forward asks for it."""
        self.model = model.requires_grad_(False).train(False)
        self.tokenizer = tokenizer
        self.identity = identity
        self.dropout = dropout
        self.max_tokens = tokenizer.max_tokens
        self.settings = settings

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
        """Rows of the model's own head; ids from here on are soft tokens."""
        return int(self.model.config.vocab_size)

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """``(width, width of the feed-forward blocks, attention heads, layers)``."""
        config = self.model.config
        names = ("intermediate_size", "ffn_dim")
        inner = next((getattr(config, name) for name in names if getattr(config, name, None)), 4 * self.width)
        return self.width, int(inner), int(config.num_attention_heads), int(config.num_hidden_layers)

    @property
    def precision(self) -> str:
        """The precision that was asked for (``auto`` included), or the one in use."""
        return self.settings.dtype if self.settings else str(self.dtype).removeprefix("torch.")

    @property
    def attention(self) -> str:
        """The attention kernel that was asked for (``auto`` included), or the one in use."""
        return str(self.settings.attention if self.settings else self.model.config._attn_implementation)

    @abstractmethod
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
        """The hidden state at the place that is read, ``[batch, 1, width]``, for rows with soft tokens.

        Args:
            input_ids: ``[batch, tokens]``; from ``vocabulary_size`` on ids are soft tokens.
            attention_mask: ``[batch, tokens]``, 1 for text and soft tokens, 0 for padding on the right.
            soft: ``[soft tokens, width]``; or, with ``owners``, ``[trials, soft tokens, width]``; in any precision.
            reads: Which token of each row is read.
            owners: ``[batch]``, the trial whose soft tokens a row carries.
            training: Turn the frozen model's own dropout on, if its settings say so.
            model: A copy made by :meth:`trainable_copy`, to be used instead of the frozen model, in the mode it is in.

        Raises:
            ValueError: A soft id lies behind the table's end, or the model can't be read there.
        """

    @abstractmethod
    def vocabulary_logits(self, hidden: Tensor, model: PreTrainedModel | None = None) -> Tensor:
        """Logits over the vocabulary, ``[rows, vocabulary]``, for hidden states ``[rows, width]``.

        Args:
            hidden: In any floating precision.
            model: A copy made by :meth:`trainable_copy`, to be used instead of the frozen model.
        """

    @abstractmethod
    def load_anew(self, settings: BackboneSettings) -> Self:
        """The same model as other ``settings`` have it, on the same device."""

    def in_dtype(self, dtype: torch.dtype) -> Self:
        """This backbone in ``dtype``, loaded anew if it isn't: what was rounded to bfloat16 can't be had back.

        Raises:
            BackboneError: It isn't, and it was not loaded by settings.
        """
        if dtype == self.dtype:
            return self
        if self.settings is None:
            raise BackboneError(f"backbone {self.identity.name!r} computes in {self.dtype}; load it in {dtype}")
        name: Literal["float32", "bfloat16"] = "float32" if dtype == torch.float32 else "bfloat16"
        return self.load_anew(self.settings.model_copy(update={"dtype": name}))

    def trainable_copy(self, dropout: float) -> PreTrainedModel:
        """A copy of the model with its head, in float32 and ready to be trained; the backbone stays as it is.

        Args:
            dropout: Of the copy's own layers while it is trained.
        """
        trained: PreTrainedModel = copy.deepcopy(self.in_dtype(torch.float32).model).requires_grad_(True)
        for module in trained.modules():
            self.set_dropout(module, dropout)
        return trained

    @staticmethod
    def set_dropout(module: nn.Module, share: float) -> None:
        """Give a module of a trainable copy its dropout."""
        if isinstance(module, nn.Dropout):
            module.p = share

    def switch_dropout(self, on: bool) -> None:
        """Turn the frozen model's own dropout on or off."""
        if self.model.training != on:
            self.model.train(on)
