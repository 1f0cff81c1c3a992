"""The frozen multilingual decoder: XGLM or BLOOM, with soft tokens behind the text and the next word read there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from crossprompt.backbones.decoder_tokenizer import DecoderTokenizer
from crossprompt.backbones.frozen import FrozenModel
from crossprompt.backbones.loading import CAUSAL_LM, BackboneError, load_ready
from crossprompt.backbones.readout import Readout, readout_places
from crossprompt.backbones.records import BackboneIdentity
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.backbones.soft_tokens import embed_with_soft_tokens
from crossprompt.backbones.text_states import TextCache, TextMemory
from crossprompt.training.device import free_memory

if TYPE_CHECKING:
    from transformers import PreTrainedModel

COUNTS_POSITIONS = {"xglm": True, "bloom": False}
"""The families, by ``model_type``, and whether they must be told each token's position: XGLM counts padding unless it
is, BLOOM counts what the attention mask shows."""

TEXT_SHARE = 0.125
"""Of the memory that is free when a decoder is loaded, for the states of the texts that were read last. A language's
test in SIB-200 (204 sentences of some 60 tokens) takes 110 MB with 6 layers of width 192 in float32, and 1.2 GB with
XGLM-564M in bfloat16."""


class Decoder(FrozenModel):
    """A causal language model whose parameters never change.

    Soft tokens stand behind a text, and the answer is the next word at the last of them (paper 002, figure 1). They are
    in the unit of the embedding table: where a model scales its embeddings (XGLM: by the root of its width), soft
    tokens are scaled alike, which transformers 5 leaves to whoever gives ``inputs_embeds``.

    Attributes:
        tokenizer: Text to ids, with this model's length cap.
        max_tokens: Longest text in tokens, soft tokens not counted.
        positions: Tokens that the model has positions for, soft tokens included.
    """

    tokenizer: DecoderTokenizer

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: DecoderTokenizer,
        identity: BackboneIdentity,
        dropout: bool = False,
        settings: BackboneSettings | None = None,
    ) -> None:
        """Wrap a loaded model; freezes it and turns its dropout off until a training forward asks for it.

        Raises:
            BackboneError: It is of a family that is not known.
        """
        super().__init__(model, tokenizer, identity, dropout, settings)
        self.positions = _positions(model)
        self._counts_positions = COUNTS_POSITIONS[_family(model)]
        self._memory, self._reads_once = TextMemory(self._read, int(TEXT_SHARE * free_memory(self.device))), True

    @property
    def embedding_scale(self) -> float:
        """By what the model multiplies its embeddings."""
        return float(getattr(self.model.get_input_embeddings(), "embed_scale", 1.0))

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
        """As :meth:`.FrozenModel.encode_soft` says; padding is on either side, and the last token is read.

        Soft tokens are in the unit of the embedding table. The frozen model reads each text once and goes on from its
        states; the numbers are those of one forward over text and soft tokens, but for rounding. A copy that is
        trained, or a model whose dropout is on, computes that one forward.

        Raises:
            ValueError: Another token is to be read, a soft id lies behind the table's end, or a row has more tokens
                than the model has positions.
        """
        if reads is not Readout.LAST:
            raise ValueError(f"a decoder is read at the last token, not at {reads}")
        if input_ids.shape[1] > self.positions:
            raise ValueError(
                f"a row of {input_ids.shape[1]} tokens is longer than the {self.positions} positions of "
                f"{self.identity.name!r}: lower backbone.max_tokens or the prompt's length"
            )
        whole = model is not None or (training and self.dropout) or not self._reads_once
        lengths = None if whole else self._text_lengths(input_ids, attention_mask)
        if lengths is None:
            return self._encode_whole(input_ids, attention_mask, soft, owners, model, training)
        self.switch_dropout(False)
        return self._continue_texts(input_ids, attention_mask, soft, owners, lengths)

    def vocabulary_logits(self, hidden: Tensor, model: PreTrainedModel | None = None) -> Tensor:
        """As :meth:`.FrozenModel.vocabulary_logits` says: of the next token."""
        own = model or self.model
        logits: Tensor = own.get_output_embeddings()(hidden.to(own.dtype))
        return logits

    def forget_texts(self) -> None:
        """Read each text anew in the forward that it is part of, from now on: the plain path, for measurements."""
        self._reads_once = False

    def next_logits(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits of what comes after each token of a text, ``[batch, tokens, vocabulary]``, without soft tokens.

        Args:
            input_ids: ``[batch, tokens]``.
            attention_mask: ``[batch, tokens]``, 1 for text and 0 for padding.
        """
        self.switch_dropout(False)
        embedded = self.model.get_input_embeddings()(input_ids)
        positions = (attention_mask.cumsum(dim=1) - 1).clamp(min=0)
        return self.vocabulary_logits(self._forward(self.model, embedded, attention_mask, positions))

    def load_anew(self, settings: BackboneSettings) -> Decoder:
        """As :meth:`.FrozenModel.load_anew` says."""
        return load_decoder(settings, self.device)

    @staticmethod
    def set_dropout(module: nn.Module, share: float) -> None:
        """XGLM and BLOOM keep shares as numbers in their layers, and layers may be skipped at random."""
        FrozenModel.set_dropout(module, share)
        for name, value in (("dropout", share), ("hidden_dropout", share), ("layerdrop", 0.0)):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, value)

    def _text_lengths(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor | None:
        """Text tokens of each row, ``[batch]``; None unless each row is a text, then soft tokens, then padding."""
        soft, seen = input_ids >= self.vocabulary_size, attention_mask.bool()
        lengths, ends = (seen & ~soft).sum(dim=1), seen.sum(dim=1)
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)
        in_place = (positions >= lengths[:, None]) & (positions < ends[:, None])
        tidy = torch.equal(soft & seen, in_place) and bool((lengths > 0).all()) and bool((ends > lengths).all())
        return lengths if tidy else None

    def _continue_texts(
        self, input_ids: Tensor, attention_mask: Tensor, soft: Tensor, owners: Tensor | None, lengths: Tensor
    ) -> Tensor:
        """From the states of the texts through the soft tokens alone."""
        counts = attention_mask.sum(dim=1) - lengths
        texts = [tuple(row[:size]) for row, size in zip(input_ids.tolist(), lengths.tolist(), strict=True)]
        read = self._memory.states(texts)
        steps = torch.arange(int(counts.max()), device=input_ids.device)
        places = (lengths[:, None] + steps).clamp(max=input_ids.shape[1] - 1)
        present = (steps < counts[:, None]).to(torch.int64)
        ids = input_ids.gather(1, places).masked_fill(present == 0, self.vocabulary_size)
        hidden = self._forward(
            self.model,
            self._embed(self.model, ids, soft, owners),
            torch.cat([read.visible, present], dim=1),
            positions=lengths[:, None] + steps,
            cache=TextCache(read.states),
        )
        return _at(hidden, counts - 1)

    def _encode_whole(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        soft: Tensor,
        owners: Tensor | None,
        model: PreTrainedModel | None,
        training: bool,
    ) -> Tensor:
        """One forward over text and soft tokens."""
        if model is None:
            self.switch_dropout(training and self.dropout)
        used = model or self.model
        embedded = self._embed(used, input_ids, soft, owners)
        positions = (attention_mask.cumsum(dim=1) - 1).clamp(min=0)
        hidden = self._forward(used, embedded, attention_mask, positions=positions)
        # what is read is the last one that is seen, whatever the masks of encoders mean
        return _at(hidden, readout_places(Readout.LAST, input_ids, attention_mask, mask_id=-1))

    def _embed(self, model: PreTrainedModel, ids: Tensor, soft: Tensor, owners: Tensor | None) -> Tensor:
        scaled = soft * self.embedding_scale
        return embed_with_soft_tokens(model.get_input_embeddings(), self.vocabulary_size, ids, scaled, owners)

    def _forward(
        self,
        model: PreTrainedModel,
        embedded: Tensor,
        attention_mask: Tensor,
        positions: Tensor,
        cache: TextCache | None = None,
    ) -> Tensor:
        """The last layer's hidden states, ``[batch, tokens, width]``."""
        known: dict[str, Any] = {"position_ids": positions} if self._counts_positions else {}
        hidden: Tensor = model.base_model(
            inputs_embeds=embedded, attention_mask=attention_mask, past_key_values=cache, use_cache=False, **known
        ).last_hidden_state
        return hidden

    def _read(self, texts: Sequence[tuple[int, ...]]) -> Tensor:
        """The states of different texts, ``[layers, 2, texts, heads, tokens, head_dim]``."""
        batch = self.tokenizer.pad(texts, 1).to(self.device)
        cache = TextCache()
        embedded = self.model.get_input_embeddings()(batch.input_ids)
        positions = (batch.attention_mask.cumsum(dim=1) - 1).clamp(min=0)
        self._forward(self.model, embedded, batch.attention_mask, positions=positions, cache=cache)
        return cache.recorded()


