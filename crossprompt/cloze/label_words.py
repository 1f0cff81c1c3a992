"""Verbalizers: for each label one word of the vocabulary, read where the model answers (METHODS sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossprompt.backbones.tokenizer import PaddingTokenizer


class LabelWordError(ValueError):
    """A label has no word, or its word is no single token of the model's; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class LabelWords:
    """Labels with their words and the words' token ids, all in one order."""

    labels: tuple[str, ...]
    words: tuple[str, ...]
    ids: tuple[int, ...]


def find_label_words(words: Mapping[str, str], labels: Sequence[str], tokenizer: PaddingTokenizer) -> LabelWords:
    """The token of each label's word as it stands behind a blank.

    Args:
        words: A word for each label; others are not looked at.
        labels: In the order of the result.
        tokenizer: The model's.

    Raises:
        LabelWordError: A label has no word, a word is several tokens or none that is known, or two labels share one.
    """
    missing = [label for label in labels if label not in words]
    if missing:
        raise LabelWordError(f"verbalizer: label {missing[0]!r} has no word; there are words for {sorted(words)}")
    chosen = tuple(words[label] for label in labels)
    ids = tuple(_single(label, word, tokenizer) for label, word in zip(labels, chosen, strict=True))
    for place, token in enumerate(ids):
        if token in ids[:place]:
            first = labels[ids.index(token)]
            raise LabelWordError(
                f"verbalizer: {first!r} and {labels[place]!r} share the token {tokenizer.spelled([token])[0]!r}; give "
                "each a word of its own"
            )
    return LabelWords(tuple(labels), chosen, ids)


def _single(label: str, word: str, tokenizer: PaddingTokenizer) -> int:
    if word != word.strip() or not word:
        raise LabelWordError(f"verbalizer: {word!r} for label {label!r} is empty or has blanks around it: give a word")
    (pieces,) = tokenizer.pieces([f" {word}"])
    spelled = tokenizer.spelled(pieces)
    if len(pieces) != 1:
        raise LabelWordError(
            f"verbalizer: {word!r} for label {label!r} is {len(pieces)} tokens ({' '.join(spelled)}); only words of "
            "one token can answer: give another"
        )
    if pieces[0] == tokenizer.unknown_id:
        raise LabelWordError(f"verbalizer: {word!r} for label {label!r} is unknown to the tokenizer: give another")
    return pieces[0]
