"""The gradient of one update at the prompt: in one piece, or in pieces that need little memory.

Adding up the gradients of small batches would give each x only the negatives of its own small batch. Here the loss is
that of the whole batch: a first pass without a graph gives the representations of all rows, the contrastive loss gives
the gradients at these, and a second pass, piece by piece with a graph, carries them back to the prompt (cached
gradients: Gao et al., Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup, RepL4NLP 2021).

Where several processes share a batch, each computes its part of the loss from its own rows, so that the parts add up to
the loss of the batch; then the processes add up their gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor

from crossprompt.alignment.batches import CHUNK_ROWS, AlignmentBatch, MaskedChunk
from crossprompt.alignment.objective import ContrastiveTerm, contrastive_term, masked_lm_term, select_positions
from crossprompt.alignment.processes import ProcessGroup
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.backbones.encoder import Backbone
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.training.randomness import GlobalState, seeded_torch, torch_generator


@dataclass(frozen=True, slots=True)
class Losses:
    """Of one batch, scalars; None for a term whose weight is 0, which is not computed.

    Attributes:
        total: The weighted sum of the terms.
        masked_lm: Mean over all masked positions of the batch.
        contrastive: Mean over the pairs.
        accuracy: Share of x whose nearest y is its own.
    """

    total: Tensor
    masked_lm: Tensor | None
    contrastive: Tensor | None
    accuracy: Tensor | None

    def detached(self) -> Losses:
        """The same numbers without a graph."""
        terms = (self.masked_lm, self.contrastive, self.accuracy)
        return Losses(self.total.detach(), *(None if term is None else term.detach() for term in terms))

    def added_up(self, group: ProcessGroup) -> Losses:
        """The sums of the processes' parts; the terms that are None are so in all of them."""
        terms = (self.total, self.masked_lm, self.contrastive, self.accuracy)
        sums = iter(group.add_up(torch.stack([term.float() for term in terms if term is not None])).unbind())
        total, *others = [None if term is None else next(sums) for term in terms]
        return Losses(self.total if total is None else total, *others)


def add_gradients(
    prompt: DeepPrompt,
    backbone: Backbone,
    batch: AlignmentBatch,
    settings: AlignmentSettings,
    step: int,
    group: ProcessGroup | None = None,
) -> Losses:
    """Add the gradient of the batch's loss to that of ``prompt``.

    With ``settings.micro_batch_size`` the batch is computed in pieces. The prompt's dropout is drawn once per step, the
    same in all processes, and the backbone's own is replayed, so that both passes, and the computation in one piece,
    see the same network.

    Args:
        prompt: If there is a ``group``, one without a gradient.
        backbone: The frozen encoder.
        batch: The batch, or this process's part of it.
        settings: Of the alignment.
        step: The update's number, from 0.
        group: The processes that share the batch; losses and gradient are then those of all, the same in each.
    """
    generator = torch_generator(settings.seed, "prompt dropout", step, device=backbone.device)
    place = () if group is None else (group.rank,)
    own_dropout = seeded_torch(settings.seed, "backbone dropout", step, *place) if backbone.dropout else nullcontext()
    with own_dropout:
        values = prompt(generator)
        compute = _whole if settings.micro_batch_size is None else _in_pieces
        losses = compute(values, backbone, batch, settings, group)
    if group is None:
        return losses
    prompt.values.grad = group.add_up(_gradient(prompt))
    return losses.added_up(group)


def _gradient(prompt: DeepPrompt) -> Tensor:
    gradient = prompt.values.grad
    return torch.zeros_like(prompt.values) if gradient is None else gradient


def _whole(
    values: Tensor,
    backbone: Backbone,
    batch: AlignmentBatch,
    settings: AlignmentSettings,
    group: ProcessGroup | None,
) -> Losses:
    hidden = [_encode(backbone, chunk, values) for chunk in batch.chunks]
    term = masked_lm = None
    if settings.contrastive_weight:
        term = _contrast(torch.cat([states[:, 0] for states in hidden]), batch, settings, group)
    if settings.mlm_weight:
        masked_lm = batch.masked_share * _masked_lm(backbone, hidden, batch.chunks)
    losses = _collect(settings, masked_lm, term)
    losses.total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return losses.detached()