def load_decoder(settings: BackboneSettings, device: torch.device | str | None = None) -> Decoder:
    """Load the frozen decoder that ``settings`` name, ready to compute on ``device`` (None: CUDA if there is one).

    Raises:
        BackboneError: See :func:`crossprompt.backbones.loading.load_ready`; or it is neither of the XGLM nor of the
            BLOOM family.
    """
    found = load_ready(settings, CAUSAL_LM, device, lambda *_: "eager")
    cap = min(settings.max_tokens, _positions(found.model), found.tokenizer.model_max_length)
    return Decoder(found.model, DecoderTokenizer(found.tokenizer, cap), found.identity, settings.dropout, settings)


def _family(model: PreTrainedModel) -> str:
    family = str(model.config.model_type)
    if family not in COUNTS_POSITIONS:
        known = " and ".join(name.upper() for name in COUNTS_POSITIONS)
        raise BackboneError(f"{type(model).__name__} is of the family {family!r}; the known decoders are {known}")
    return family


def _positions(model: PreTrainedModel) -> int:
    """How long a row may be: XGLM's sinusoids end, and BLOOM's slopes were learned up to a length."""
    config = model.config
    return int(getattr(config, "max_position_embeddings", None) or getattr(config, "seq_length", None) or 2048)


def _at(hidden: Tensor, places: Tensor) -> Tensor:
    """The states at ``places``, ``[batch]``: ``[batch, 1, width]``."""
    return hidden.gather(1, places[:, None, None].expand(-1, 1, hidden.shape[-1]))
