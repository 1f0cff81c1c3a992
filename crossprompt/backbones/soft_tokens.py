"""Soft tokens in a row of token ids: how a prompt reaches the input of a model, and not its attention.

A trial's soft tokens are a vocabulary of its own behind the model's: id ``vocabulary size + k`` stands for row ``k`` of
its table. So rows with soft tokens are cut, sorted, padded and batched like all others, and it is whoever writes a row
that says where a soft token stands, and which of several prompts the row carries.
"""

from __future__ import annotations

from torch import Tensor, nn


def embed_with_soft_tokens(
    embeddings: nn.Module, vocabulary_size: int, input_ids: Tensor, soft: Tensor, owners: Tensor | None = None
) -> Tensor:
    """Input embeddings ``[batch, tokens, width]`` of ids that may be soft, in the precision of ``embeddings``.

    Args:
        embeddings: The model's own, from ids to ``[..., width]``, with whatever scale it has; ``soft`` is not scaled.
        vocabulary_size: The first soft id.
        input_ids: ``[batch, tokens]``.
        soft: The table ``[soft tokens, width]`` that all rows share; or, with ``owners``, one of each trial,
            ``[trials, soft tokens, width]``.
        owners: ``[batch]``, each row's trial.

    Raises:
        ValueError: An id lies behind the table's end, or a table of trials came without owners.
    """
    if (soft.dim() == 3) != (owners is not None):
        raise ValueError(f"a table of shape {list(soft.shape)} and owners don't go together: give both, or neither")
    is_soft = input_ids >= vocabulary_size
    rows, columns = is_soft.nonzero(as_tuple=True)
    words: Tensor = embeddings(input_ids.masked_fill(is_soft, 0))
    places = input_ids[rows, columns] - vocabulary_size
    if len(places) and int(places.max()) >= soft.shape[-2]:
        raise ValueError(f"soft token {int(places.max())} is not in the table, which has {soft.shape[-2]}")
    values = soft[places] if owners is None else soft[owners[rows], places]
    return words.index_put((rows, columns), values.to(words.dtype))