def _in_pieces(
    values: Tensor,
    backbone: Backbone,
    batch: AlignmentBatch,
    settings: AlignmentSettings,
    group: ProcessGroup | None,
) -> Losses:
    pieces = _cut(batch.chunks, settings.micro_batch_size or batch.pairs)
    shared = values.detach().requires_grad_()
    cached = _cache(shared, backbone, batch, pieces, settings, group) if settings.contrastive_weight else None
    masked_lm = torch.zeros((), device=backbone.device) if settings.mlm_weight else None
    for number, piece in enumerate(pieces):
        roots: list[tuple[Tensor, Tensor | None]] = []
        if cached is not None:
            cached.states[number].restore(backbone.device)
        hidden = [_encode(backbone, chunk, shared) for chunk in piece]
        if cached is not None:
            roots.append((torch.cat([states[:, 0] for states in hidden]), cached.gradients[number]))
        share = batch.masked_share * _masked(piece) / _masked(batch.chunks)
        if masked_lm is not None and share:
            part = share * _masked_lm(backbone, hidden, piece)
            masked_lm = masked_lm + part.detach()
            roots.append((settings.mlm_weight * part, None))
        if roots:
            tensors, gradients = zip(*roots, strict=True)
            torch.autograd.backward(tensors, gradients)
    values.backward(shared.grad)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return _collect(settings, masked_lm, None if cached is None else cached.term)


@dataclass(frozen=True, slots=True)
class _Cached:
    """What the pass without a graph leaves: for each piece the state of the generators before it, and the gradient of
    the weighted contrastive loss at its representations, ``[rows, width]``.
    """

    term: ContrastiveTerm
    states: list[GlobalState]
    gradients: list[Tensor]


def _cache(
    values: Tensor,
    backbone: Backbone,
    batch: AlignmentBatch,
    pieces: Sequence[Sequence[MaskedChunk]],
    settings: AlignmentSettings,
    group: ProcessGroup | None,
) -> _Cached:
    states, starts = [], []
    with torch.no_grad():
        for piece in pieces:
            states.append(GlobalState.of(backbone.device))
            starts.append(torch.cat([_encode(backbone, chunk, values)[:, 0] for chunk in piece]))
    representations = torch.cat(starts).requires_grad_()
    term = _contrast(representations, batch, settings, group)
    (gradient,) = torch.autograd.grad(settings.contrastive_weight * term.loss, representations)
    rows = [len(part) for part in starts]
    return _Cached(ContrastiveTerm(term.loss.detach(), term.accuracy), states, list(torch.split(gradient, rows)))


def _cut(chunks: Sequence[MaskedChunk], pairs: int) -> list[Sequence[MaskedChunk]]:
    """Pieces of whole chunks with about so many pairs; a pair is two rows, and every chunk but the last is full."""
    size = max(1, 2 * pairs // CHUNK_ROWS)
    return [chunks[start : start + size] for start in range(0, len(chunks), size)]


def _encode(backbone: Backbone, chunk: MaskedChunk, values: Tensor) -> Tensor:
    return backbone.encode(chunk.input_ids, chunk.attention_mask, values, training=True)


def _contrast(
    starts: Tensor, batch: AlignmentBatch, settings: AlignmentSettings, group: ProcessGroup | None
) -> ContrastiveTerm:
    """Of the first states of all rows as they stand in the chunks, ``[rows, width]``; this process's part of it."""
    rows = starts.index_select(0, batch.places)
    x, y = rows[: batch.pairs], rows[batch.pairs : 2 * batch.pairs]
    if group is None:
        return contrastive_term(x, y, batch.excluded, settings.temperature)
    if settings.gathered_negatives:
        x, y = group.gather(torch.stack([x.float(), y.float()], dim=1)).unbind(dim=1)
    term = contrastive_term(x, y, batch.excluded, settings.temperature)
    return ContrastiveTerm(term.loss / group.size, term.accuracy / group.size)


def _masked_lm(backbone: Backbone, hidden: Sequence[Tensor], chunks: Sequence[MaskedChunk]) -> Tensor:
    masked = [select_positions(states, chunk.positions) for states, chunk in zip(hidden, chunks, strict=True)]
    return masked_lm_term(backbone, torch.cat(masked), torch.cat([chunk.targets for chunk in chunks]))


def _collect(settings: AlignmentSettings, masked_lm: Tensor | None, term: ContrastiveTerm | None) -> Losses:
    """The weighted sum beside its terms; at least one of them is there."""
    parts = []
    if masked_lm is not None:
        parts.append(settings.mlm_weight * masked_lm)
    if term is not None:
        parts.append(settings.contrastive_weight * term.loss)
    total = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    if term is None:
        return Losses(total, masked_lm, None, None)
    return Losses(total, masked_lm, term.loss, term.accuracy)


def _masked(chunks: Sequence[MaskedChunk]) -> int:
    return sum(len(chunk.targets) for chunk in chunks)
